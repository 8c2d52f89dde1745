from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from dashboard.models import ApiKey, Provider


class KeyField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """Says whose key each is, because an id says nothing about where it is from."""

    def label_from_instance(self, obj: ApiKey) -> str:
        return f"{obj.get_provider_display()} · {obj}"


def _help(providers: set[str]) -> str:
    if Provider.SUBMAGIC in providers:
        return gettext("One in each line. As in https://app.submagic.co/view/3f2c…: the whole address will do.")
    return gettext("One in each line. The address of a finished video's file will do too.")


class ImportForm(forms.Form):
    upstream = forms.CharField(
        label=_("Ids or links"),
        max_length=20_000,
        error_messages={"required": _("Paste the project's id or its link.")},
        widget=forms.Textarea(attrs={"autocomplete": "off", "spellcheck": "false", "rows": 3}),
    )
    api_key = KeyField(ApiKey.objects.none(), label=_("API key of its account"), empty_label=None, to_field_name="pk")

    def __init__(self, *args: Any, keys: list[ApiKey], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["upstream"].help_text = _help({key.provider for key in keys})
        field = self.fields["api_key"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = ApiKey.objects.filter(pk__in=[key.pk for key in keys])
        field.initial = keys[0].pk
        if len(keys) == 1:
            field.widget = forms.HiddenInput()
