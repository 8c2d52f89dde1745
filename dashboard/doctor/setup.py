"""How the desk is set up: mail, debug, and what Django itself finds wrong for a public site."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from django.conf import settings
from django.core import checks
from django.core.checks.registry import registry
from django.utils.translation import gettext as _

from dashboard.doctor.findings import Finding, Scope, State

# Told by our own checks in better words.
TOLD: Final = frozenset({"dashboard.W003", "mail.E001", "security.W018", "security.W020"})
# All of them are about https, and come from PUBLIC_URL alone.
OF_HTTPS: Final = frozenset({"security.W004", "security.W008", "security.W012", "security.W016"})
AT_HOME: Final = frozenset({"localhost", "127.0.0.1", "[::1]", ".localhost"})


def mail(scope: Scope) -> Iterator[Finding]:
    name = _("Mail")
    backend = str(settings.MAILERS["default"]["BACKEND"])
    if backend.endswith("console.EmailBackend"):
        text = _("No mail server is set. Invitations work by link; a forgotten password cannot be reset by mail.")
        yield Finding(name, State.WARN, text, _("Set EMAIL_URL, and MAIL_FROM to an address of yours."))
        return
    host = str(settings.MAILERS["default"].get("OPTIONS", {}).get("host", ""))
    text = _("Mail goes out by %(host)s, from %(sender)s.") if host else _("Mail goes out from %(sender)s.")
    yield Finding(name, State.OK, text % {"host": host, "sender": settings.DEFAULT_FROM_EMAIL})


def debug(scope: Scope) -> Iterator[Finding]:
    name = _("Debug mode")
    if not settings.DEBUG:
        yield Finding(name, State.OK, _("Off."))
        return
    text = _("On: error pages show the code and its values to whoever meets one.")
    # On one's own machine that is what it is for.
    state = State.WARN if set(settings.ALLOWED_HOSTS) <= AT_HOME else State.BAD
    yield Finding(name, state, text, _("Set DEBUG=0 and start the desk again."))


def deployment(scope: Scope) -> Iterator[Finding]:
    silent = TOLD if settings.HTTPS else TOLD | OF_HTTPS
    found = [
        message
        for message in _messages()
        if message.level >= checks.WARNING and message.id not in silent and not message.is_silenced()
    ]
    for message in found:
        state = State.BAD if message.level >= checks.ERROR else State.WARN
        yield Finding(_("Setting (%(id)s)") % {"id": message.id}, state, str(message.msg), str(message.hint or ""))
    if not found:
        yield Finding(_("Settings"), State.OK, _("Django's checks for a public site find nothing else."))


def _messages() -> Iterator[checks.CheckMessage]:
    """All but those about models: they find mistakes in code, and ask a database that may be away."""
    for check in registry.get_checks(include_deployment_checks=True):
        if not {checks.Tags.models, checks.Tags.database} & set(getattr(check, "tags", ())):
            yield from check(app_configs=None, databases=None)
