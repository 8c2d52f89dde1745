from __future__ import annotations

from typing import Any

import pytest
from django.core import checks

from dashboard.doctor import Scope, State, setup

SMTP = {"BACKEND": "django.core.mail.backends.smtp.EmailBackend", "OPTIONS": {"host": "mail.example", "password": "pw"}}


def test_mail(settings: Any) -> None:
    settings.MAILERS = {"default": {"BACKEND": "django.core.mail.backends.console.EmailBackend"}}
    (found,) = setup.mail(Scope())
    assert found.state == State.WARN and "EMAIL_URL" in found.advice
    settings.MAILERS = {"default": SMTP}
    (found,) = setup.mail(Scope())
    assert found.state == State.OK and "mail.example" in found.found and "pw" not in found.found


@pytest.mark.parametrize(
    ("on", "hosts", "state"),
    [
        (False, ["desk.example"], State.OK),
        (True, ["localhost", "127.0.0.1"], State.WARN),
        (True, ["localhost", "desk.example"], State.BAD),
    ],
)
def test_debug(settings: Any, on: bool, hosts: list[str], state: State) -> None:
    settings.DEBUG, settings.ALLOWED_HOSTS = on, hosts
    (found,) = setup.debug(Scope())
    assert found.state == state


def ids() -> list[str]:
    return [finding.name for finding in setup.deployment(Scope())]


def test_djangos_checks_for_a_public_site(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    # Set by the browser's tests, for as long as their process lives.
    monkeypatch.delenv("DJANGO_ALLOW_ASYNC_UNSAFE", raising=False)
    settings.SECRET_KEY = "x" * 20 + "yzabcdefghijklmnopqrstuvwxyz0123456789"
    settings.HTTPS = False
    # Of a shared database, whose tests have the secrets and the queue of one machine.
    settings.SILENCED_SYSTEM_CHECKS = ["dashboard.W001", "dashboard.W002"]
    assert ids() == ["Settings"], "what comes from plain http alone is told once, with the address"
    settings.HTTPS = True
    assert "Setting (security.W012)" in ids()
    settings.SECRET_KEY = "short"
    (found,) = [each for each in setup.deployment(Scope()) if each.name == "Setting (security.W009)"]
    assert found.state == State.WARN and "short" not in found.found


def test_an_error_is_broken_and_our_own_checks_come_along(settings: Any) -> None:
    settings.KEY_RING = "nonsense"
    (found,) = [each for each in setup.deployment(Scope()) if each.name == "Setting (dashboard.E001)"]
    assert found.state == State.BAD and "new_ring_key" in found.advice
    settings.SILENCED_SYSTEM_CHECKS = ["dashboard.E001"]
    assert "Setting (dashboard.E001)" not in ids()
    assert checks.ERROR > checks.WARNING
