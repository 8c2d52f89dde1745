"""What Magic Hour and Picovico answer, mutated from what the sandbox (true to documents 002 and 003) answers: a look
never raises and breaks no page, the next good answer puts everything right, and a film is asked for once whatever is
said.

(design: reliability, T12; test_answers_fuzz.py and test_sends_fuzz.py are about Submagic.)
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard import remote
from dashboard.models import CallState, Team, UpstreamCall, User
from projects_app.actions import imports, looks, project_calls, slideshow_drafts, slideshow_evidence, slideshow_renders
from projects_app.models import Clip, Project, ProjectState
from tests.conftest import InProcessSandbox
from tests.odd_json import FEW, odd_bytes
from tests.projects_app import magic_hour, picovico
from tests.rows import WORK, rows, undone

pytestmark = [pytest.mark.django_db, pytest.mark.timeout(900)]
LONG = (pytest.mark.slow, pytest.mark.once)
# Not 401 and 429: after these nothing is asked for a while (they have tests of their own).
STATUSES = (200,) * 14 + (201, 204, 206, 301, 400, 403, 404, 409, 418, 500, 502, 503)
SETTLED = (CallState.ACCEPTED, CallState.UNKNOWN, CallState.REJECTED, CallState.READY)
# Times of ours, and what a good answer that has none leaves as it was: links.
KEPT = {"seen_at", "finished_at", "moved_at", "updated_at", "created_at", "id", "details"}
KEPT |= {"direct_url", "download_url", "preview_url", "video", "poster"}
TIMES = WORK | KEPT


@dataclass
class Odd(httpx.BaseTransport):
    """Between the desk and the sandbox: `answer`, when it is set, instead of what the sandbox says to `wanted`."""

    inner: httpx.BaseTransport
    wanted: Callable[[httpx.Request], bool]
    answer: tuple[int, bytes] | None = None
    asked: list[httpx.Request] = field(default_factory=list)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if not self.wanted(request):
            return self.inner.handle_request(request)
        self.asked.append(request)
        if self.answer is None:
            return self.inner.handle_request(request)
        status, body = self.answer
        return httpx.Response(status, content=body, request=request)


def pages(client: Client, project: Project) -> None:
    for name in ("project-detail", "project-status"):
        assert client.get(reverse(f"projects:{name}", args=[project.team.slug, project.pk])).status_code < 400
    for name in ("project-list", "clip-list"):
        assert client.get(reverse(f"projects:{name}", args=[project.team.slug])).status_code == 200


def content() -> list[str]:
    """Of both rows of a video; a clip that is made anew has another id."""
    found = rows(Project, Clip, without=TIMES).items()
    return sorted(f"{model} {values | {'pk': '' if model == 'Clip' else pk}}" for (model, pk), values in found)


def each(cases: int, document: Any, run: Callable[[tuple[int, bytes]], None]) -> None:
    odd = st.tuples(st.sampled_from(STATUSES), odd_bytes(document))

    def one(asked: tuple[int, bytes]) -> None:
        cache.clear()
        with undone():
            run(asked)

    settings(max_examples=cases, **FEW)(given(odd)(one))()


def survives(odd: Odd, project: Project, client: Client, cases: int) -> None:
    """Looks at odd answers about a video; after each a good one says all that it would have said anyway."""
    reader = {"magic_hour": remote.magic_hour, "picovico": remote.picovico}[project.api_key.provider]
    with reader(project.api_key) as there:
        seen = there.get_video_project if project.api_key.provider == "magic_hour" else there.get_video
        document = seen(project.upstream_id).raw
    assert isinstance(document, dict) and len(document) > 5
    with undone():
        assert looks.look(project.pk, force=True)
        expected = content()

    def run(asked: tuple[int, bytes]) -> None:
        odd.answer = asked
        looks.look(project.pk, force=True)
        mine = Project.objects.get(pk=project.pk)
        assert mine.state in ProjectState.values and mine.team_id == project.team_id
        assert mine.upstream_id == project.upstream_id and mine.title
        assert Project.objects.count() == 1 and not UpstreamCall.objects.exists()
        pages(client, mine)
        odd.answer = None
        if mine.state == ProjectState.DELETED or mine.is_final:
            return  # what an answer could say in earnest: it is over, and not asked about any more
        if mine.upstream_updated_at and mine.upstream_updated_at > timezone.now():
            return  # or it is from later than the good one
        cache.clear()
        assert looks.look(mine.pk, force=True), Project.objects.get(pk=mine.pk).look_problem
        assert content() == expected

    each(cases, document, run)


@pytest.mark.parametrize("cases", [30, pytest.param(300, marks=LONG)])
@pytest.mark.parametrize("status", ["rendering", "complete"])
def test_magic_hour_says_odd_things(
    sandbox: InProcessSandbox,
    team: Team,
    alice: User,
    client_of: Callable[[User], Client],
    monkeypatch: pytest.MonkeyPatch,
    status: str,
    cases: int,
) -> None:
    account = magic_hour.Account(sandbox, team)
    number = account.seed(name="A dog in a meadow", status="rendering", credits=10, end_seconds=1)
    project, _fresh = imports.take_up(team=team, api_key=account.key, text=number, by=alice)
    if status == "complete":
        account.step()
    odd = Odd(sandbox.transport, lambda request: request.method == "GET" and request.url.path.endswith(number))
    monkeypatch.setattr(remote, "transport", odd)
    survives(odd, project, client_of(alice), cases)
    assert len(odd.asked) > cases


@pytest.mark.parametrize("cases", [30, pytest.param(300, marks=LONG)])
@pytest.mark.parametrize("status", ["draft", "published"])
def test_picovico_says_odd_things(
    sandbox: InProcessSandbox,
    team: Team,
    alice: User,
    client_of: Callable[[User], Client],
    monkeypatch: pytest.MonkeyPatch,
    status: str,
    cases: int,
) -> None:
    account = picovico.Account(sandbox, team)
    video = account.complete()
    project, _fresh = imports.take_up(team=team, api_key=account.key, text=video.id, by=alice)
    if status == "published":
        account.render(video)
        sandbox.run_jobs()
    odd = Odd(sandbox.transport, lambda request: request.method == "GET" and request.url.path.endswith(video.id))
    monkeypatch.setattr(remote, "transport", odd)
    survives(odd, project, client_of(alice), cases)
    assert len(odd.asked) > cases


@pytest.mark.parametrize("cases", [40, pytest.param(300, marks=LONG)])
def test_a_film_is_asked_for_once_whatever_is_answered(
    sandbox: InProcessSandbox,
    team: Team,
    alice: User,
    client_of: Callable[[User], Client],
    monkeypatch: pytest.MonkeyPatch,
    cases: int,
) -> None:
    account, client = picovico.Account(sandbox, team), client_of(alice)
    account.complete()
    project, _fresh = slideshow_drafts.begin(team=team, api_key=account.key, name="Summer", by=alice)
    odd = Odd(sandbox.transport, lambda request: request.url.path.endswith("/render"))
    monkeypatch.setattr(remote, "transport", odd)

    def run(asked: tuple[int, bytes]) -> None:
        odd.answer, odd.asked = asked, []
        seen = slideshow_drafts.read(project)
        call = slideshow_renders.ask(
            project=project, by=alice, form_token=uuid.uuid4(), version=slideshow_evidence.version(seen)
        )
        project_calls.deliver(call.pk)
        call.refresh_from_db()
        assert call.state in SETTLED and len(odd.asked) == 1
        assert call.state in (CallState.ACCEPTED, CallState.REJECTED) or call.next_look_at is not None  # I9
        if call.state == CallState.REJECTED:
            assert call.problem
        if call.state != CallState.READY:
            project_calls.deliver(call.pk)
        assert len(odd.asked) == 1, "a second delivery sends nothing, whatever came of the first"
        mine = Project.objects.for_page().get(pk=project.pk)
        assert (mine.state == ProjectState.PROCESSING) == (call.state == CallState.ACCEPTED)
        pages(client, mine)
        edit = reverse("projects:slideshow-edit", args=[team.slug, project.pk])
        assert client.get(edit).status_code == 200

    taken = json.loads('{"status": 7102, "message": "Video is being rendered."}')
    each(cases, taken, run)
