from __future__ import annotations

import datetime as dt
import json
import random
import secrets
from pathlib import Path

import httpx
import pytest
import time_machine
from django.utils import timezone

from dashboard import budgets, crypto, leases, needs
from dashboard.actions import hook_addresses
from dashboard.models import ApiKey, AuditEvent, CallState, Environment, Membership, Team, UpstreamCall, User
from projects_app.actions import hook_door, rendering, webhooks
from projects_app.models import Export, ExportState, Project, ProjectState, Verdict, WebhookEvent
from tests import factories
from tests.projects_app.json_calls import CREATE, send
from tests.projects_app.scripted import Scripted, no_project, project

ID = "3f1c9a52-7a64-4d5b-9d40-2f6f6d1c8a01"
PATH = f"/v1/projects/{ID}"
FIXTURES = Path(__file__).resolve().parents[2] / "fixtures" / "webhooks"


@pytest.fixture
def job(team: Team, api_key: ApiKey) -> Project:
    made = factories.make_project(
        team, api_key=api_key, kind="captions", state="processing", upstream_id=ID, upstream_status="processing"
    )
    made.call = factories.make_call(team, state="accepted", target_id=made.pk, upstream_id=ID)
    made.save(update_fields=["call"])
    return made


def arrive(job: Project, body: bytes) -> WebhookEvent:
    assert job.call is not None
    factories.store_hook(call=job.call, body=body, headers={}, source_ip="127.0.0.1")
    return WebhookEvent.objects.get(body=body)


def handled(event: WebhookEvent) -> WebhookEvent:
    webhooks.handle(event.pk)
    event.refresh_from_db()
    return event


def fixture(name: str) -> bytes:
    return (FIXTURES / f"{name}.json").read_bytes()


# --- What a body says ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("project_completed", "completed"),
        ("clips_completed", "completed"),
        ("project_failed", "failed"),
        ("export_completed", "completed"),
    ],
)
def test_documented_and_seen_shapes_are_read(name: str, status: str) -> None:
    assert webhooks.parse(fixture(name)) == webhooks.Claim(upstream_id=ID, status=status)


DEEP = b'{"a":' * 60_000 + b"1" + b"}" * 60_000
NASTY = {
    "empty": b"",
    "no json": b"hello",
    "a list": b"[]",
    "a number": b"5",
    "NUL": b'{"projectId": "a\\u0000b"}',
    "raw NUL": b'{"projectId": "a\x00b"}',
    "lone surrogate": b'{"projectId": "\\ud800"}',
    "NaN": b'{"duration": NaN}',
    "Infinity": b'{"duration": -Infinity}',
    "a number out of range": b'{"duration": 1e999}',
    "deep objects": DEEP,
    "deep lists": b"[" * 200_000,
    "too many nodes": b'{"a": [' + b"1," * 30_000 + b"1]}",
    "a long text": json.dumps({"status": "x" * 5000}).encode(),
    "a long key": json.dumps({"x" * 5000: 1}).encode(),
    "not utf-8": b'{"projectId": "\xff\xfe"}',
    "a huge integer": b'{"a": ' + b"9" * 10_000 + b"}",
    "a form": b"projectId=1&status=completed",
}


@pytest.mark.parametrize("body", NASTY.values(), ids=NASTY.keys())
def test_what_cannot_be_read_is_no_exception(body: bytes) -> None:
    assert webhooks.parse(body) is None


@pytest.mark.parametrize("value", [True, 5, None, {}, [], "", " ", "a b", "x" * 256, "é"], ids=repr)
def test_an_id_is_a_short_plain_text_or_nothing(value: object) -> None:
    claim = webhooks.parse(json.dumps({"projectId": value, "status": value}).encode())
    assert claim is not None
    assert claim.upstream_id == ""


def test_random_bytes_and_random_json_never_raise() -> None:
    dice = random.Random(7)
    pieces = [b'{"', b'"', b":", b"[", b"]", b"}", b"null", b"1e5", b"\\u0000", b"\\ud83d", b"\x00", b"projectId", b","]
    for _ in range(3000):
        body = b"".join(dice.choice(pieces) for _ in range(dice.randrange(30)))
        webhooks.parse(body)
        webhooks.parse(dice.randbytes(dice.randrange(60)))


# --- At the door ---------------------------------------------------------------------------------------------------


def test_an_address_is_found_by_the_hash_of_its_token(team: Team) -> None:
    token = secrets.token_urlsafe(32)
    call = factories.make_call(team, token=token)
    assert hook_door.call_of(token) == call
    assert hook_door.call_of(token[:-1] + ("a" if token[-1] != "a" else "b")) is None
    assert hook_door.call_of(call.hook_hash) is None


def test_an_address_closes_thirty_days_after_the_call(team: Team) -> None:
    token = secrets.token_urlsafe(32)
    factories.make_call(team, token=token)
    UpstreamCall.objects.update(created_at=timezone.now() - dt.timedelta(days=31))
    assert hook_door.call_of(token) is None


def test_an_address_closes_a_day_after_the_end(team: Team) -> None:
    token = secrets.token_urlsafe(32)
    done = factories.make_project(team, finished_at=timezone.now() - dt.timedelta(hours=25))
    factories.make_call(team, token=token, target_id=done.pk, state="accepted")
    assert hook_door.call_of(token) is not None  # the call itself was settled just now
    UpstreamCall.objects.update(settled_at=timezone.now() - dt.timedelta(hours=25))
    assert hook_door.call_of(token) is None


def test_the_same_body_twice_is_one_event(job: Project) -> None:
    assert job.call is not None
    body = fixture("project_completed")
    assert factories.store_hook(call=job.call, body=body)
    assert not factories.store_hook(call=job.call, body=body)
    assert WebhookEvent.objects.count() == 1


# --- The verdict ---------------------------------------------------------------------------------------------------


def test_project_completed(provider: Scripted, job: Project) -> None:
    provider.on("GET", PATH, project(ID, "completed", downloadUrl="https://app.submagic.co/f"))
    assert handled(arrive(job, fixture("project_completed"))).verdict == Verdict.CONFIRMED
    job.refresh_from_db()
    assert job.state == ProjectState.READY


def test_project_failed(provider: Scripted, job: Project) -> None:
    provider.on("GET", PATH, project(ID, "failed", failureReason="Could not determine video duration"))
    assert handled(arrive(job, fixture("project_failed"))).verdict == Verdict.CONFIRMED
    job.refresh_from_db()
    assert job.state == ProjectState.FAILED


def test_nothing_in_a_body_is_believed(provider: Scripted, job: Project) -> None:
    provider.on("GET", PATH, project(ID, "transcribing"))
    event = handled(arrive(job, fixture("project_completed")))
    assert event.verdict == Verdict.NOT_CONFIRMED
    job.refresh_from_db()
    assert (job.state, job.download_url) == (ProjectState.TRANSCRIBING, "")


def test_a_body_about_another_project_is_not_confirmed(provider: Scripted, job: Project) -> None:
    elsewhere = project("another", "completed", webhookUrl="https://desk.harbour.example/h/" + "x" * 43)
    provider.on("GET", "/v1/projects/another", elsewhere)
    event = handled(arrive(job, b'{"projectId": "another", "status": "completed"}'))
    assert event.verdict == Verdict.NOT_CONFIRMED and event.note == "It names another project."
    assert [call.url.path.rpartition("/")[2] for call in provider.calls] == ["another"], "one message, one read"


@pytest.mark.parametrize("state", [ProjectState.PROCESSING, ProjectState.READY])
def test_a_second_project_that_echoes_the_calls_own_address_is_told(
    provider: Scripted, job: Project, team: Team, alice: User, state: ProjectState
) -> None:
    """Nobody else ever had that address, so the call was applied twice, and may have been paid for twice. Its message
    comes when it is done, so often after the first one's."""
    Project.objects.update(state=state)
    token = secrets.token_urlsafe(32)
    assert job.call is not None
    UpstreamCall.objects.filter(pk=job.call.pk).update(hook_hash=crypto.fingerprint(token))
    made = project("another", "completed", webhookUrl=f"https://desk.harbour.example/h/{token}")
    provider.on("GET", "/v1/projects/another", made, made)
    event = handled(arrive(job, b'{"projectId": "another", "status": "completed"}'))
    assert event.verdict == Verdict.LATE and "made a second project" in event.note and "another" in event.note
    assert AuditEvent.objects.get(verb="call.appeared_later").data == {"upstream_id": "another"}
    told = needs.of_team(team, Membership.objects.get(user=alice))
    (news,) = [each for each in told if "twice" in each.title]
    assert "another" in news.text and "may have been paid" in news.text
    job.refresh_from_db()
    assert job.upstream_id == ID, "the one that is known stays"


def test_the_second_projects_message_is_read_also_just_after_the_firsts(provider: Scripted, job: Project) -> None:
    ApiKey.objects.update(environment=Environment.LIVE)
    token = secrets.token_urlsafe(32)
    assert job.call is not None
    UpstreamCall.objects.filter(pk=job.call.pk).update(hook_hash=crypto.fingerprint(token))
    provider.on("GET", PATH, project(ID, "completed", downloadUrl="https://app.submagic.co/f"))
    made = project("another", "completed", webhookUrl=f"https://desk.harbour.example/h/{token}")
    provider.on("GET", "/v1/projects/another", made)
    assert handled(arrive(job, fixture("project_completed"))).verdict == Verdict.CONFIRMED
    assert Project.objects.get().state == ProjectState.READY
    first, again = (arrive(job, b'{"projectId": "another", "n": %d}' % n) for n in range(2))
    assert "made a second project" in handled(first).note
    assert handled(again).verdict == Verdict.WAITING, "one read a minute"
    assert provider.count("GET", "/v1/projects/another") == 1


@pytest.mark.parametrize("body", [NASTY["deep objects"], NASTY["NUL"], NASTY["no json"]], ids=["deep", "NUL", "text"])
def test_an_unreadable_body_is_still_a_doorbell(provider: Scripted, job: Project, body: bytes) -> None:
    provider.on("GET", PATH, project(ID, "completed", downloadUrl="https://app.submagic.co/f"))
    assert handled(arrive(job, body)).verdict == Verdict.UNREADABLE
    job.refresh_from_db()
    assert job.state == ProjectState.READY


def test_what_comes_after_the_end_is_late_and_costs_no_read(provider: Scripted, job: Project) -> None:
    Project.objects.update(state="ready", finished_at=timezone.now())
    assert handled(arrive(job, fixture("project_failed"))).verdict == Verdict.LATE
    job.refresh_from_db()
    assert job.state == ProjectState.READY
    assert provider.calls == []


def test_all_that_wait_about_a_project_at_its_end_are_over_with_the_first_few(
    provider: Scripted, job: Project, team: Team
) -> None:
    other = factories.make_project(team, api_key=job.api_key, kind="captions", state="processing")
    other.call = factories.make_call(team, state="accepted", target_id=other.pk)
    elsewhere = arrive(other, b"elsewhere")
    first, second, taken = (arrive(job, body) for body in (b"1", b"2", b"3"))
    Project.objects.filter(pk=job.pk).update(state=ProjectState.READY)
    at_once = [first, *(arrive(job, body) for body in (b"4", b"5", b"6"))]
    assert len(at_once) > webhooks.FEW
    assert leases.claim(taken, owner="another worker")
    webhooks.handle_together([each.pk for each in at_once])
    first.refresh_from_db()
    assert first.verdict == Verdict.LATE
    for event, verdict in ((second, Verdict.LATE), (taken, Verdict.WAITING), (elsewhere, Verdict.WAITING)):
        event.refresh_from_db()
        assert (event.verdict, event.next_look_at is None) == (verdict, verdict == Verdict.LATE)
    assert provider.calls == []


def test_a_provider_that_is_away_leaves_it_waiting(provider: Scripted, job: Project) -> None:
    provider.on("GET", PATH, httpx.Response(503))
    event = handled(arrive(job, fixture("project_completed")))
    assert event.verdict == Verdict.WAITING
    assert event.next_look_at is not None
    assert event.next_look_at > timezone.now()


def test_a_leaked_address_costs_one_read_a_minute(provider: Scripted, job: Project) -> None:
    ApiKey.objects.update(environment=Environment.LIVE)
    provider.on("GET", PATH, project(ID, "processing"))
    bodies = [f'{{"projectId": "{ID}", "status": "completed", "n": {n}}}'.encode() for n in range(20)]
    for event in [arrive(job, body) for body in bodies]:
        webhooks.handle(event.pk)
    assert provider.count("GET", PATH) == 1
    assert WebhookEvent.objects.filter(verdict=Verdict.WAITING).count() == 19


def test_a_look_that_shows_it_already_is_enough(provider: Scripted, job: Project) -> None:
    ApiKey.objects.update(environment=Environment.LIVE)
    provider.on("GET", PATH, project(ID, "processing"))
    events = [arrive(job, f'{{"projectId": "{ID}", "status": "processing", "n": {n}}}'.encode()) for n in range(3)]
    assert [handled(event).verdict for event in events] == [Verdict.CONFIRMED] * 3
    assert provider.count("GET", PATH) == 1


def test_a_message_about_a_project_that_is_looked_at_just_now_waits_for_that_look(
    provider: Scripted, job: Project
) -> None:
    """It said that the provider could not be read, and used up a look of the address, for as long as a killed worker's
    lease lasted."""
    provider.on("GET", PATH, project(ID, status="completed"))
    with leases.held(job):
        event = handled(arrive(job, b'{"projectId": "%s", "status": "completed"}' % ID.encode()))
        assert (event.verdict, str(event.note)) == (Verdict.WAITING, "It is looked at just now.")
        assert event.next_look_at is not None
        assert event.next_look_at - timezone.now() < dt.timedelta(seconds=webhooks.HELD)
    assert provider.count("GET", PATH) == 0
    assert handled(event).verdict == Verdict.CONFIRMED
    assert provider.count("GET", PATH) == 1


def test_what_a_killed_worker_looked_at_is_free_soon(provider: Scripted, job: Project) -> None:
    leases.claim(job, owner="dead", seconds=leases.while_reading())
    provider.on("GET", PATH, project(ID, status="completed"))
    event = arrive(job, b'{"projectId": "%s", "status": "completed"}' % ID.encode())
    with time_machine.travel(timezone.now() + dt.timedelta(seconds=21)):
        assert handled(event).verdict == Verdict.CONFIRMED


def test_leaked_addresses_cost_a_team_twenty_reads_an_hour_and_leave_the_rest_to_people(
    team: Team, provider: Scripted, job: Project
) -> None:
    ApiKey.objects.update(environment=Environment.LIVE)
    key = ApiKey.objects.get()
    provider.on("GET", PATH, project(ID, "processing"))
    with time_machine.travel(timezone.now().replace(minute=0, second=5), tick=False) as clock:
        for number in range(50):
            clock.shift(61)
            webhooks.handle(arrive(job, f'{{"projectId": "{ID}", "status": "no", "n": {number}}}'.encode()).pk)
        assert provider.count("GET", PATH) == 20
        assert budgets.wait(key, "projects.get", click=True) == 0
        # What is left over is not closed as untrue: the project's own looks go on.
        assert WebhookEvent.objects.filter(verdict=Verdict.WAITING).count() == 30


def test_a_body_too_large_rings_no_oftener_than_others_look(provider: Scripted, job: Project) -> None:
    assert job.call is not None
    webhooks.ring(job.call)
    Project.objects.update(next_look_at=None)
    webhooks.ring(job.call)
    job.refresh_from_db()
    assert job.next_look_at is None


def test_a_project_that_failed_is_looked_at_again(provider: Scripted, job: Project) -> None:
    """The provider gave it up and has made it after all."""
    Project.objects.update(state=ProjectState.FAILED, upstream_status="failed", finished_at=timezone.now())
    provider.on("GET", PATH, project(ID, "completed", downloadUrl="https://app.submagic.co/f"))
    assert handled(arrive(job, fixture("project_completed"))).verdict == Verdict.CONFIRMED
    job.refresh_from_db()
    assert job.state == ProjectState.READY


def test_a_message_for_a_call_that_waits_to_be_tried_again_proves_that_it_arrived(
    provider: Scripted, waiting: Project, bob: User
) -> None:
    """Its sender took the first try for surely not done; sent again it would be paid twice."""
    provider.on("POST", CREATE, httpx.ConnectError("no route"))
    call = send(waiting)
    assert call.state == CallState.READY
    hook = hook_addresses.url(call)
    provider.on("GET", PATH, project(ID, "processing", webhookUrl=hook))
    factories.store_hook(call=call, body=b'{"projectId": "%s"}' % ID.encode())
    assert handled(WebhookEvent.objects.get()).verdict == Verdict.CONFIRMED
    assert send(waiting).state == CallState.ACCEPTED
    assert waiting.upstream_id == ID
    assert provider.count("POST", CREATE) == 1


def test_it_waits_while_that_call_is_being_sent(provider: Scripted, waiting: Project) -> None:
    provider.on("POST", CREATE, httpx.ConnectError("no route"))
    call = send(waiting)
    assert leases.claim(call, owner="its sender")
    factories.store_hook(call=call, body=b'{"projectId": "%s"}' % ID.encode())
    assert handled(WebhookEvent.objects.get()).verdict == Verdict.WAITING
    assert provider.count("GET", PATH) == 0


def test_three_untrue_messages_are_told(provider: Scripted, job: Project) -> None:
    from django.core.cache import cache

    provider.on("GET", PATH, project(ID, "processing"))
    for number in range(4):
        cache.clear()
        provider.on("GET", "/v1/projects/no", no_project())
        handled(arrive(job, f'{{"projectId": "no", "n": {number}}}'.encode()))
    assert AuditEvent.objects.filter(verb="webhook.not_confirmed").count() == 1


def test_handling_twice_is_handling_once(provider: Scripted, job: Project) -> None:
    provider.on("GET", PATH, project(ID, "completed", downloadUrl="https://app.submagic.co/f"))
    event = handled(arrive(job, fixture("project_completed")))
    webhooks.handle(event.pk)
    assert provider.count("GET", PATH) == 1


# --- For a call whose answer was lost --------------------------------------------------------------------------------


@pytest.fixture
def lost(team: Team, api_key: ApiKey) -> tuple[Project, str]:
    token = secrets.token_urlsafe(32)
    made = factories.make_project(team, api_key=api_key, state="unknown", upstream_id="", upstream_status="")
    made.call = factories.make_call(
        team, token=token, state="unknown", target_id=made.pk, sent_at=timezone.now(), operation="upload_magic_clips"
    )
    made.save(update_fields=["call"])
    return made, f"https://desk.harbour.example/h/{token}"


def test_a_lost_project_is_found_by_its_message(provider: Scripted, lost: tuple[Project, str]) -> None:
    job, hook = lost
    provider.on("GET", PATH, project(ID, webhookUrl=hook))
    event = handled(arrive(job, fixture("clips_completed")))
    assert event.verdict == Verdict.CONFIRMED
    job.refresh_from_db()
    assert (job.upstream_id, job.state) == (ID, ProjectState.PROCESSING)
    assert UpstreamCall.objects.get().state == CallState.ACCEPTED


@pytest.mark.parametrize("answer", [no_project(), project(ID, webhookUrl="https://desk.harbour.example/h/other")])
def test_a_forged_claim_is_not_taken(provider: Scripted, lost: tuple[Project, str], answer: httpx.Response) -> None:
    provider.on("GET", PATH, answer)
    assert handled(arrive(lost[0], fixture("clips_completed"))).verdict == Verdict.NOT_CONFIRMED
    assert UpstreamCall.objects.get().state == CallState.UNKNOWN


def test_a_message_before_the_answer_waits_for_it(provider: Scripted, lost: tuple[Project, str]) -> None:
    UpstreamCall.objects.update(state=CallState.SENDING)
    assert handled(arrive(lost[0], fixture("clips_completed"))).verdict == Verdict.WAITING
    assert provider.calls == []


def test_what_was_given_up_and_came_all_the_same_is_told(provider: Scripted, lost: tuple[Project, str]) -> None:
    job, hook = lost
    UpstreamCall.objects.update(state=CallState.ABANDONED, settled_at=timezone.now())
    provider.on("GET", PATH, project(ID, webhookUrl=hook))
    assert handled(arrive(job, fixture("clips_completed"))).verdict == Verdict.LATE
    assert AuditEvent.objects.get(verb="call.appeared_later").data == {"upstream_id": ID}
    job.refresh_from_db()
    assert job.upstream_id == ""


def test_an_id_that_would_reach_another_path_is_harmless(provider: Scripted, lost: tuple[Project, str]) -> None:
    event = handled(arrive(lost[0], b'{"projectId": "../../v1/languages"}'))
    assert event.verdict in (Verdict.NOT_CONFIRMED, Verdict.WAITING)
    assert all("/v1/projects/.." in call.url.raw_path.decode() for call in provider.calls)


# --- Of an export whose answer was lost ----------------------------------------------------------------------------


@pytest.fixture
def lost_export(team: Team, api_key: ApiKey) -> tuple[Export, str]:
    """Captions with a video, exported anew; and the export's own secret address."""
    made = factories.make_project(
        team, api_key=api_key, kind="captions", upstream_id=ID, direct_url="https://d1.cloudfront.net/old.mp4",
        upstream_updated_at=timezone.now() - dt.timedelta(days=1), finished_at=timezone.now(),
    )  # fmt: skip
    token = secrets.token_urlsafe(32)
    call = factories.make_call(
        team, operation="export", state="unknown", target_id=made.pk, token=token, sent_at=timezone.now(),
        baseline=rendering.baseline(made, renders=True),
    )  # fmt: skip
    export = factories.make_export(made, call=call, state=ExportState.UNKNOWN, direct_url="")
    return export, f"https://desk.harbour.example/h/{token}"


def exported(hook: str, **more: str) -> httpx.Response:
    about = {"transcriptionStatus": "COMPLETED", "updatedAt": "2099-01-01T00:00:00Z", "webhookUrl": hook}
    return project(ID, "completed", **(about | more))


@pytest.mark.parametrize("is_echoed", [False, True])
def test_its_message_finds_a_lost_export(provider: Scripted, lost_export: tuple[Export, str], is_echoed: bool) -> None:
    """Whichever of the two addresses the provider echoes: the export ends, and no project is made anew."""
    export, hook = lost_export
    new = "https://d1.cloudfront.net/new.mp4"
    provider.on("GET", PATH, exported(hook if is_echoed else "https://desk.harbour.example/h/other", directUrl=new))
    assert export.call is not None
    factories.store_hook(call=export.call, body=fixture("export_completed"))
    assert handled(WebhookEvent.objects.get()).verdict == Verdict.CONFIRMED
    export.refresh_from_db()
    assert (export.state, export.direct_url) == (ExportState.DONE, new)
    made = Project.objects.get()
    assert (made.state, made.accepted_at) == (ProjectState.READY, None)
    assert UpstreamCall.objects.get().state == CallState.ACCEPTED


def test_a_message_alone_ends_no_lost_export(provider: Scripted, lost_export: tuple[Export, str]) -> None:
    export, hook = lost_export
    before = export.project.upstream_updated_at
    assert before is not None and export.call is not None
    same = exported(hook, directUrl=export.project.direct_url, updatedAt=before.isoformat())
    provider.on("GET", PATH, same)
    factories.store_hook(call=export.call, body=fixture("export_completed"))
    assert handled(WebhookEvent.objects.get()).verdict == Verdict.NOT_CONFIRMED
    export.refresh_from_db()
    assert export.state == ExportState.UNKNOWN
    assert not AuditEvent.objects.filter(verb="webhook.not_confirmed").exists()
