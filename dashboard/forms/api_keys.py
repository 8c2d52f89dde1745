from __future__ import annotations

import re
from typing import Any, Final

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from dashboard import remote
from dashboard.models import Environment, Provider

# The documented form of a Submagic key (document 001, Authentication): sk-[64-character-hex-string].
KEY_FORM: Final = re.compile(r"sk-[0-9a-f]{64}", re.IGNORECASE)
# The others document none; but a key is one word, and not a short one.
ONE_WORD: Final = re.compile(r"[!-~]{8,200}")
WHERE: Final = {
    Provider.SUBMAGIC: _(
        "From Submagic’s settings, under API. It is tested before it is stored, and never shown again."
    ),
    Provider.MAGIC_HOUR: _("From Magic Hour’s Developer Hub. It is tested before it is stored, and never shown again."),
    Provider.PICOVICO: _("The access key of a login. Both are tested before they are stored."),
}


def _secret_field(label: Any, help_text: Any, placeholder: str = "") -> forms.CharField:
    widget = forms.PasswordInput(
        render_value=False, attrs={"autocomplete": "off", "spellcheck": "false", "placeholder": placeholder}
    )
    return forms.CharField(label=label, max_length=200, widget=widget, help_text=help_text)


class SecretForm(forms.Form):
    """A new secret. The fields never get their value back: an API key is not written into a page."""

    secret = _secret_field(_("API key"), WHERE[Provider.SUBMAGIC], "sk-…")

    def __init__(self, *args: Any, provider: Provider = Provider.SUBMAGIC, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.provider = provider
        if provider == Provider.PICOVICO:
            self.fields["secret"] = _secret_field(_("Access key"), WHERE[provider])
            self.fields["token"] = _secret_field(_("Access token"), _("Neither is ever shown again."))
        elif provider == Provider.MAGIC_HOUR:
            self.fields["secret"] = _secret_field(_("API key"), WHERE[provider])

    def clean_secret(self) -> str:
        secret = str(self.cleaned_data["secret"]).strip()
        if self.provider == Provider.SUBMAGIC:
            if not KEY_FORM.fullmatch(secret):
                raise ValidationError(_("A Submagic key is “sk-” followed by 64 digits and letters from a to f."))
        elif not ONE_WORD.fullmatch(secret):
            raise ValidationError(_("A key is one word of at least eight letters, digits and signs."))
        return secret

    def clean_token(self) -> str:
        token = str(self.cleaned_data["token"]).strip()
        if not ONE_WORD.fullmatch(token):
            raise ValidationError(_("A token is one word of at least eight letters, digits and signs."))
        return token

    @property
    def secret_value(self) -> str:
        """What is sealed: of a pair both."""
        data = self.cleaned_data
        return remote.pair(data["secret"], data["token"]) if "token" in self.fields else str(data["secret"])


class SigningSecretForm(forms.Form):
    secret = _secret_field(
        _("Signing secret"), _("Magic Hour shows it beside the address there. It is never shown again here.")
    )

    def clean_secret(self) -> str:
        secret = str(self.cleaned_data["secret"]).strip()
        if not ONE_WORD.fullmatch(secret):
            raise ValidationError(_("A secret is one word of at least eight letters, digits and signs."))
        return secret


class KeyForm(SecretForm):
    label = forms.CharField(
        label=_("Label"), max_length=60, help_text=_("How your team calls this account, such as “Main channel”.")
    )
    environment = forms.ChoiceField(label=_("Where it belongs"), choices=Environment, initial=Environment.LIVE)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if settings.SANDBOX_URL:
            self.order_fields(["label", "environment", "secret", "token"])
        else:
            # There is nothing to choose without a sandbox, and the field cannot be sent either.
            del self.fields["environment"]
            self.order_fields(["label", "secret", "token"])

    @property
    def environment_value(self) -> str:
        return str(self.cleaned_data.get("environment", Environment.LIVE.value))
