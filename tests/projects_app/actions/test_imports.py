from __future__ import annotations

from typing import Any

import httpx
import pytest

from dashboard import remote
from dashboard.actions import api_keys
from dashboard.models import ApiKey, AuditEvent, CallState, Team, UpstreamCall, User
from projects_app.actions import imports, looks, slideshow_drafts
from projects_app.actions.projects import NotNow
from projects_app.models import Project, ProjectState, Source, Transcript
from tests import factories
from tests.conftest import InProcessSandbox
from tests.projects_app.json_calls import CREATE, call_of, send
from tests.projects_app.looking import WORDS
from tests.projects_app.picovico import Account
from tests.projects_app.scripted import Scripted, project

pytestmark = pytest.mark.django_db
ID = "3f1c9a52-7a64-4d5b-9d40-2f6f6d1c8a01"
PATH = f"/v1/projects/{ID}"
VIDEO = "https://media.submagic.co/talk.mp4"
CLIP = {"id": "clip-0001", "title": "A lesson", "status": "completed", "duration": 20, "directUrl": VIDEO}


def captions(**more: Any) -> httpx.Response:
    about = {
        "title": "Made in the app", "language": "de", "templateName": "Hormozi 2", "magicZooms": True,
        "magicBrolls": False, "transcriptionStatus": "COMPLETED", "directUrl": VIDEO, "words": WORDS,
        "updatedAt": "2098-01-01T00:00:00Z",
    }  # fmt: skip
    return project(ID, "completed", **(about | more))


def clips(**more: Any) -> httpx.Response:
    return captions(directUrl=None, words=[], magicClips=[CLIP], **more)


def take_up(team: Team, key: ApiKey, by: User, text: str = ID) -> tuple[Project, bool]:
    return imports.take_up(team=team, api_key=key, text=text, by=by)


@pytest.mark.parametrize(
    "text", [ID, f"https://app.submagic.co/view/{ID}", f"  https://app.submagic.co/view/{ID}/?a=b "]
)
def test_a_project_is_taken_up_by_id_or_link_and_costs_nothing(
    team: Team, bob: User, api_key: ApiKey, provider: Scripted, text: str
) -> None:
    provider.on("GET", PATH, captions())
    made, fresh = take_up(team, api_key, bob, text)
    assert fresh
    assert (made.title, made.language, made.kind, made.source) == ("Made in the app", "de", "captions", Source.IMPORT)
    assert made.options == {"templateName": "Hormozi 2", "magicZooms": True}
    assert AuditEvent.objects.get(verb="project.imported").actor == bob
    looks.look(made.pk)
    made.refresh_from_db()
    assert (made.state, made.video_url) == (ProjectState.READY, VIDEO)
    assert Transcript.objects.get(project=made).word_count
    assert {call.method for call in provider.calls} == {"GET"}
    assert not UpstreamCall.objects.exists()


def test_clips_come_with_their_project(team: Team, bob: User, api_key: ApiKey, provider: Scripted) -> None:
    provider.on("GET", PATH, clips())
    made, _fresh = take_up(team, api_key, bob)
    looks.look(made.pk)
    made.refresh_from_db()
    assert (made.kind, made.state) == ("magic_clips", ProjectState.READY)
    assert [clip.title for clip in made.clips.all()] == ["A lesson"]


def test_what_the_team_has_is_found_and_not_read_again(
    team: Team, bob: User, api_key: ApiKey, provider: Scripted
) -> None:
    known = factories.make_project(team, api_key=api_key, upstream_id=ID)
    assert take_up(team, api_key, bob) == (known, False)
    clip = factories.make_clip(known, upstream_id="clip-0001")
    opened, fresh = take_up(team, api_key, bob, "clip-0001")
    assert (opened.clip, fresh) == (clip, False)
    assert provider.calls == []


def test_another_teams_project_is_not_shown(team: Team, bob: User, api_key: ApiKey, provider: Scripted) -> None:
    factories.make_project(factories.make_team(), upstream_id=ID, title="Secret")
    provider.on("GET", PATH, httpx.Response(404, json={"error": "NOT_FOUND", "message": "Project doesn't exist"}))
    with pytest.raises(NotNow, match="does not know this project"):
        take_up(team, api_key, bob)


def test_the_project_whose_answer_was_lost_is_that_one(provider: Scripted, waiting: Project, bob: User) -> None:
    provider.on("POST", CREATE, httpx.ReadTimeout("slow"))
    send(waiting)
    address = provider.body()["webhookUrl"]
    provider.on("GET", PATH, captions(webhookUrl=address, createdAt=None))
    found, fresh = take_up(waiting.team, waiting.api_key, bob)
    assert (found, fresh) == (waiting, False)
    waiting.refresh_from_db()
    assert waiting.upstream_id == ID
    assert call_of(waiting).state == CallState.ACCEPTED
    assert Project.objects.count() == 1


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (httpx.Response(404, json={"error": "NOT_FOUND", "message": "Project doesn't exist"}), "does not know"),
        (httpx.Response(503), "does not answer right now"),
        (httpx.ConnectError("down"), "does not answer right now"),
    ],
)
def test_trouble_makes_nothing_and_says_why(
    team: Team, bob: User, api_key: ApiKey, provider: Scripted, answer: Any, words: str
) -> None:
    provider.on("GET", PATH, answer)
    with pytest.raises(NotNow, match=words):
        take_up(team, api_key, bob)
    assert not Project.objects.exists()


@pytest.mark.parametrize("text", ["", "a b", "https://[", "../../etc/passwd%00", "x" * 300])
def test_what_is_no_id_is_not_asked_for(team: Team, bob: User, api_key: ApiKey, provider: Scripted, text: str) -> None:
    with pytest.raises(NotNow, match="neither an id nor a link"):
        take_up(team, api_key, bob, text)
    assert provider.calls == []


def entered(account: Account, label: str) -> ApiKey:
    """The account's pair once more, as a key of its own."""
    secret, old = remote.pair(*account.pair), account.key
    return factories.make_key(
        old.team, secret=secret, environment=old.environment, provider=old.provider, label=label, is_default=False
    )


def test_a_key_that_was_removed_and_entered_anew_follows_its_projects_again(
    sandbox: InProcessSandbox, team: Team, alice: User
) -> None:
    account = Account(sandbox, team)
    draft = account.draft("Summer")
    project, _fresh = slideshow_drafts.begin(team=team, api_key=account.key, name="Summer", by=alice)
    api_keys.remove(key=account.key, by=alice)
    again = entered(account, "Anew")
    opened = slideshow_drafts.open_draft(team=team, api_key=again, upstream_id=draft.id, by=alice)
    assert opened == project and opened.api_key == again
    assert AuditEvent.objects.get(verb="project.key_changed").actor == alice
    assert slideshow_drafts.read(Project.objects.for_page().get(pk=project.pk)).id == draft.id
    # With a key that works nothing is moved: whose project it is was decided.
    other = entered(account, "Third")
    found, fresh = imports.take_up_id(team=team, api_key=other, upstream_id=draft.id, by=alice)
    assert (found.api_key, fresh) == (again, False)


@pytest.mark.parametrize("number", ["", "x" * 256, "a\nb"])
def test_an_id_that_none_has_is_not_asked_for(sandbox: InProcessSandbox, team: Team, alice: User, number: str) -> None:
    factories.make_project(team, upstream_id="")
    with pytest.raises(NotNow, match="no id of a video"):
        imports.take_up_id(team=team, api_key=Account(sandbox, team).key, upstream_id=number, by=alice)
