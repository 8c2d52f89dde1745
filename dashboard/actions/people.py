from __future__ import annotations

from allauth.account.models import EmailAddress
from django.db import transaction

from dashboard.models import User


@transaction.atomic
def create_person(*, email: str, name: str, password: str) -> User:
    """A person who can sign in. The caller checked the password (dashboard.forms.people)."""
    user = User.objects.create_user(email, password, name=name)
    # allauth's e-mail page works on this row; nobody has proved the address, so it is not verified.
    EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=False)
    return user


def update_profile(*, by: User, name: str, timezone: str, theme: str) -> None:
    """A person's own settings belong to no team, so there is no audit row."""
    by.name, by.timezone, by.theme = name, timezone, theme
    by.save(update_fields=["name", "timezone", "theme"])
