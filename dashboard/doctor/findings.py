from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from dashboard.models import Team


class State(StrEnum):
    """In the order in which people want to read them."""

    BAD = "bad"
    WARN = "warn"
    OK = "ok"


class Group(StrEnum):
    DESK = "desk"
    PROVIDER = "provider"
    KEYS = "keys"


TITLES: dict[Group, str | Promise] = {
    Group.DESK: _("This desk"),
    Group.PROVIDER: _("Submagic"),
    Group.KEYS: _("Your keys"),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """What was looked at, how it is, what was found, and what to do about it ("" where nothing is to be done)."""

    name: str
    state: State
    found: str
    advice: str = ""


@dataclass(frozen=True, slots=True)
class Visit:
    """How the person who asks reached the desk: the address in their browser as far as we are told, and what proxies
    added on the way."""

    address: str
    forwarded_for: int
    forwarded_proto: str

    @classmethod
    def of(cls, request: HttpRequest) -> Visit:
        told = request.headers.get("X-Forwarded-For", "")
        return cls(
            address=f"{request.scheme}://{request.get_host()}",
            forwarded_for=len(told.split(",")) if told.strip() else 0,
            forwarded_proto=request.headers.get("X-Forwarded-Proto", "").strip().lower()[:10],
        )


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose keys are looked at (None: everybody's), and for whom (None: at a terminal)."""

    team: Team | None = None
    visit: Visit | None = None
