"""The form of a new project. Options are sent only when a person set them; the rest is the provider's default.

Its groups of options are in options.py and items.py, the rules between them in rules.py.
"""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.utils import ErrorDict
from django.utils.translation import gettext_lazy as _

from dashboard.models import ApiKey
from projects_app import catalogue, rules
from projects_app.actions import uploads
from projects_app.forms import video_urls
from projects_app.forms.items import ItemsFields, MusicFields
from projects_app.forms.option_groups import FIELD_OF, GROUPS, TAKEN, initial_of_options
from projects_app.forms.options import (
    ClipFields,
    CutFields,
    DictionaryField,
    EffectFields,
    HookTitleFields,
    LookFields,
)
from projects_app.forms.options_look import AI_EDIT, PRESET
from projects_app.models import STARTED_HERE, Kind, Project, Source
from providers.submagic import limits

__all__ = ["FIELD_OF", "GROUPS", "NewProjectForm", "initial_from", "initial_of_options"]

FILE, LINK, YOUTUBE = Source.UPLOAD, Source.URL, Source.YOUTUBE


class NewProjectForm(
    LookFields, HookTitleFields, CutFields, EffectFields, ItemsFields, MusicFields, DictionaryField, ClipFields
):
    """`keys` are the team's working keys, the default one first; there must be at least one.

    A file is described by `filename`, `size`, `last_modified` and `video_seconds`: its bytes go another way, after
    this form. Groups that the chosen kind does not take are neither checked nor sent.
    """

    use_required_attribute = False  # of three doors only one is filled in

    form_token = forms.UUIDField(widget=forms.HiddenInput)
    api_key = forms.ModelChoiceField(
        ApiKey.objects.none(),
        label=_("API key"),
        empty_label=None,
        required=False,  # without a choice it is the default one
        help_text=_("Its account pays and keeps the video."),
    )
    source = forms.ChoiceField(
        label=_("Where is the video?"),
        choices=[(FILE, _("File")), (LINK, _("Link")), (YOUTUBE, _("YouTube"))],
        initial=FILE,
        widget=forms.RadioSelect,
    )
    kind = forms.ChoiceField(
        label=_("What do you want from it?"),
        choices=[(each.value, each.label) for each in STARTED_HERE],
        initial=Kind.MAGIC_CLIPS,
        widget=forms.RadioSelect,
    )
    filename = forms.CharField(max_length=400, required=False, widget=forms.HiddenInput, strip=False)
    size = forms.IntegerField(min_value=0, required=False, widget=forms.HiddenInput)
    last_modified = forms.CharField(max_length=20, required=False, widget=forms.HiddenInput)
    # See projects_app/sampling.py; a browser that cannot make it sends none.
    digest = forms.RegexField(r"^s1-[0-9a-f]{64}$", required=False, widget=forms.HiddenInput)
    video_url = forms.CharField(
        label=_("Link to the video file"),
        error_messages={"required": _("Paste the address here.")},
        max_length=4000,
        help_text=_("A public https:// address that leads straight to an MP4 or MOV file, up to 2 hours."),
        widget=forms.TextInput(attrs={"inputmode": "url", "autocomplete": "off", "spellcheck": "false"}),
    )
    youtube_url = forms.CharField(
        label=_("Address of the YouTube video"),
        error_messages={"required": _("Paste the address here.")},
        max_length=4000,
        help_text=_("The video must be public or unlisted."),
        widget=forms.TextInput(attrs={"inputmode": "url", "autocomplete": "off", "spellcheck": "false"}),
    )
    title = forms.CharField(
        label=_("Title"),
        max_length=limits.TITLE[1],
        error_messages={"required": _("Give it a title; you will find it by this.")},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    language = forms.CharField(label=_("Spoken language"), initial="en")

    def __init__(self, *args: Any, keys: list[ApiKey], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.keys = keys
        chosen = self._chosen_key()
        field = self.fields["api_key"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = ApiKey.objects.filter(pk__in=[key.pk for key in keys])
        field.initial = chosen.pk
        if len(keys) == 1:
            field.widget = forms.HiddenInput()
        if self.is_bound:
            # Only the address of the chosen door has to be there.
            source = self.data.get("source")
            self.fields["video_url"].required = source == LINK
            self.fields["youtube_url"].required = source == YOUTUBE
        else:
            self.initial.setdefault("form_token", uuid.uuid4())
        self._offer(chosen)

    def _chosen_key(self) -> ApiKey:
        wanted = str(self.data.get("api_key", "")) if self.is_bound else str(self.initial.get("api_key", ""))
        return next((key for key in self.keys if str(key.pk) == wanted), self.keys[0])

    def _offer(self, key: ApiKey) -> None:
        """The lists of the chosen key's account; without a list the language can be written as a code."""
        languages = catalogue.languages(key)
        if languages.choices:
            choices = sorted(((each.value, each.label) for each in languages.choices), key=lambda pair: pair[1])
            self.fields["language"] = forms.ChoiceField(
                label=_("Spoken language"), choices=choices, initial="en", help_text=languages.problem
            )
        else:
            self.fields["language"].help_text = f"{languages.problem} " + str(_("Write the code, such as en."))
            self.fields["language"].validators = [_language_code]
        for group in GROUPS:
            getattr(self, f"_offer_{group}")(key)

    @property
    def is_sandbox(self) -> bool:
        return self._chosen_key().is_sandbox

    @property
    def asks_lists(self) -> bool:
        """Another key was chosen: the form is to be drawn with the lists of its account, not to be sent."""
        return self.is_bound and "key-lists" in self.data

    def is_valid(self) -> bool:
        return not self.asks_lists and super().is_valid()

    def full_clean(self) -> None:
        super().full_clean()
        if self.asks_lists:
            self._errors = ErrorDict()

    @property
    def taken(self) -> tuple[str, ...]:
        """The groups that count for the chosen kind."""
        return TAKEN[Kind(self.cleaned_data.get("kind") or Kind.MAGIC_CLIPS)]

    def clean_video_seconds(self) -> float | None:
        """Known only of a file; with another door it is left over from one that was chosen before."""
        seconds: float | None = self.cleaned_data["video_seconds"]
        return seconds if self.data.get("source") == FILE else None

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        for group, fields in GROUPS.items():
            if group not in self.taken:
                self.forget(*(name for name in fields.base_fields if name != "video_seconds"))
        # Told by a script: without a sensible number it is not known.
        self.errors.pop("video_seconds", None)
        data["api_key"] = data.get("api_key") or self._chosen_key()
        if "form_token" in self.errors:
            self.add_error(None, _("This form is not complete. Load the page again and fill it in once more."))
        source, kind = data.get("source"), data.get("kind")
        if source == LINK and kind == Kind.MAGIC_CLIPS:
            self.add_error("kind", _("From a link Submagic makes captions only. For Magic Clips drop the file."))
        elif source == YOUTUBE and kind == Kind.CAPTIONS:
            self.add_error("kind", _("From YouTube Submagic makes Magic Clips only. For captions drop the file."))
        if source == FILE:
            self._clean_file(data)
        elif source == LINK:
            self._clean_url("video_url", data)
        elif source == YOUTUBE:
            self._clean_url("youtube_url", data)
        for finding in self.findings:
            if finding.blocks:
                self.add_error(FIELD_OF[finding.option], finding.text)
        return data

    def _clean_file(self, data: dict[str, Any]) -> None:
        if not data.get("filename"):
            self.add_error(
                "source", _("No file came along. Choose one; this needs JavaScript, a link or YouTube does not.")
            )
            return
        try:
            uploads.check(
                kind=data.get("kind") or Kind.MAGIC_CLIPS, filename=data["filename"], size=data.get("size") or 0
            )
        except uploads.Unacceptable as problem:
            self.add_error("source", f"{problem.message} {problem.advice}")

    def _clean_url(self, name: str, data: dict[str, Any]) -> None:
        if name in self.errors:
            return
        text = data.get(name) or ""
        try:
            if name == "video_url":
                data[name] = video_urls.clean_video_url(text, sandbox=self.is_sandbox)
            else:
                data[name] = video_urls.clean_youtube_url(text)
        except ValidationError as problem:
            self.add_error(name, problem)

    # What the action takes -------------------------------------------------------------------------------------

    @property
    def source_url(self) -> str:
        names = {LINK: "video_url", YOUTUBE: "youtube_url"}
        name = names.get(Source(self.cleaned_data["source"]))
        return str(self.cleaned_data[name]) if name else ""

    @property
    def options(self) -> dict[str, Any]:
        """Only what was set, in the API's spelling."""
        found: dict[str, Any] = {}
        for group in self.taken:
            found |= getattr(self, f"{group}_options")()
        return found

    @property
    def findings(self) -> list[rules.Finding]:
        """What the rules say about the options as they stand."""
        data = self.cleaned_data
        # Chosen, though its id may be missing still: what it excludes is to be told all the same.
        look = {PRESET: {"presetId": ""}, AI_EDIT: {"aiEditTemplate": ""}}.get(data.get("look") or "", {})
        return rules.findings(data.get("kind") or Kind.MAGIC_CLIPS, look | self.options, data.get("video_seconds"))

    @property
    def fingerprint(self) -> str:
        """The browser's name for the file, to find it again after a reload."""
        data = self.cleaned_data
        return f"{data['filename']}|{data['size']}|{data['last_modified']}"[:300]


def initial_from(project: Project) -> dict[str, Any]:
    """To start a project again with everything that another one was made with."""
    return initial_of_options(project.kind, project.language, project.options) | {
        "api_key": project.api_key_id,
        # A clip that was opened as a project, or one from elsewhere, came through no door.
        "source": FILE if project.source in (Source.CLIP, Source.IMPORT, Source.BEGUN) else project.source,
        "title": project.title,
        "video_url": project.source_url if project.source == Source.URL else "",
        "youtube_url": project.source_url if project.source == Source.YOUTUBE else "",
    }


def _language_code(text: str) -> None:
    shortest, longest = limits.LANGUAGE
    if not shortest <= len(text) <= longest:
        raise ValidationError(_("A language's code has 2 to 10 characters."))
