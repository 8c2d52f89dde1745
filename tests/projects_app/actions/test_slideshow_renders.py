"""Asking Picovico for a film: once, with evidence where the answer was lost."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from django.utils import timezone

from dashboard import needs, remote
from dashboard.models import CallState, Membership, Team, UpstreamCall, User
from projects_app.actions import deletions, imports, looks, project_calls, slideshow_evidence, slideshow_renders
from projects_app.actions.projects import NotNow
from projects_app.models import Project, ProjectState
from providers.picovico import UpdateVideo, Video
from sandbox.picovico.access import account_of
from tests.conftest import InProcessSandbox
from tests.projects_app.picovico import Account

pytestmark = pytest.mark.django_db


@pytest.fixture
def account(sandbox: InProcessSandbox, team: Team) -> Account:
    return Account(sandbox, team)


@pytest.fixture
def project(account: Account, team: Team, bob: User) -> Project:
    return take_up(account, account.complete(), bob)


def take_up(account: Account, video: Video, by: User) -> Project:
    made, _fresh = imports.take_up(team=account.key.team, api_key=account.key, text=video.id, by=by)
    looks.look(made.pk, force=True)
    made.refresh_from_db()
    assert made.state == ProjectState.DRAFT
    return made


def ask(project: Project, by: User, **more: Any) -> UpstreamCall:
    return slideshow_renders.ask(project=project, by=by, form_token=uuid.uuid4(), **{"version": ""} | more)


def sent(call: UpstreamCall) -> UpstreamCall:
    project_calls.deliver(call.pk)
    call.refresh_from_db()
    return call


def answered(monkeypatch: pytest.MonkeyPatch, answer: Any) -> list[str]:
    """The render alone goes wrong."""
    inner, seen = remote.transport, []

    class Broken(httpx.BaseTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            if request.url.path.endswith("/render"):
                seen.append(request.url.path)
                found: httpx.Response = answer(request, inner)
                return found
            assert inner is not None
            return inner.handle_request(request)

    monkeypatch.setattr(remote, "transport", Broken())
    return seen


def done_and_cut(request: httpx.Request, inner: httpx.BaseTransport) -> httpx.Response:
    inner.handle_request(request).read()
    raise httpx.ReadError("cut", request=request)


def cut(request: httpx.Request, inner: httpx.BaseTransport) -> httpx.Response:
    raise httpx.ReadTimeout("nothing came", request=request)


def test_a_film_is_asked_for_and_followed_to_its_end(project: Project, bob: User, account: Account) -> None:
    call = sent(ask(project, bob, quality=360, price=40))
    assert (call.state, call.upstream_id, call.body) == (
        CallState.ACCEPTED, project.upstream_id, {"quality": 360, "mohars": 40},
    )  # fmt: skip
    project.refresh_from_db()
    assert project.state == ProjectState.PROCESSING and project.next_look_at is not None
    account.box.run_jobs()
    looks.look(project.pk, force=True)
    project.refresh_from_db()
    assert project.state == ProjectState.READY and project.clips.count() == 1


def test_a_double_click_and_a_second_wish_are_no_second_film(project: Project, bob: User, account: Account) -> None:
    token = uuid.uuid4()
    first = slideshow_renders.ask(project=project, by=bob, form_token=token, version="")
    assert slideshow_renders.ask(project=project, by=bob, form_token=token, version="") == first
    with pytest.raises(NotNow, match="asked for already"):
        ask(project, bob)
    sent(first)
    with pytest.raises(NotNow, match="no draft any more"):
        ask(project, bob)
    assert UpstreamCall.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (UpdateVideo(assets=()), "music"),
        (UpdateVideo(name=" "), "title"),
    ],
)
def test_what_is_missing_there_is_told_and_nothing_is_spent(
    project: Project, bob: User, account: Account, changes: UpdateVideo, said: str
) -> None:
    with account.client() as client:
        client.update_video(project.upstream_id, changes)
        before = client.me().mohars
    call = sent(ask(project, bob))
    assert call.state == CallState.REJECTED and said in call.problem and "Nothing was spent" in call.problem
    with account.client() as client:
        assert client.me().mohars == before
    project.refresh_from_db()
    assert project.state == ProjectState.DRAFT
    assert ask(project, bob).state == CallState.READY  # mended, it may be asked for again


def test_too_few_credits_are_told(project: Project, bob: User, account: Account) -> None:
    slides = account.box.app.extensions["sandbox.picovico"]
    with slides.store.transaction() as db:
        charge = slides.settings.mohars - 10
        db.execute("INSERT INTO spent VALUES (?, ?, ?)", (account_of(*account.pair), slides.today(), charge))
    call = sent(ask(project, bob))
    assert call.state == CallState.REJECTED and "credits" in call.problem


def test_a_lost_answer_is_found_out_by_a_look(
    project: Project, bob: User, monkeypatch: pytest.MonkeyPatch, account: Account
) -> None:
    asked = answered(monkeypatch, done_and_cut)
    call = sent(ask(project, bob))
    assert call.state == CallState.UNKNOWN and len(asked) == 1
    with pytest.raises(NotNow, match="asked for already"):
        ask(project, bob)
    looks.look(project.pk, force=True)
    call.refresh_from_db()
    project.refresh_from_db()
    assert (call.state, project.state, len(asked)) == (CallState.ACCEPTED, ProjectState.PROCESSING, 1)
    assert call.reply == {"seen": "processing"}


def test_a_lost_request_stays_open_until_a_person_says_what_it_is(
    project: Project, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = answered(monkeypatch, cut)
    call = sent(ask(project, bob))
    for _ in range(3):
        looks.look(project.pk, force=True)
        sent(call)
    assert call.state == CallState.UNKNOWN and len(asked) == 1
    again = slideshow_renders.send_again(project=project, by=bob, form_token=uuid.uuid4())
    call.refresh_from_db()
    assert (call.state, again.supersedes, again.state) == (CallState.ABANDONED, call, CallState.READY)
    slideshow_renders.leave(project=project, by=bob)
    again.refresh_from_db()
    assert again.state == CallState.ABANDONED
    with pytest.raises(NotNow, match="known by now"):
        slideshow_renders.seen(project=project, by=bob)


def test_who_sees_it_there_says_so(project: Project, bob: User, monkeypatch: pytest.MonkeyPatch) -> None:
    answered(monkeypatch, cut)
    call = sent(ask(project, bob))
    slideshow_renders.seen(project=project, by=bob)
    call.refresh_from_db()
    project.refresh_from_db()
    assert (call.state, project.state) == (CallState.ACCEPTED, ProjectState.PROCESSING)


def test_a_code_that_no_document_names_is_neither_yes_nor_no(
    project: Project, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    answered(monkeypatch, lambda request, inner: httpx.Response(200, json={"message": "Well", "status": 7999}))
    call = sent(ask(project, bob))
    assert call.state == CallState.UNKNOWN and "7999" in call.problem


@pytest.mark.parametrize("looked", [True, False])
def test_what_waits_is_not_sent_when_somebody_else_has_asked(
    project: Project, bob: User, account: Account, monkeypatch: pytest.MonkeyPatch, looked: bool
) -> None:
    """Whether it was seen or not: the draft is read just before its film is asked for."""
    call = ask(project, bob)
    with account.client() as client:
        assert client.render(project.upstream_id).outcome == "accepted"
    if looked:
        looks.look(project.pk, force=True)
    asked = answered(monkeypatch, cut)
    sent(call)
    assert call.state == CallState.ABANDONED and "meanwhile" in call.problem and asked == []
    member = Membership.objects.get(team=project.team, user=bob)
    assert not [need for need in needs.of_team(project.team, member) if need.key == f"call-{call.pk}"]


def test_what_was_changed_since_it_was_asked_for_is_not_made(
    project: Project, bob: User, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    with account.client() as client:
        seen = client.get_video(project.upstream_id)
    call = ask(project, bob, version=slideshow_evidence.version(seen))
    with account.client() as client:
        client.update_video(project.upstream_id, UpdateVideo(quality=720))
    asked = answered(monkeypatch, cut)
    sent(call)
    assert call.state == CallState.ABANDONED and "changed at Picovico" in call.problem and asked == []


def test_a_draft_that_cannot_be_read_is_asked_about_later(
    project: Project, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote, "transport", httpx.MockTransport(lambda request: httpx.Response(503)))
    call = sent(ask(project, bob))
    assert call.state == CallState.READY and call.attempts == 0 and "503" in call.problem
    assert call.next_look_at is not None and call.next_look_at > timezone.now()


def test_a_draft_that_is_gone_ends_what_waits(project: Project, bob: User, account: Account) -> None:
    call = ask(project, bob)
    with account.client() as client:
        client.delete_video(project.upstream_id)
    assert sent(call).state == CallState.REJECTED and call.problem and call.sent_at is None


def test_a_deleted_slideshow_has_no_open_question(project: Project, bob: User, monkeypatch: pytest.MonkeyPatch) -> None:
    answered(monkeypatch, cut)
    call = sent(ask(project, bob))
    assert deletions.ask(project=project, by=bob)
    call.refresh_from_db()
    project.refresh_from_db()
    assert (call.state, project.state) == (CallState.ABANDONED, ProjectState.DELETED)
    slideshow_renders.accepted(call, project)
    assert not looks.look(project.pk, force=True)
    project.refresh_from_db()
    assert project.state == ProjectState.DELETED


def test_an_old_answer_does_not_make_it_a_draft_again(
    project: Project, bob: User, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Picovico's replicas may lag: a draft that is shown once more must not be paid for once more."""
    with account.client() as client:
        before = client.get_video(project.upstream_id)
    sent(ask(project, bob))
    monkeypatch.setattr("providers.picovico.PicovicoClient.get_video", lambda self, number: before)
    looks.look(project.pk, force=True)
    project.refresh_from_db()
    assert project.state == ProjectState.PROCESSING


@pytest.fixture(autouse=True)
def _time(account: Account) -> Iterator[None]:
    """The provider's clock goes on between two requests, as it does."""
    account.box.clock.move(seconds=5)
    yield
