"""What must hold after each step, whatever happened (design: reliability, 2.1), and what must hold in the end."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.db.models import Q
from django.test import Client
from django.utils import timezone

from bench.model.limits import busiest_hour
from dashboard.models import ApiKey, CallState, Team, UpstreamCall
from dashboard.models.upstream_call import LIVE_STATES
from projects_app.actions import mending as projects_mending
from projects_app.actions.look_results import _rank
from projects_app.models import Export, ExportState, Project, ProjectState, Verdict, WebhookEvent
from publishing_app.models import Publication, PublicationState
from tests.model.world import World

WORKING = (ProjectState.PROCESSING, ProjectState.TRANSCRIBING, ProjectState.EXPORTING)


def hold(world: World, *, rows: bool = True) -> None:
    """After each step. Nothing in here writes. Without `rows` only what the provider's own record tells."""
    posted_once(world)
    within_the_budget(world)
    if rows:
        forward_only(world)
        nothing_waits_for_ever(world)


def strangers_are_left_alone(world: World) -> None:
    """I5. What was done to them stays done, so it need not be asked after each step."""
    assert world.strangers() == world.strangers_before, "I5: rows of another team were touched"


def posted_once(world: World) -> None:
    """I2, and no duplicate but by a person's word."""
    for wish in world.wishes:
        entries = world.provider.of_mark(wish.mark)
        assert len(entries) <= wish.allowed, f"{wish.mark} was posted {len(entries)} times, allowed {wish.allowed}"
        if wish.taken_back:
            assert len(entries) == world.posted[wish.mark], f"{wish.mark} was posted after it was taken back"
        world.posted[wish.mark] = len(entries)
    marks = [asked.mark for asked in world.provider.asked if asked.applied and asked.mark.startswith("https://")]
    assert len(marks) == len(set(marks)), "I2: one call was done twice"


def forward_only(world: World) -> None:
    """I4: (the provider's time of the last change, how far along it is)."""
    rows = Project.objects.filter(team=world.team).exclude(upstream_updated_at=None)
    for pk, at, status in rows.values_list("pk", "upstream_updated_at", "upstream_status"):
        before = world.known.get(pk)
        assert before is None or (at, _rank(status)) >= before, f"I4: back from {before} to {at} {status}"
        world.known[pk] = (at, _rank(status))


def nothing_waits_for_ever(world: World) -> None:
    """I9: what is not at its end has a next look, or a person is asked."""
    calls = UpstreamCall.objects.filter(team=world.team, next_look_at=None)
    silent = calls.filter(state__in=(CallState.READY, CallState.SENDING, CallState.COMMITTING))
    assert not silent, f"I9: {silent[0].operation} is {silent[0].state} and nobody looks at it"
    for call in calls.filter(Q(state=CallState.UNKNOWN) | Q(state=CallState.DRAFT)):
        assert is_asked(call), f"I9: {call.operation} is {call.state}, and nobody is asked"
    rows = Project.objects.filter(team=world.team)
    on_their_way = UpstreamCall.objects.live().values("target_id")
    stuck = rows.filter(state__in=WORKING, next_look_at=None).exclude(pk__in=on_their_way)
    assert not stuck, f"I9: a project is {stuck[0].state} and nobody looks at it"
    for export in Export.objects.filter(project__team=world.team, state=ExportState.RUNNING):
        assert export.project.next_look_at or export.project.state == ProjectState.NEEDS_YOU, "I9: an export"
    assert not ApiKey.objects.filter(team=world.team, state="valid", next_look_at=None), "I9: a feed"
    assert not WebhookEvent.objects.filter(verdict=Verdict.WAITING, next_look_at=None), "I9: a message"
    told_right()


def is_asked(call: UpstreamCall) -> bool:
    if call.operation == "publish":
        row = Publication.objects.get(call=call)
        return row.state == PublicationState.MISSED if call.state == CallState.DRAFT else row.person_decides
    if call.operation == "export":
        return Export.objects.get(call=call).state == ExportState.UNKNOWN
    if call.operation == "update":
        return True  # the project's page shows the call itself
    return Project.objects.get(call=call).state == ProjectState.UNKNOWN


def told_right() -> None:
    """The rows that people see say what their calls say: what mends them finds nothing."""
    wrong = list(projects_mending._of_projects())
    assert not wrong, f"told wrongly: {wrong[0].operation} is {wrong[0].state}"
    for row in Publication.objects.filter(call__isnull=False, upstream_id="").select_related("call"):
        assert row.call is not None
        assert row.state in _STATES[CallState(row.call.state)], f"{row.state} of a call that is {row.call.state}"


_STATES: dict[CallState, tuple[PublicationState, ...]] = {
    CallState.DRAFT: (PublicationState.SCHEDULED, PublicationState.MISSED),
    CallState.READY: (PublicationState.QUEUED, PublicationState.SCHEDULED),
    CallState.SENDING: (PublicationState.QUEUED, PublicationState.SCHEDULED),
    CallState.COMMITTING: (PublicationState.QUEUED,),
    CallState.UNKNOWN: (PublicationState.UNKNOWN,),
    CallState.REJECTED: (PublicationState.FAILED,),
    CallState.ABANDONED: (PublicationState.ABANDONED,),
    CallState.ACCEPTED: (),
}


def within_the_budget(world: World) -> None:
    """I7, and nothing before the time that a 429 named."""
    limits = world.provider.limits
    assert limits is not None
    assert limits.own_refusals == 0, f"I7: refused for being too often: {dict(limits.refused)}"
    for (_account, name), calls in limits.calls.items():
        assert busiest_hour(calls) <= limits.most[name], f"I7: {name} {busiest_hour(calls)} times in an hour"
    assert not world.line.too_early, world.line.too_early


# --- In the end ---------------------------------------------------------------------------------------------------


def settled(world: World) -> None:
    """A day after the last step."""
    hold(world)
    strangers_are_left_alone(world)
    team, key = Team.objects.get(pk=world.team.pk), world.api_key
    waits = team.held_since is not None or key.state != ApiKey.State.VALID
    for call in UpstreamCall.objects.filter(team=world.team, state__in=(*LIVE_STATES, CallState.DRAFT)):
        if call.state in (CallState.READY, CallState.DRAFT):
            # For an admin, for its time, or for a person after it has passed.
            later = call.not_before is not None and call.not_before > timezone.now()
            assert waits or later or is_asked(call), f"{call.operation} is still {call.state}: {call.problem}"
        else:
            # Without a key that works nobody can look: an admin is asked for one, and the looks go on then.
            parked = key.state != ApiKey.State.VALID and call.next_look_at is not None
            assert call.state == CallState.UNKNOWN, f"{call.operation} is still {call.state}"
            assert parked or is_asked(call), f"{call.operation} is still {call.state}"
    for project in Project.objects.filter(team=world.team, state__in=WORKING):
        assert waits, f"{project.title} is still {project.state}: {project.look_problem}"


def no_traces(world: World, written: str, client: Client) -> None:
    """I8: neither keys nor the webhooks' addresses are in any row, page or line of the log."""
    tokens = [str(video.hook).rpartition("/")[2] for video in world.provider.videos.values() if video.hook]
    secrets = [*world.secrets, *tokens]
    texts = {"the log": written}
    for model in apps.get_models():
        texts[model.__name__] = repr(list(model._base_manager.values_list()))
    client.force_login(world.alice)
    for path in ("", "projects/", "publishing/", "settings/keys/", "settings/audit/"):
        answer: Any = client.get(f"/t/harbour/{path}")
        assert answer.status_code < 500, path
        texts[path] = answer.content.decode()
    for secret in secrets:
        for where, text in texts.items():
            assert secret not in text, f"I8: a secret is in {where}"
