from __future__ import annotations

import re
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from dashboard.models import Environment

# The documented form of a Submagic key (document 001, Authentication): sk-[64-character-hex-string].
KEY_FORM = re.compile(r"sk-[0-9a-f]{64}", re.IGNORECASE)


class SecretForm(forms.Form):
    """A new secret. The field never gets its value back: an API key is not written into a page."""

    secret = forms.CharField(
        label=_("API key"),
        max_length=200,
        widget=forms.PasswordInput(
            render_value=False, attrs={"autocomplete": "off", "spellcheck": "false", "placeholder": "sk-…"}
        ),
        help_text=_("From Submagic’s settings, under API. It is tested before it is stored, and never shown again."),
    )

    def clean_secret(self) -> str:
        secret = str(self.cleaned_data["secret"]).strip()
        if not KEY_FORM.fullmatch(secret):
            raise ValidationError(_("A Submagic key is “sk-” followed by 64 digits and letters from a to f."))
        return secret


class KeyForm(SecretForm):
    label = forms.CharField(
        label=_("Label"), max_length=60, help_text=_("How your team calls this account, such as “Main channel”.")
    )
    environment = forms.ChoiceField(label=_("Where it belongs"), choices=Environment, initial=Environment.LIVE)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if settings.SANDBOX_URL:
            self.order_fields(["label", "environment", "secret"])
        else:
            # There is nothing to choose without a sandbox, and the field cannot be sent either.
            del self.fields["environment"]
            self.order_fields(["label", "secret"])

    @property
    def environment_value(self) -> str:
        return str(self.cleaned_data.get("environment", Environment.LIVE.value))
