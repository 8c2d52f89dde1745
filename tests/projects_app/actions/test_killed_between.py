"""A kill between a call's new state and the telling of it, and a webhook that comes in that moment (I9)."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from typing import Any

import httpx
import pytest
import time_machine
from django.utils import timezone

from dashboard import crypto
from dashboard.actions import upstream_calls
from dashboard.models import ApiKey, CallState, Team, UpstreamCall, User
from projects_app.actions import edits, exports, lost_calls, media, media_calls, mending, project_calls, projects
from projects_app.models import Export, ExportState, Media, MediaState, Project, ProjectState
from tests import factories
from tests.projects_app import libraries as lib
from tests.projects_app.json_calls import CREATE, ID, call_of, created, send
from tests.projects_app.scripted import Scripted, project

NO_CREDITS = {"error": "PAYMENT_REQUIRED", "message": "No credits"}
NO = httpx.Response(402, json=NO_CREDITS)
WHO_KNOWS = httpx.Response(502, text="<html>bad gateway</html>")


class Killed(BaseException):
    pass


def die(*_args: Any, **_how: Any) -> None:
    raise Killed


@pytest.mark.parametrize(("answer", "telling"), [(NO, "refused"), (WHO_KNOWS, "outcome_unknown")])
def test_a_project_is_told_after_its_sender_was_killed_in_that_moment(
    provider: Scripted, waiting: Project, monkeypatch: pytest.MonkeyPatch, answer: httpx.Response, telling: str
) -> None:
    provider.on("POST", CREATE, answer)
    with monkeypatch.context() as patched:
        patched.setattr(projects, telling, die)
        with pytest.raises(Killed):
            send(waiting)
    send(waiting)
    assert waiting.state == ProjectState.UNKNOWN, "nothing was written by halves, and the next look asks"
    assert call_of(waiting).next_look_at is not None
    assert provider.count("POST", CREATE) == 1


@pytest.mark.parametrize("answer", [NO, WHO_KNOWS])
def test_an_export_is_told_after_its_sender_was_killed_in_that_moment(
    provider: Scripted, team: Team, bob: User, api_key: ApiKey, monkeypatch: pytest.MonkeyPatch, answer: httpx.Response
) -> None:
    made = factories.make_project(team, api_key=api_key, kind="captions", upstream_id=ID, direct_url="https://x.co/a")
    provider.on("POST", f"/v1/projects/{ID}/export", answer)
    provider.on("GET", f"/v1/projects/{ID}", httpx.Response(503))
    export = exports.ask(project=made, by=bob, form_token=uuid.uuid4())
    assert export.call
    with monkeypatch.context() as patched:
        patched.setattr(exports, "_set", die)
        with pytest.raises(Killed):
            project_calls.deliver(export.call.pk)
    project_calls.deliver(export.call.pk)
    export.refresh_from_db()
    assert export.state == ExportState.UNKNOWN
    exports.leave(export=export, by=bob)


@pytest.mark.parametrize(("answer", "telling"), [(NO, "refused"), (WHO_KNOWS, "outcome_unknown")])
def test_an_entry_of_the_library_is_told_after_its_sender_was_killed_in_that_moment(
    provider: Scripted, team: Team, bob: User, api_key: ApiKey, monkeypatch: pytest.MonkeyPatch,
    answer: httpx.Response, telling: str,
) -> None:  # fmt: skip
    provider.on("POST", "/v1/user-media", answer)
    row = lib.add_link(team, bob, api_key)
    with monkeypatch.context() as patched:
        patched.setattr(media, telling, die)
        with pytest.raises(Killed):
            lib.deliver(row)
    lib.deliver(row)
    assert row.state == MediaState.UNKNOWN
    assert provider.count("POST", "/v1/user-media") == 1


# --- Rows from before ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "shown"),
    [
        (CallState.UNKNOWN, ProjectState.UNKNOWN),
        (CallState.REJECTED, ProjectState.FAILED),
        (CallState.ABANDONED, ProjectState.NEEDS_YOU),
        (CallState.ACCEPTED, ProjectState.PROCESSING),
    ],
)
@pytest.mark.parametrize("by", ["the clock", "a delivery"])
def test_a_project_that_says_something_else_than_its_call_is_found(
    waiting: Project, provider: Scripted, state: CallState, shown: ProjectState, by: str
) -> None:
    settled = None if state == CallState.UNKNOWN else timezone.now()
    UpstreamCall.objects.update(
        state=state, settled_at=settled, sent_at=timezone.now(), problem="So it was.", upstream_id=ID, next_look_at=None
    )
    if by == "the clock":
        assert mending.mend() == 1
        assert mending.mend() == 0
    else:
        project_calls.deliver(call_of(waiting).pk)
    waiting.refresh_from_db()
    assert waiting.state == shown
    assert waiting.upstream_id == (ID if state == CallState.ACCEPTED else "")
    assert provider.count("POST", CREATE) == 0


@pytest.mark.parametrize(
    ("state", "shown"),
    [
        (CallState.UNKNOWN, ExportState.UNKNOWN),
        (CallState.REJECTED, ExportState.FAILED),
        (CallState.ABANDONED, ExportState.FAILED),
        (CallState.ACCEPTED, ExportState.RUNNING),
    ],
)
def test_an_export_that_says_something_else_than_its_call_is_found(
    team: Team, bob: User, api_key: ApiKey, state: CallState, shown: ExportState
) -> None:
    made = factories.make_project(team, api_key=api_key, kind="captions", direct_url="https://x.co/a")
    exports.ask(project=made, by=bob, form_token=uuid.uuid4())
    settled = None if state == CallState.UNKNOWN else timezone.now()
    UpstreamCall.objects.update(state=state, settled_at=settled, sent_at=timezone.now(), next_look_at=None)
    assert mending.mend() == 1
    assert Export.objects.exclude(call=None).get().state == shown
    assert mending.mend() == 0


@pytest.mark.parametrize(
    ("state", "shown"),
    [
        (CallState.UNKNOWN, MediaState.UNKNOWN),
        (CallState.REJECTED, MediaState.FAILED),
        (CallState.ABANDONED, MediaState.FAILED),
        (CallState.ACCEPTED, MediaState.WAITING),
    ],
)
def test_an_entry_of_the_library_that_says_something_else_than_its_call_is_found(
    team: Team, bob: User, api_key: ApiKey, state: CallState, shown: MediaState
) -> None:
    lib.add_link(team, bob, api_key)
    settled = None if state == CallState.UNKNOWN else timezone.now()
    UpstreamCall.objects.update(state=state, settled_at=settled, sent_at=timezone.now(), upstream_id="m-1234567")
    assert mending.mend() == 1
    assert Media.objects.get().state == shown
    assert mending.mend() == 0


def test_what_is_right_is_left_alone(waiting: Project, team: Team, bob: User, api_key: ApiKey) -> None:
    lib.add_link(team, bob, api_key)
    factories.make_project(team, api_key=api_key)
    assert mending.mend() == 0
    assert waiting.state == ProjectState.QUEUED


# --- A webhook in that moment --------------------------------------------------------------------------------------


def test_a_project_adopted_while_its_sender_gives_up_stays_adopted(
    provider: Scripted, waiting: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The webhook's worker holds no lease of the call: it may take it over between `fail` and the telling."""
    hook: dict[str, str] = {}

    def cut(request: httpx.Request) -> httpx.Response:
        hook["url"] = json.loads(request.content)["webhookUrl"]
        raise httpx.ReadError("cut")

    provider.on("POST", CREATE, cut)
    provider.on("GET", f"/v1/projects/{ID}", lambda _request: project(ID, webhookUrl=hook["url"]))
    tell = project_calls.tell

    def adopted_first(call: UpstreamCall, *args: Any) -> None:
        other = UpstreamCall.objects.select_related("api_key").get(pk=call.pk)
        assert other.state == CallState.UNKNOWN
        assert lost_calls.adopt(other, ID) is lost_calls.Finding.ADOPTED
        tell(call, *args)

    monkeypatch.setattr(project_calls, "tell", adopted_first)
    assert send(waiting).state == CallState.ACCEPTED
    assert (waiting.state, waiting.upstream_id) == (ProjectState.PROCESSING, ID)
    assert waiting.next_look_at is not None


def test_a_call_given_up_meanwhile_is_not_shown_as_waiting(
    provider: Scripted, waiting: Project, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker parks it in the moment in which a person takes it back."""
    ApiKey.objects.update(state=ApiKey.State.INVALID)
    postpone = upstream_calls.postpone

    def taken_back_first(call: UpstreamCall, at: dt.datetime | None, **texts: str) -> bool:
        projects.give_up(project=Project.objects.get(), by=bob)
        return postpone(call, at, **texts)

    monkeypatch.setattr(upstream_calls, "postpone", taken_back_first)
    send(waiting)
    assert waiting.state == ProjectState.FAILED
    assert "Taken back" in waiting.failure_reason
    assert call_of(waiting).next_look_at is None


# --- Between a click and the wire ----------------------------------------------------------------------------------


def test_settings_that_make_no_request_are_refused_before_anything_is_begun(
    provider: Scripted, waiting: Project
) -> None:
    UpstreamCall.objects.update(body={"title": "A talk", "language": "en", "strange": 1})
    call = send(waiting)
    assert (call.state, call.attempts) == (CallState.REJECTED, 0)
    assert waiting.state == ProjectState.FAILED
    assert "Nothing was sent" in waiting.failure_reason
    assert provider.calls == []


def test_a_sealed_address_that_cannot_be_opened_is_made_anew(provider: Scripted, waiting: Project) -> None:
    """With a lost KEY_RING and a key entered anew, what waits goes on by itself."""
    UpstreamCall.objects.update(hook_sealed="v1.gone.AAAA")
    before = UpstreamCall.objects.get().hook_hash
    provider.on("POST", CREATE, created())
    call = send(waiting)
    assert call.state == CallState.ACCEPTED and call.hook_hash != before
    assert crypto.fingerprint(str(provider.body(0)["webhookUrl"]).rpartition("/")[2]) == call.hook_hash


def test_a_change_of_unknown_outcome_is_looked_for_at_once(
    provider: Scripted, team: Team, bob: User, api_key: ApiKey
) -> None:
    made = factories.make_project(team, api_key=api_key, kind="captions", upstream_id=ID, direct_url="https://x.co/a")
    provider.on("PUT", f"/v1/projects/{ID}", WHO_KNOWS)
    call = edits.update(project=made, by=bob, changes={"removeBadTakes": True}, form_token=uuid.uuid4())
    project_calls.deliver(call.pk)
    made.refresh_from_db()
    assert made.next_look_at is not None and made.next_look_at <= timezone.now()


def test_a_look_for_an_export_that_could_not_be_made_does_not_count(
    provider: Scripted, team: Team, bob: User, api_key: ApiKey
) -> None:
    made = factories.make_project(team, api_key=api_key, kind="captions", upstream_id=ID, direct_url="https://x.co/a")
    provider.on("POST", f"/v1/projects/{ID}/export", WHO_KNOWS)
    provider.on("GET", f"/v1/projects/{ID}", httpx.Response(503), project(ID, "completed"))
    export = exports.ask(project=made, by=bob, form_token=uuid.uuid4())
    assert export.call
    project_calls.deliver(export.call.pk)
    for looks in (0, 1):
        project_calls.deliver(export.call.pk)
        export.call.refresh_from_db()
        assert (export.call.state, export.call.looks) == (CallState.UNKNOWN, looks)


def test_a_look_at_a_library_that_could_not_be_made_does_not_count(
    provider: Scripted, team: Team, bob: User, api_key: ApiKey
) -> None:
    provider.on("POST", "/v1/user-media", WHO_KNOWS)
    provider.on("GET", "/v1/user-media", httpx.Response(503), httpx.Response(200, json={"items": [], "hasMore": False}))
    row = lib.add_link(team, bob, api_key)
    lib.deliver(row)
    for looks in (0, 1):
        media_calls.deliver(lib.call_of(row).pk)
        assert lib.call_of(row).looks == looks


# --- Sent again by a person ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("given_up_first", [False, True])
def test_a_lost_create_is_sent_again_only_when_its_message_can_come_no_more(
    provider: Scripted, waiting: Project, bob: User, given_up_first: bool
) -> None:
    provider.on("POST", CREATE, httpx.ReadTimeout("slow"), created())
    send(waiting)
    if given_up_first:
        projects.give_up(project=waiting, by=bob)
    with pytest.raises(projects.NotNow, match="paid for twice. Try again in 60 min"):
        projects.send_again(project=waiting, by=bob)
    with time_machine.travel(timezone.now() + dt.timedelta(minutes=61)):
        projects.send_again(project=waiting, by=bob)
        assert send(waiting).state == CallState.ACCEPTED


def test_where_no_message_can_come_a_person_may_send_it_again_at_once(
    provider: Scripted, waiting: Project, bob: User, settings: Any
) -> None:
    settings.PUBLIC_URL = ""
    provider.on("POST", CREATE, httpx.ReadTimeout("slow"), created())
    send(waiting)
    projects.send_again(project=waiting, by=bob)
    assert send(waiting).state == CallState.ACCEPTED


def test_one_that_was_not_sent_yet_is_taken_back(provider: Scripted, waiting: Project, bob: User) -> None:
    projects.give_up(project=waiting, by=bob)
    assert waiting.state == ProjectState.FAILED
    assert waiting.failure_reason == "Taken back before it was sent. Nothing was spent."
    send(waiting)
    assert provider.calls == []
    projects.send_again(project=waiting, by=bob)
    assert call_of(waiting).state == CallState.READY
