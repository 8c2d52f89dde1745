from __future__ import annotations

import zoneinfo
from typing import Any

from django import forms
from django.contrib.auth.password_validation import password_validators_help_text_html, validate_password
from django.core.exceptions import ValidationError
from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _

from dashboard.models import User

# ASVS 5.0, 6.2.9: long passwords are welcome; the limit only keeps the hasher from being fed megabytes.
LONGEST_PASSWORD = 128


def new_password_fields() -> dict[str, forms.Field]:
    attrs = {"autocomplete": "new-password"}
    return {
        "password": forms.CharField(
            label=_("Password"),
            strip=False,
            max_length=LONGEST_PASSWORD,
            widget=forms.PasswordInput(attrs=attrs),
            help_text=lazy(password_validators_help_text_html, str)(),
        ),
        "password_again": forms.CharField(
            label=_("Password again"), strip=False, max_length=LONGEST_PASSWORD, widget=forms.PasswordInput(attrs=attrs)
        ),
    }


class NewPersonForm(forms.Form):
    """Name and password of somebody who joins; the e-mail address comes from their invitation."""

    name = forms.CharField(label=_("Your name"), max_length=100, widget=forms.TextInput(attrs={"autocomplete": "name"}))

    def __init__(self, *args: Any, email: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.known_email = email
        self.fields.update(new_password_fields())

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        password, again = cleaned.get("password"), cleaned.get("password_again")
        if password and again and password != again:
            self.add_error("password_again", _("The two passwords are not the same."))
        if password:
            person = User(email=cleaned.get("email") or self.known_email, name=cleaned.get("name", ""))
            try:
                validate_password(password, user=person)
            except ValidationError as error:
                self.add_error("password", error)
        return cleaned


class SetupForm(NewPersonForm):
    """The first owner and the first team."""

    team_name = forms.CharField(
        label=_("Team name"), max_length=80, widget=forms.TextInput(attrs={"autocomplete": "organization"})
    )
    email = forms.EmailField(
        label=_("E-mail address"), widget=forms.EmailInput(attrs={"autocomplete": "username"}), max_length=254
    )
    field_order = ["team_name", "name", "email", "password", "password_again"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.order_fields(self.field_order)

    def clean_email(self) -> str:
        email = str(self.cleaned_data["email"]).lower()
        if User.objects.filter(email__iexact=email).exists():
            raise ValidationError(_("This address belongs to an account already. Take another one."))
        return email


def zone_choices() -> list[tuple[str, Any]]:
    names = sorted(name for name in zoneinfo.available_timezones() if "/" in name and not name.startswith("Etc/"))
    return [("", _("As the browser says")), ("UTC", "UTC"), *((name, name.replace("_", " ")) for name in names)]


class ProfileForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=100, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    timezone = forms.ChoiceField(
        label=_("Time zone"), choices=zone_choices, required=False, help_text=_("Times on every page are shown in it.")
    )
    theme = forms.ChoiceField(label=_("Colours"), choices=User.Theme, widget=forms.RadioSelect)
