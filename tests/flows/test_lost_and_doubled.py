"""Answers and webhooks that get lost, come twice or come late: one project, made once, and true in the end.

The sandbox is the provider and keeps the record of what was really done; a wrapper around the way to it loses answers.
"""

from __future__ import annotations

import datetime as dt
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.forms.models import model_to_dict
from django.test import Client
from django.utils import timezone

from dashboard import leases, remote
from dashboard.models import ApiKey, CallState, UpstreamCall, User
from projects_app.actions import looks, project_calls, webhooks
from projects_app.models import Clip, Project, ProjectState, Transcript, Upload, UploadState, Verdict, WebhookEvent
from projects_app.tus import BODY_TYPE
from sandbox.submagic import applied
from tests.conftest import InProcessSandbox
from tests.projects_app.forms_data import filled
from tests.publishing_app.support import account_of, context_of
from tests.sandbox.conftest import short_talk

__all__ = ["short_talk"]

SignIn = Callable[[User], Client]
NEW = "/t/harbour/projects/new/"


class LosesTheAnswer(httpx.BaseTransport):
    """The provider does it, and then something in front of it answers 500 (or nothing at all)."""

    def __init__(self, inner: httpx.BaseTransport, *, cut: bool = False) -> None:
        self.inner, self.cut = inner, cut
        self.posts = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        answer = self.inner.handle_request(request)
        if request.method != "POST":
            return answer
        answer.read()
        assert answer.is_success, "it was done"
        self.posts += 1
        if self.cut:
            raise httpx.ReadTimeout("no answer", request=request)
        return httpx.Response(500, json={"error": "INTERNAL", "message": "oops"}, request=request)


@pytest.fixture
def editor(sandbox: InProcessSandbox, api_key: ApiKey, bob: User, client_of: SignIn, short_talk: Path) -> Client:
    """The sandbox has its sample already, a small one: making it anew for each test would take most of the time."""
    sample = context_of(sandbox).data / "samples" / "two-tips.mp4"
    sample.parent.mkdir(parents=True)
    shutil.copy(short_talk, sample)
    return client_of(bob)


def start(editor: Client, **more: Any) -> Project:
    """A captions project from a short video that the sandbox can fetch; its call is about to be sent."""
    url = "http://127.0.0.1:8999/submagic/samples/two-tips.mp4"
    answer = editor.post(NEW, filled(source="url", kind="captions", video_url=url, youtube_url="", **more))
    assert answer.status_code == 302, answer.context["form"].errors
    return Project.objects.get()


def send(project: Project) -> UpstreamCall:
    assert project.call is not None
    project_calls.deliver(project.call.pk)
    project.refresh_from_db()
    return UpstreamCall.objects.get(pk=project.call.pk)


def made_there(sandbox: InProcessSandbox, key: ApiKey) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = applied.entries(context_of(sandbox), account_of(key))["applied"]
    return found


def look_until_done(project: Project) -> None:
    """As the sweeper does: only what is due."""
    for _ in range(5):
        Project.objects.filter(pk=project.pk, next_look_at__isnull=False).update(next_look_at=timezone.now())
        project.refresh_from_db()
        if project.next_look_at is None:
            return
        looks.look(project.pk)


def snapshot(project: Project) -> list[dict[str, Any]]:
    rows = [Project.objects.get(pk=project.pk), *Clip.objects.order_by("pk"), *Transcript.objects.order_by("pk")]
    return [model_to_dict(row) for row in rows]


def handle_all() -> list[str]:
    for event in WebhookEvent.objects.filter(verdict=Verdict.WAITING):
        webhooks.handle(event.pk)
    return list(WebhookEvent.objects.order_by("received_at").values_list("verdict", flat=True))


# --- Webhooks ------------------------------------------------------------------------------------------------------


def test_webhooks_are_lost_and_looks_finish_the_project(
    editor: Client, sandbox: InProcessSandbox, api_key: ApiKey
) -> None:
    project = start(editor)
    assert send(project).state == CallState.ACCEPTED
    sandbox.run_jobs()
    assert sandbox.hooks, "the provider did send one"
    sandbox.hooks.clear()
    assert project.next_look_at is not None, "due without anybody's help"
    look_until_done(project)
    done = Project.objects.get(pk=project.pk)
    assert (done.state, done.next_look_at) == ("ready", None)
    assert done.video_url
    assert Transcript.objects.get(project=project).word_count > 3
    assert not WebhookEvent.objects.exists()
    assert len(made_there(sandbox, api_key)) == 1


def test_webhook_that_comes_twice_and_late_changes_nothing(
    editor: Client, sandbox: InProcessSandbox, client: Client, api_key: ApiKey
) -> None:
    project = start(editor)
    send(project)
    sandbox.run_jobs()
    sent = list(sandbox.hooks)
    assert set(sandbox.deliver_hooks(client)) == {204}
    assert handle_all() == [Verdict.CONFIRMED] * len(sent)
    project.refresh_from_db()
    assert project.state == ProjectState.READY
    look_until_done(project)
    before, events = snapshot(project), WebhookEvent.objects.count()
    # The very same again: taken, and known already.
    sandbox.hooks = list(sent)
    assert set(sandbox.deliver_hooks(client)) == {204}
    assert WebhookEvent.objects.count() == events
    # Another one, after the end: an hour late, and it even says something else.
    url, body, headers = sent[-1]
    late = json.dumps(json.loads(body) | {"status": "failed", "failureReason": "x"}).encode()
    sandbox.hooks = [(url, late, headers)]
    assert sandbox.deliver_hooks(client) == [204]
    assert handle_all()[-1] == Verdict.LATE
    assert snapshot(project) == before
    assert len(made_there(sandbox, api_key)) == 1


# --- Answers -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("cut", [False, True], ids=["500", "cut"])
def test_create_that_was_done_and_answered_with_trouble_is_found_by_its_webhook(
    editor: Client, sandbox: InProcessSandbox, client: Client, api_key: ApiKey,
    monkeypatch: pytest.MonkeyPatch, cut: bool,
) -> None:  # fmt: skip
    lossy = LosesTheAnswer(sandbox.transport, cut=cut)
    monkeypatch.setattr(remote, "transport", lossy)
    project = start(editor)
    call = send(project)
    assert (call.state, project.state) == (CallState.UNKNOWN, ProjectState.UNKNOWN)
    page = editor.get(project.get_absolute_url()).content.decode()
    assert "We are checking whether this reached Submagic" in page
    # However often a worker comes by, nothing is sent again.
    for _ in range(3):
        UpstreamCall.objects.filter(pk=call.pk).update(next_look_at=timezone.now())
        leases.sweep()
        assert send(project).state == CallState.UNKNOWN
    assert (lossy.posts, len(made_there(sandbox, api_key))) == (1, 1)

    sandbox.run_jobs()
    assert set(sandbox.deliver_hooks(client)) == {204}
    handle_all()
    project.refresh_from_db()
    call.refresh_from_db()
    (entry,) = made_there(sandbox, api_key)
    assert (call.state, call.upstream_id) == (CallState.ACCEPTED, entry["projectId"])
    assert project.upstream_id == entry["projectId"]
    look_until_done(project)
    project.refresh_from_db()
    assert project.state == ProjectState.READY
    assert (lossy.posts, Project.objects.count(), UpstreamCall.objects.count()) == (1, 1, 1)


def test_upload_that_was_done_and_answered_with_500_is_found_by_its_webhook_and_sent_once(
    editor: Client, sandbox: InProcessSandbox, client: Client, api_key: ApiKey,
    monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any, short_talk: Path,
) -> None:  # fmt: skip
    lossy = LosesTheAnswer(sandbox.transport)
    monkeypatch.setattr(remote, "transport", lossy)
    movie = short_talk.read_bytes()
    about = {"source": "upload", "kind": "captions", "youtube_url": "", "filename": "talk.mp4", "size": str(len(movie))}
    opened = editor.post(NEW, filled(**about), headers={"Accept": "application/json"}).json()
    with django_capture_on_commit_callbacks(execute=True):
        answer = editor.patch(
            opened["upload_url"],
            movie,
            content_type=BODY_TYPE,
            headers={"Tus-Resumable": "1.0.0", "Upload-Offset": "0"},
        )
    assert answer.status_code == 204
    project, upload = Project.objects.get(), Upload.objects.get()
    assert project.call is not None
    assert (project.call.state, project.state) == (CallState.UNKNOWN, ProjectState.UNKNOWN)
    for _ in range(3):
        Upload.objects.filter(pk=upload.pk).update(next_look_at=timezone.now() - dt.timedelta(seconds=1))
        leases.sweep()
    (entry,) = made_there(sandbox, api_key)
    assert lossy.posts == 1

    sandbox.run_jobs()
    assert set(sandbox.deliver_hooks(client)) == {204}
    handle_all()
    leases.sweep()
    call = UpstreamCall.objects.get()
    project.refresh_from_db()
    upload.refresh_from_db()
    assert (call.state, project.upstream_id) == (CallState.ACCEPTED, entry["projectId"])
    assert upload.state == UploadState.RELAYED
    assert (lossy.posts, len(made_there(sandbox, api_key))) == (1, 1)
