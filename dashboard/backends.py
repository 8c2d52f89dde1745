from __future__ import annotations

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from django.conf import settings


def is_closed(user: Any) -> bool:
    """The demo person exists only beside the sandbox. Set-up closes it too, but a server can start without set-up."""
    return not settings.SANDBOX_URL and str(getattr(user, "email", "")).casefold() == settings.DEMO_EMAIL


class PersonBackend(AuthenticationBackend):  # type: ignore[misc]
    """Asked at each sign-in, and for the person of a session at each request."""

    def user_can_authenticate(self, user: Any) -> bool:
        return bool(super().user_can_authenticate(user)) and not is_closed(user)
