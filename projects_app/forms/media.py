"""The media library's forms: what is shown, what is added by its address, what comes along with a file."""

from __future__ import annotations

import re
import uuid
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext as _g
from django.utils.translation import gettext_lazy as _

from dashboard.models import ApiKey
from projects_app.forms import video_urls
from projects_app.media_spool import KINDS, ending_of
from projects_app.models import MediaState, MediaType
from projects_app.models.media import IN_MOTION

STATES: dict[str, tuple[str | Promise, list[MediaState]]] = {
    "ready": (_("Ready"), [MediaState.READY]),
    "busy": (_("On its way"), [state for state in IN_MOTION if state != MediaState.UNKNOWN]),
    "unknown": (_("Outcome unknown"), [MediaState.UNKNOWN]),
    "failed": (_("Failed"), [MediaState.FAILED]),
    "gone": (_("No longer there"), [MediaState.GONE]),
}


class MediaFilterForm(forms.Form):
    """Every field is optional; what makes no sense is left out rather than complained about."""

    q = forms.CharField(required=False, max_length=100)
    type = forms.ChoiceField(required=False, choices=[("", _("Any type")), *MediaType.choices])
    state = forms.ChoiceField(
        required=False, choices=[("", _("Any state")), *((key, label) for key, (label, _states) in STATES.items())]
    )

    def chosen(self) -> dict[str, str]:
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}


class KeyedForm(forms.Form):
    """`keys` are the team's working keys; the library belongs to the chosen one's account."""

    form_token = forms.UUIDField(widget=forms.HiddenInput)
    key = forms.ModelChoiceField(ApiKey.objects.none(), widget=forms.HiddenInput)

    def __init__(self, *args: Any, keys: list[ApiKey], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Several of these forms stand on one page.
        self.auto_id = f"{type(self).__name__.lower()}_%s"
        field = self.fields["key"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = ApiKey.objects.filter(pk__in=[key.pk for key in keys])
        if not self.is_bound:
            self.initial.setdefault("form_token", uuid.uuid4())

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if "form_token" in self.errors:
            self.add_error(None, _("This form is not complete. Load the page again and fill it in once more."))
        if "key" in self.errors:
            self.add_error(None, _("This API key does not work (any more). Choose another one."))
        return data


class MediaFileForm(KeyedForm):
    """What comes along with files; `end` stands behind them, so without it the form was cut off."""

    end = forms.CharField(required=False)


class MediaUrlForm(KeyedForm):
    url = forms.CharField(
        label=_("Link to a video or a picture"),
        error_messages={"required": _("Paste the address here.")},
        max_length=4000,
        help_text=_("A public https:// address that leads straight to the file. Submagic fetches it itself."),
        widget=forms.TextInput(attrs={"inputmode": "url", "autocomplete": "off", "spellcheck": "false"}),
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        key = data.get("key")
        if "url" in data and key:
            try:
                data["url"] = clean_media_url(data["url"], sandbox=key.is_sandbox)
            except ValidationError as problem:
                self.add_error("url", problem)
        return data


def clean_media_url(text: str, *, sandbox: bool) -> str:
    """The same rules as for videos (forms/video_urls.py); raises ValidationError with what to do."""
    url = text.strip()
    if sandbox and is_sample(url):
        return url
    try:
        return video_urls.clean_video_url(url, sandbox=False)
    except ValidationError as problem:
        if problem.code != "social":
            raise
        raise ValidationError(
            _g("Submagic cannot fetch media from %(host)s by link. Download the file there and drop it here."),
            code="social",
            params=problem.params,
        ) from None


def is_sample(url: str) -> bool:
    """One of the local sandbox's own files."""
    start = f"{settings.SANDBOX_URL}/submagic/samples/"
    name = url.removeprefix(start)
    return bool(
        settings.SANDBOX_URL
        and url.startswith(start)
        and ending_of(name) in KINDS
        and re.fullmatch(r"[a-z0-9-]{1,60}\.[a-z0-9]{2,4}", name)
    )
