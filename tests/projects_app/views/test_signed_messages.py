"""Magic Hour's signed messages: believed only when signed and fresh, and then no more than a reason to look."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import json
from collections.abc import Callable

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from dashboard.actions import hook_addresses, key_hooks
from dashboard.models import AuditEvent, KeyHook, Team, User
from projects_app.actions import imports, looks, waking
from projects_app.brake import Allowance
from projects_app.models import Project, ProjectState
from projects_app.views import signed_messages
from providers.magic_hour import SIGNATURE_HEADER, TIMESTAMP_HEADER
from tests.conftest import InProcessSandbox
from tests.dashboard.signing import fresh_client
from tests.projects_app.magic_hour import Account

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]
SECRET = "whsec-of-the-test"


@pytest.fixture
def account(sandbox: InProcessSandbox, team: Team) -> Account:
    return Account(sandbox, team)


@pytest.fixture
def hook(account: Account, alice: User) -> KeyHook:
    made = key_hooks.make(key=account.key, by=alice)
    key_hooks.set_secret(hook=made, secret=SECRET, by=alice)
    return made


@pytest.fixture
def woken(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    found: list[object] = []
    monkeypatch.setattr(waking, "project", found.append)
    return found


@pytest.fixture
def project(account: Account, bob: User, team: Team) -> Project:
    number = account.seed(status="rendering", end_seconds=1)
    project, _fresh = imports.take_up(team=team, api_key=account.key, text=number, by=bob)
    looks.look(project.pk, force=True)
    Project.objects.update(next_look_at=timezone.now() + dt.timedelta(hours=1))
    project.refresh_from_db()
    return project


def signed(body: bytes, *, secret: str = SECRET, ago: int = 0) -> dict[str, str]:
    at = str(int(timezone.now().timestamp()) - ago)
    signature = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return {SIGNATURE_HEADER: signature, TIMESTAMP_HEADER: at}


def event(project: Project, kind: str = "video.completed") -> bytes:
    return json.dumps({"type": kind, "payload": {"id": project.upstream_id, "status": "complete"}}).encode()


def post(hook: KeyHook, body: bytes, headers: dict[str, str]) -> int:
    path = "/" + key_hooks.address(hook).split("/", 3)[3]
    return Client().post(path, body, content_type="application/json", headers=headers).status_code


def test_a_signed_message_makes_a_look_come_at_once_and_says_nothing_by_itself(
    hook: KeyHook, project: Project, woken: list[object]
) -> None:
    body = event(project)
    assert post(hook, body, signed(body)) == 204
    assert woken == [project.pk]
    project.refresh_from_db()
    assert project.state == ProjectState.PROCESSING, "the message said complete, the API does not"
    assert project.next_look_at and project.next_look_at <= timezone.now()
    hook.refresh_from_db()
    assert hook.believed_at and not hook.refused_at


def test_the_sandbox_signs_as_it_is_checked(
    hook: KeyHook, account: Account, project: Project, woken: list[object]
) -> None:
    account._call("PUT", "/_sandbox/webhook", url=key_hooks.address(hook), secret=SECRET)
    account.step()
    assert {json.loads(body)["type"] for _url, body, _headers in account.box.hooks} >= {"video.completed"}
    for url, body, headers in account.box.hooks:
        assert url == key_hooks.address(hook)
        assert post(hook, body, headers) == 204
    assert woken == [project.pk] * len(account.box.hooks)
    looks.look(project.pk, force=True)
    project.refresh_from_db()
    assert project.state == ProjectState.READY


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        (lambda body: {}, "timestamp is missing"),
        (lambda body: signed(body, secret="another-secret"), "signature is missing or wrong"),
        (lambda body: signed(body + b" "), "signature is missing or wrong"),
        (lambda body: signed(body, ago=301), "more than five minutes"),
        (lambda body: signed(body, ago=-301), "more than five minutes"),
    ],
)
def test_what_is_not_signed_or_old_changes_nothing(
    hook: KeyHook, project: Project, woken: list[object], headers: Callable[[bytes], dict[str, str]], reason: str
) -> None:
    before = project.next_look_at
    assert post(hook, event(project), headers(event(project))) == 401
    project.refresh_from_db()
    assert woken == [] and project.next_look_at == before
    hook.refresh_from_db()
    assert hook.believed_at is None and reason in hook.refused_reason


def test_a_message_played_back_makes_no_second_look(hook: KeyHook, project: Project, woken: list[object]) -> None:
    body = event(project)
    headers = signed(body)
    assert [post(hook, body, headers) for _time in range(5)] == [204] * 5
    assert woken == [project.pk]


def test_the_end_soon_after_the_beginning_is_no_repetition(
    hook: KeyHook, project: Project, woken: list[object]
) -> None:
    for body in (event(project, "video.started"), event(project)):
        assert post(hook, body, signed(body)) == 204
    assert woken == [project.pk] * 2


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"type": "video.completed"}', b'{"type":1,"payload":{"id":2}}'])
def test_a_signed_message_about_nothing_is_taken_and_forgotten(hook: KeyHook, woken: list[object], body: bytes) -> None:
    assert post(hook, body, signed(body)) == 204
    assert woken == []


def test_another_accounts_video_and_a_finished_one_are_not_looked_at(
    hook: KeyHook, project: Project, sandbox: InProcessSandbox, other_team: Team, woken: list[object]
) -> None:
    other = Account(sandbox, other_team)
    foreign = Project.objects.create(
        team=other_team, api_key=other.key, kind="magic_hour", source="import", title="x", upstream_id="foreign-id",
        state=ProjectState.PROCESSING,
    )  # fmt: skip
    Project.objects.filter(pk=project.pk).update(state=ProjectState.READY)
    for each in (foreign, project):
        body = event(each)
        assert post(hook, body, signed(body)) == 204
    assert woken == []


def test_before_the_secret_is_entered_nothing_counts(account: Account, alice: User, project: Project) -> None:
    bare = key_hooks.make(key=account.key, by=alice)
    body = event(project)
    assert post(bare, body, signed(body, secret="")) == 401
    bare.refresh_from_db()
    assert "no secret" in bare.refused_reason


def test_an_unknown_address_a_large_body_other_methods_and_floods(
    hook: KeyHook, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = reverse("projects:signed-message", args=["x" * 43])
    assert Client().post(address, b"{}", content_type="application/json").status_code == 404
    assert Client().get(address).status_code == 405
    large = b"x" * (256 * 1024 + 1)
    assert post(hook, large, signed(large)) == 413
    monkeypatch.setattr(signed_messages, "senders", Allowance(2, 2))
    body = event(project)
    assert [post(hook, body, signed(body)) for _time in range(3)] == [204, 204, 429]


def test_an_old_address_is_unknown_after_a_new_one_or_when_it_is_closed(
    hook: KeyHook, account: Account, alice: User, project: Project
) -> None:
    body, old = event(project), key_hooks.address(hook)
    fresh = key_hooks.make(key=account.key, by=alice)
    path = "/" + old.split("/", 3)[3]
    assert Client().post(path, body, content_type="application/json", headers=signed(body)).status_code == 404
    key_hooks.set_secret(hook=fresh, secret=SECRET, by=alice)
    path = "/" + key_hooks.address(fresh).split("/", 3)[3]
    assert Client().post(path, body, content_type="application/json", headers=signed(body)).status_code == 204
    key_hooks.close(key=account.key, by=alice)
    assert Client().post(path, body, content_type="application/json", headers=signed(body)).status_code == 404


def test_closing_all_addresses_closes_this_one_too(
    hook: KeyHook, project: Project, team: Team, alice: User, other_team: Team, sandbox: InProcessSandbox
) -> None:
    other = key_hooks.make(key=Account(sandbox, other_team).key, by=alice)
    path, body = "/" + key_hooks.address(hook).split("/", 3)[3], event(project)
    hook_addresses.close_all(team=team, by=alice)
    assert Client().post(path, body, content_type="application/json", headers=signed(body)).status_code == 404
    assert list(KeyHook.objects.all()) == [other]


def test_an_admin_sets_it_up_and_the_secret_is_never_shown(alice: User, account: Account, team: Team) -> None:
    client = fresh_client(alice)
    address = reverse("dashboard:key-messages", args=["harbour", account.key.pk])
    assert address in client.get(reverse("dashboard:keys", args=["harbour"])).content.decode()
    page = client.post(address, {"step": "make"}, follow=True).content.decode()
    assert key_hooks.address(KeyHook.objects.get()) in page and "no message counts" in page
    wrong = client.post(address, {"step": "secret", "secret": "short"})
    assert wrong.status_code == 422 and "at least eight" in wrong.content.decode()
    page = client.post(address, {"step": "secret", "secret": SECRET}, follow=True).content.decode()
    assert "Messages count from now on" in page and SECRET not in page
    assert "The address is closed" in client.post(address, {"step": "close"}, follow=True).content.decode()
    verbs = set(AuditEvent.objects.values_list("verb", flat=True))
    assert {"webhook.key_address_made", "webhook.key_secret_set", "webhook.key_address_closed"} <= verbs
    stored = " ".join(str(row.data) for row in AuditEvent.objects.all())
    assert SECRET not in stored


def test_the_replay_window_follows_the_clock(hook: KeyHook, project: Project, woken: list[object]) -> None:
    body = event(project)
    headers = signed(body)
    with time_machine.travel(timezone.now() + dt.timedelta(minutes=6), tick=False):
        cache.clear()
        assert post(hook, body, headers) == 401
    assert woken == []


def test_a_failed_video_whose_refund_is_awaited_is_looked_at(
    hook: KeyHook, account: Account, project: Project, woken: list[object]
) -> None:
    told: dict[str, object] = {"state": ProjectState.FAILED, "details": {"credits_charged": 10}}
    Project.objects.update(**told)
    body = event(project, "video.errored")
    assert post(hook, body, signed(body)) == 204
    assert woken == [project.pk]
