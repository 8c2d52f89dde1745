"""What the inbox of messages shows: how things stand, and each message with what it is about."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dashboard import remote
from dashboard.actions import hook_addresses
from dashboard.models import ApiKey, CallState, Environment, Team, UpstreamCall
from projects_app.models import Project, WebhookEvent

OPERATIONS: dict[str, str | Promise] = {
    "create_project": gettext_lazy("New captions"),
    "upload_project": gettext_lazy("New captions"),
    "create_magic_clips": gettext_lazy("New Magic Clips"),
    "upload_magic_clips": gettext_lazy("New Magic Clips"),
    "export": gettext_lazy("Export"),
    "update": gettext_lazy("Change"),
}


@dataclass(frozen=True, slots=True)
class Place:
    """One of the services that the team has a key of, and whether it is told where to send its messages."""

    name: str
    is_told: bool
    why_not: str


@dataclass(frozen=True, slots=True)
class Standing:
    places: list[Place]
    last_at: dt.datetime | None
    waiting: int
    day: int
    # Requests of unknown outcome that a message could still tell about.
    hoping: int


@dataclass(frozen=True, slots=True)
class Row:
    """`project` is None where it was deleted, or the message is about none."""

    event: WebhookEvent
    operation: str
    project: Project | None


def standing(team: Team) -> Standing:
    events = WebhookEvent.objects.for_inbox()
    last = events.for_team(team).values_list("received_at", flat=True).first()
    return Standing(
        places=[_place(environment) for environment in ApiKey.objects.for_team(team).environments()],
        last_at=last,
        waiting=events.waiting().for_team(team).count(),
        day=events.since(timezone.now() - dt.timedelta(days=1)).for_team(team).count(),
        hoping=hoping(team),
    )


def hoping(team: Team) -> int:
    """How many requests' outcomes would be for a person to tell once the addresses are closed."""
    lost = UpstreamCall.objects.for_team(team).filter(state=CallState.UNKNOWN, hook_round=team.hook_round)
    return lost.filter(operation__in=hook_addresses.OPERATIONS).count()


def _place(environment: str) -> Place:
    is_told = remote.hook_url("", environment) is not None
    why_not = ""
    if not is_told and environment == Environment.SANDBOX:
        why_not = _("This desk does not know its own address (PUBLIC_URL).")
    elif not is_told:
        why_not = _("This desk has no public https address (PUBLIC_URL) that Submagic could reach.")
    return Place(str(Environment(environment).label), is_told, why_not)


def rows(team: Team, events: Iterable[WebhookEvent]) -> list[Row]:
    found = list(events)
    ids = {event.call.target_id for event in found}
    projects = Project.objects.for_team(team).only("title").in_bulk(ids)
    return [Row(event, words_of(event.call.operation), projects.get(event.call.target_id)) for event in found]


def words_of(operation: str) -> str:
    return str(OPERATIONS.get(operation) or operation.replace("_", " ").capitalize())
