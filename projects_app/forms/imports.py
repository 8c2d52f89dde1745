from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from dashboard.models import ApiKey


class ImportForm(forms.Form):
    upstream = forms.CharField(
        label=_("Id or link"),
        max_length=2048,
        help_text=_("As in https://app.submagic.co/view/3f2c…: the whole address will do."),
        error_messages={"required": _("Paste the project's id or its link.")},
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    api_key = forms.ModelChoiceField(
        ApiKey.objects.none(), label=_("API key of its account"), empty_label=None, to_field_name="pk"
    )

    def __init__(self, *args: Any, keys: list[ApiKey], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["api_key"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = ApiKey.objects.filter(pk__in=[key.pk for key in keys])
        field.initial = keys[0].pk
        if len(keys) == 1:
            field.widget = forms.HiddenInput()
