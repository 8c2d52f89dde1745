from __future__ import annotations

from typing import Any, cast

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest, HttpResponse

from dashboard import addresses
from dashboard.backends import is_closed


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """People join by invitation or the set-up link (dashboard.views.join, .setup), never by a public form."""
        return False

    def pre_login(self, request: HttpRequest, user: Any, **how: Any) -> HttpResponse | None:
        """After the password, a passkey or a code; what is returned is shown instead of signing in."""
        if is_closed(user):
            return cast(HttpResponse, self.respond_user_inactive(request, user))
        return cast(HttpResponse | None, super().pre_login(request, user, **how))

    def get_client_ip(self, request: HttpRequest) -> str:
        """What limits on signing in are counted by: the same address as everywhere else."""
        return addresses.of_client(request)

    def get_user_display(self, user: Any) -> str:
        return str(user)
