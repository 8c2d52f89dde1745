from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from projects_app.forms.confirm import says_send_again


class SendAgainForm(forms.Form):
    confirm = forms.CharField(
        label=gettext_lazy("Type “send again”"), widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    form_token = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, initial={"form_token": uuid.uuid4()})

    def clean_confirm(self) -> str:
        typed = str(self.cleaned_data["confirm"])
        if not says_send_again(typed):
            raise forms.ValidationError(_("Type the words exactly: send again."))
        return typed
