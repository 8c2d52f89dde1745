"""The one draft of a Picovico account: begun once, read, changed without losing what others did."""

from __future__ import annotations

import io
import json
import urllib.parse
from typing import Any

import httpx
import pytest
from django.core.cache import cache
from django.utils import timezone

from dashboard import remote
from dashboard.models import AuditEvent, Team, User
from projects_app.actions import deletions, looks, slideshow_drafts, slideshow_evidence, slideshow_library
from projects_app.actions.projects import NotNow
from projects_app.actions.slideshow_drafts import Changed
from projects_app.actions.slideshow_library import Picture
from projects_app.models import Kind, Project, ProjectState
from providers.picovico import MusicAsset, PicovicoClient, TextAsset, UpdateVideo, Video
from tests.conftest import InProcessSandbox
from tests.projects_app.picovico import Account
from tests.sandbox.picovico.conftest import photo

pytestmark = pytest.mark.django_db
CARD = TextAsset(0, 3, "Hello")


@pytest.fixture
def account(sandbox: InProcessSandbox, team: Team) -> Account:
    return Account(sandbox, team)


@pytest.fixture
def project(account: Account, bob: User) -> Project:
    made, fresh = slideshow_drafts.begin(team=account.key.team, api_key=account.key, name="Summer", by=bob)
    assert fresh
    return made


def break_next(monkeypatch: pytest.MonkeyPatch, method: str, ending: str, *, done: bool) -> None:
    inner, left = remote.transport, [1]

    class Broken(httpx.BaseTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            assert inner is not None
            if left and request.method == method and request.url.path.endswith(ending):
                left.clear()
                if done:
                    inner.handle_request(request).read()
                else:
                    assert isinstance(request.stream, httpx.SyncByteStream)
                    b"".join(request.stream)  # all of it has left
                raise httpx.ReadError("cut", request=request)
            return inner.handle_request(request)

    monkeypatch.setattr(remote, "transport", Broken())


def picture(content: bytes, name: str = "a.jpg") -> Picture:
    return Picture(name, len(content), io.BytesIO(content))


def test_a_new_draft_is_a_project_and_there_is_one(project: Project, account: Account, bob: User) -> None:
    assert (project.kind, project.title) == (Kind.SLIDESHOW, "Summer")
    again, fresh = slideshow_drafts.begin(team=account.key.team, api_key=account.key, name="Winter", by=bob)
    assert (again, fresh) == (project, False)
    assert AuditEvent.objects.filter(verb="slideshow.started").count() == 1
    assert Project.objects.get().get_source_display() == "Begun here"


def test_a_lost_answer_begins_no_second_draft(account: Account, bob: User, monkeypatch: pytest.MonkeyPatch) -> None:
    break_next(monkeypatch, "POST", "/me/videos", done=True)
    made, _fresh = slideshow_drafts.begin(team=account.key.team, api_key=account.key, name="Summer", by=bob)
    with account.client() as client:
        draft = client.draft()
    assert draft is not None and draft.id == made.upstream_id and Project.objects.count() == 1


def test_a_request_that_was_lost_itself_says_so(account: Account, bob: User, monkeypatch: pytest.MonkeyPatch) -> None:
    break_next(monkeypatch, "POST", "/me/videos", done=False)
    with pytest.raises(NotNow, match="there is no draft"):
        slideshow_drafts.begin(team=account.key.team, api_key=account.key, name="Summer", by=bob)
    assert not Project.objects.exists()


def save(project: Project, by: User, known: str, **values: Any) -> Any:
    return slideshow_drafts.save(project=project, by=by, changes=UpdateVideo(**values), known=known)


def test_saving_shows_at_once(project: Project, bob: User, account: Account) -> None:
    seen = slideshow_drafts.read(project)
    account.box.clock.move(seconds=5)
    kept = save(project, bob, slideshow_evidence.version(seen), name="Winter", style="focus", assets=(CARD,))
    assert (kept.name, kept.style, kept.assets) == ("Winter", "focus", (CARD,))
    project.refresh_from_db()
    assert (project.title, project.duration, project.state) == ("Winter", 3, ProjectState.DRAFT)
    assert AuditEvent.objects.get(verb="slideshow.saved").data["fields"] == ["assets", "name", "style"]


def test_what_somebody_else_did_meanwhile_is_not_lost(project: Project, bob: User, account: Account) -> None:
    known = slideshow_evidence.version(slideshow_drafts.read(project))
    account.box.clock.move(seconds=5)
    with account.client() as client:
        client.update_video(project.upstream_id, UpdateVideo(name="Theirs"))
    with pytest.raises(Changed) as raised:
        save(project, bob, known, name="Mine")
    assert raised.value.seen.name == "Theirs"
    with account.client() as client:
        assert client.get_video(project.upstream_id).name == "Theirs"
    assert save(project, bob, "", name="Mine").name == "Mine"  # all the same


def test_saving_what_is_there_sends_nothing(project: Project, bob: User, account: Account) -> None:
    seen = slideshow_drafts.read(project)
    assert save(project, bob, "of something else", name=seen.name) == seen
    assert not AuditEvent.objects.filter(verb="slideshow.saved").exists()


def test_a_lost_save_can_be_saved_again(
    project: Project, bob: User, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = slideshow_evidence.version(slideshow_drafts.read(project))
    account.box.clock.move(seconds=5)
    break_next(monkeypatch, "POST", project.upstream_id, done=True)
    with pytest.raises(NotNow, match="may be saved, or not"):
        save(project, bob, known, name="Mine")
    assert save(project, bob, known, name="Mine").name == "Mine"  # no false "somebody changed it"


def test_tunes_lie_on_the_timeline(project: Project, bob: User, account: Account) -> None:
    timed = (MusicAsset("boats", 0, 1), MusicAsset("boats", 1, 2))
    slideshow_drafts.save(project=project, by=bob, changes=UpdateVideo(assets=(CARD, *timed)), known="")
    assert slideshow_drafts.read(project).music == timed


def test_credits_that_are_no_pairs_are_not_lost(
    project: Project, bob: User, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    odd = [["Year", 2014], "alone", ["a", "b", "c"]]
    there = {"id": project.upstream_id, "status": "initial", "name": "N", "credit": [["Photos", "Ann"], *odd]}
    sent: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            sent.append(request.content.decode())
        return httpx.Response(200, json=there)

    monkeypatch.setattr(remote, "transport", httpx.MockTransport(answer))
    changes = UpdateVideo(name="Mine", credit=(("Photos", "Bob"),))
    slideshow_drafts.save(project=project, by=bob, changes=changes, known="")
    (body,) = [urllib.parse.parse_qs(each) for each in sent]
    assert json.loads(body["credit"][0]) == [["Photos", "Bob"], *odd]
    # Somebody else's change of one of those is noticed.
    known = slideshow_evidence.version(Video.from_json(there))
    there["credit"] = [["Photos", "Ann"], ["Year", 2015]]
    with pytest.raises(Changed):
        slideshow_drafts.save(project=project, by=bob, changes=changes, known=known)


@pytest.mark.parametrize("what", ["begin", "save", "photo", "delete"])
def test_after_a_restored_backup_nothing_is_changed_there(
    project: Project, team: Team, bob: User, account: Account, what: str
) -> None:
    Team.objects.update(held_since=timezone.now())
    project.refresh_from_db()
    content = io.BytesIO(b"\x89PNG\r\n\x1a\n0000")
    held = "restored from a backup"
    if what == "photo":
        picture = Picture("a.png", 12, content)
        kept, problems = slideshow_library.add_photos(project=project, pictures=[picture], by=bob)
        assert kept == [] and held in problems[0]
        return
    with pytest.raises(NotNow, match=held):
        if what == "save":
            slideshow_drafts.save(project=project, by=bob, changes=UpdateVideo(name="Mine"), known="")
        elif what == "delete":
            deletions.ask(project=project, by=bob)
        else:
            with account.client() as client:
                client.delete_video(project.upstream_id)
            slideshow_drafts.begin(team=team, api_key=account.key, name="New", by=bob)


def test_no_draft_any_more_is_not_changed(account: Account, bob: User) -> None:
    video = account.complete()
    project, _fresh = slideshow_drafts.begin(team=account.key.team, api_key=account.key, name="x", by=bob)
    assert project.upstream_id == video.id
    account.render(video)
    with pytest.raises(NotNow, match="no draft any more"):
        save(project, bob, "", name="Mine")
    project.refresh_from_db()
    assert project.next_look_at is not None and project.next_look_at <= timezone.now()  # a look tells the rest
    looks.look(project.pk)
    project.refresh_from_db()
    assert project.state == ProjectState.PROCESSING


def test_two_who_save_at_once_do_not_overwrite_each_other(
    project: Project, bob: User, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = slideshow_evidence.version(slideshow_drafts.read(project))
    inner = PicovicoClient.get_video
    tried = []

    def read(client: PicovicoClient, number: str) -> Video:
        monkeypatch.setattr(PicovicoClient, "get_video", inner)
        with pytest.raises(NotNow, match="is being saved at this very moment"):
            save(project, alice, known, name="The other's")
        tried.append(number)
        return inner(client, number)

    monkeypatch.setattr(PicovicoClient, "get_video", read)
    assert save(project, bob, known, name="Mine").name == "Mine" and tried


def test_the_same_person_in_two_tabs_and_another_team_with_the_account_wait_too(
    project: Project, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = slideshow_evidence.version(slideshow_drafts.read(project))
    inner = PicovicoClient.get_video
    tried = []

    def read(client: PicovicoClient, number: str) -> Video:
        monkeypatch.setattr(PicovicoClient, "get_video", inner)
        for _again in range(2):  # the first one's end is not the other's
            with pytest.raises(NotNow, match="being saved at this very moment"):
                save(project, bob, known, name="Of another tab")
            tried.append(number)
        return inner(client, number)

    monkeypatch.setattr(PicovicoClient, "get_video", read)
    assert save(project, bob, known, name="Mine").name == "Mine" and len(tried) == 2
    assert save(project, bob, "", name="Mine again").name == "Mine again"


def test_after_a_kill_in_a_save_the_same_page_saves_at_once(project: Project, bob: User) -> None:
    page, environment = "11111111-0000-4000-8000-000000000001", project.api_key.environment
    cache.add(f"slideshow-save:{environment}:{project.upstream_id}", page, 60)  # as the process that died has left it
    with pytest.raises(NotNow, match="being saved at this very moment"):
        save(project, bob, "", name="Of another page")
    kept = slideshow_drafts.save(project=project, by=bob, changes=UpdateVideo(name="Mine"), known="", page=page)
    assert kept.name == "Mine"
    assert save(project, bob, "", name="Of another page").name == "Of another page", "and nothing is left behind"


def test_of_two_who_begin_at_once_the_second_is_told_that_it_is_the_firsts(
    account: Account, bob: User, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    inner = PicovicoClient.create_video

    def create(client: PicovicoClient, name: str) -> Video:
        monkeypatch.setattr(PicovicoClient, "create_video", inner)
        _theirs, fresh = slideshow_drafts.begin(team=account.key.team, api_key=account.key, name="Harbour", by=alice)
        assert fresh
        return inner(client, name)

    monkeypatch.setattr(PicovicoClient, "create_video", create)
    found, fresh = slideshow_drafts.begin(team=account.key.team, api_key=account.key, name="Wedding", by=bob)
    assert (found.title, fresh) == ("Harbour", False)
    assert list(AuditEvent.objects.filter(verb="slideshow.started").values_list("actor", flat=True)) == [alice.pk]


def test_a_second_within_which_two_changes_were_made_hides_neither(
    project: Project, bob: User, account: Account
) -> None:
    """Picovico's time counts whole seconds."""
    known = slideshow_evidence.version(slideshow_drafts.read(project))
    with account.client() as client:
        client.update_video(project.upstream_id, UpdateVideo(name="Theirs"))
    with pytest.raises(Changed):
        save(project, bob, known, name="Mine")


def test_the_open_draft_is_opened_and_none_is_begun(account: Account, bob: User) -> None:
    draft = account.draft("x" * 150)
    opened = slideshow_drafts.open_draft(team=account.key.team, api_key=account.key, upstream_id=draft.id, by=bob)
    assert (opened.state, opened.title) == (ProjectState.DRAFT, "x" * 100)
    account.client().delete_video(draft.id)
    with pytest.raises(NotNow, match="not the open draft any more"):
        slideshow_drafts.open_draft(team=account.key.team, api_key=account.key, upstream_id=draft.id, by=bob)
    assert account.client().draft() is None


def test_photos_go_to_the_account(project: Project, bob: User) -> None:
    assert slideshow_library.of(project).photos == ()
    good, text = photo((10, 20, 30)), b"%PDF-1.4 this is no picture"
    kept, problems = slideshow_library.add_photos(
        project=project, pictures=[picture(good), picture(text, "b.pdf"), picture(b"", "c.png")], by=bob
    )
    assert len(kept) == 1 and len(problems) == 2
    assert "“b.pdf” was not added. Picovico takes JPEG and PNG pictures." in problems[0]
    assert [each.id for each in slideshow_library.of(project).photos] == [kept[0].id]


def test_a_photo_whose_answer_was_lost_is_told_and_found(
    project: Project, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    break_next(monkeypatch, "PUT", "/me/photos", done=True)
    kept, problems = slideshow_library.add_photos(project=project, pictures=[picture(photo((1, 2, 3)))], by=bob)
    assert kept == [] and "look before you send it again" in problems[0]
    assert len(slideshow_library.of(project).photos) == 1


def test_what_was_read_before_a_photo_came_is_not_kept(
    project: Project, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    inner = PicovicoClient.me

    def me(client: PicovicoClient) -> Any:
        monkeypatch.setattr(PicovicoClient, "me", inner)
        slideshow_library.add_photos(project=project, pictures=[picture(photo((1, 2, 3)))], by=bob)
        return inner(client)

    monkeypatch.setattr(PicovicoClient, "me", me)
    assert slideshow_library.of(project).photos == ()  # read before
    assert len(slideshow_library.of(project).photos) == 1


def test_the_library_is_asked_once(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    found = slideshow_library.of(project)
    assert found.mohars and len(found.styles) >= 2 and len(found.musics) >= 2
    monkeypatch.setattr(remote, "transport", None)
    assert slideshow_library.of(project) == found


def test_a_team_without_calls_left_is_told_when(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dashboard.budgets.turn", lambda *args, **kwargs: 600.0)
    with pytest.raises(NotNow, match="try again in 10 min"):
        slideshow_drafts.read(project)
