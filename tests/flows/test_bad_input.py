"""What people and machines send that is wrong: each gets a clear word at the right place, and nothing else happens.

Through the real views, with the sandbox in process. Beside each there is work of the same team that must stay as it
is (`untouched`).
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.conf import settings as django_settings
from django.forms.models import model_to_dict
from django.test import Client
from django.urls import reverse

from dashboard import remote
from dashboard.models import ApiKey, CallState, Team, UpstreamCall, User
from projects_app.actions import hook_door, project_calls, webhooks
from projects_app.models import Clip, Project, ProjectState, Transcript, Upload, Verdict, WebhookEvent
from projects_app.tus import BODY_TYPE
from providers.submagic import limits
from sandbox.submagic import applied
from tests import factories
from tests.conftest import InProcessSandbox
from tests.dashboard.signing import fresh_client
from tests.projects_app.forms_data import filled
from tests.projects_app.movies import mp4
from tests.publishing_app.support import account_of, context_of

SignIn = Callable[[User], Client]
JSON = {"Accept": "application/json"}
NEW = "/t/harbour/projects/new/"
KEYS = "/t/harbour/settings/keys/"


@pytest.fixture
def editor(sandbox: InProcessSandbox, api_key: ApiKey, bob: User, client_of: SignIn) -> Client:
    return client_of(bob)


@pytest.fixture(autouse=True)
def untouched(team: Team, api_key: ApiKey) -> Iterator[None]:
    """Finished work of the team: a project, its clip that was approved, its words. Nothing here may change it."""
    project = factories.make_project(team, api_key=api_key, title="Finished before")
    clip = factories.make_clip(project, decision="approved")
    transcript = factories.make_transcript(project)
    rows = (project, clip, transcript)
    before = [model_to_dict(row) for row in rows]
    yield
    for row in rows:
        row.refresh_from_db()
    assert [model_to_dict(row) for row in rows] == before


def counts() -> dict[str, int]:
    models = (Project, Upload, UpstreamCall, Clip, Transcript, WebhookEvent, ApiKey)
    return {model.__name__: model._base_manager.count() for model in models}


def spooled() -> list[str]:
    folder = Path(django_settings.SPOOL_DIR)
    return sorted(entry.name for entry in folder.iterdir()) if folder.exists() else []


def made_there(sandbox: InProcessSandbox, key: ApiKey) -> list[dict[str, Any]]:
    """What the provider really did."""
    found: list[dict[str, Any]] = applied.entries(context_of(sandbox), account_of(key))["applied"]
    return found


def file_form(**changes: Any) -> dict[str, Any]:
    about = {"filename": "talk.mp4", "size": "5000", "last_modified": "1700000000000"}
    return filled(source="upload", youtube_url="", **(about | changes))


def send_bytes(client: Client, address: str, data: bytes) -> Any:
    return client.patch(address, data, content_type=BODY_TYPE, headers={"Tus-Resumable": "1.0.0", "Upload-Offset": "0"})


def text(response: Any) -> str:
    page: str = response.content.decode()
    return page


# --- Files ----------------------------------------------------------------------------------------------------------


def test_file_that_is_no_mp4_or_mov_is_refused_at_its_first_bytes(
    editor: Client, sandbox: InProcessSandbox, api_key: ApiKey, django_capture_on_commit_callbacks: Any
) -> None:
    """Its name says MP4; what is in it is a Matroska file."""
    opened = editor.post(NEW, file_form(size="200000"), headers=JSON)
    assert opened.status_code == 201
    with django_capture_on_commit_callbacks(execute=True):
        answer = send_bytes(editor, opened.json()["upload_url"], b"\x1a\x45\xdf\xa3" + b"x" * 199_996)
    assert answer.status_code == 415
    assert "“talk.mp4” is not an MP4 or MOV video, whatever its name says." in text(answer)
    page = text(editor.get(opened.json()["project_url"]))
    assert "is not an MP4 or MOV video" in page
    assert "Convert it to MP4 and drop it again. Nothing was spent." in page
    assert spooled() == []
    assert made_there(sandbox, api_key) == []
    # The next file goes as if nothing had been.
    movie = mp4(200_000)
    again = editor.post(NEW, file_form(size=str(len(movie))), headers=JSON).json()
    assert send_bytes(editor, again["upload_url"], movie).status_code == 204


@pytest.mark.parametrize("name", ["notes.txt", "talk.mkv", "talk"])
def test_file_of_another_kind_is_refused_before_a_byte_is_sent(editor: Client, name: str) -> None:
    before = counts()
    answer = editor.post(NEW, file_form(filename=name), headers=JSON)
    assert answer.status_code == 422
    assert f"“{name}” is not an MP4 or MOV file." in json.dumps(answer.json(), ensure_ascii=False)
    assert (counts(), spooled()) == (before, [])


def test_zero_byte_file_is_refused_before_anything_is_made(editor: Client) -> None:
    before = counts()
    answer = editor.post(NEW, file_form(size="0"), headers=JSON)
    assert answer.status_code == 422
    assert "“talk.mp4” is empty: it has 0 bytes." in json.dumps(answer.json(), ensure_ascii=False)
    assert (counts(), spooled()) == (before, [])
    # Without a script the same words stand in the page.
    assert "is empty: it has 0 bytes." in text(editor.post(NEW, file_form(size="0")))


def test_too_large_file_is_refused_before_anything_is_made(editor: Client) -> None:
    before = counts()
    most = limits.UPLOADS["magic_clips.upload"].block
    answer = editor.post(NEW, file_form(size=str(most + 1)), headers=JSON)
    assert answer.status_code == 422
    words = json.dumps(answer.json(), ensure_ascii=False)
    assert "The file is too large: 10 GB. Submagic takes up to 10 GB." in words
    assert "Export it with a lower bit rate, or cut it into parts." in words
    assert (counts(), spooled()) == (before, [])


def test_more_bytes_than_announced_are_refused_and_the_rest_stays(editor: Client) -> None:
    movie = mp4(100_000)
    opened = editor.post(NEW, file_form(size=str(len(movie))), headers=JSON).json()
    answer = send_bytes(editor, opened["upload_url"], movie + b"one too many")
    assert answer.status_code == 413
    assert "More bytes than the upload was announced with." in text(answer)
    assert send_bytes(editor, opened["upload_url"], movie).status_code == 204


# --- The key and the provider ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("secret", "words"),
    [
        ("sk-123", "A Submagic key is “sk-” followed by 64 digits and letters from a to f."),
        ("sk-" + "A1" * 32, "Submagic does not know this key."),
    ],
    ids=["not of the form", "unknown to the provider"],
)
def test_wrong_key_is_not_stored_and_the_old_one_goes_on(
    alice: User, api_key: ApiKey, sandbox: InProcessSandbox, secret: str, words: str
) -> None:
    client = fresh_client(alice)
    before = counts()
    for path in (f"{KEYS}new/", f"{KEYS}{api_key.pk}/replace/"):
        answer = client.post(path, {"label": "Other", "environment": "sandbox", "secret": secret})
        assert answer.status_code == 422, path
        assert words in text(answer)
        assert secret not in text(answer), "a key is never written into a page"
    assert counts() == before
    sealed = api_key.sealed
    api_key.refresh_from_db()
    assert (api_key.sealed, api_key.state) == (sealed, ApiKey.State.VALID)


class NobodyThere(httpx.BaseTransport):
    def handle_request(self, request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("no route to host", request=request)


def test_unreachable_provider_is_said_and_the_project_goes_on_by_itself(
    editor: Client, sandbox: InProcessSandbox, api_key: ApiKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote, "transport", NobodyThere())
    form = text(editor.get(NEW))
    assert "Submagic does not answer right now" in form
    made = editor.post(NEW, filled())
    assert made.status_code == 302
    project = Project.objects.get(title="A talk")
    assert project.call is not None
    project_calls.deliver(project.call.pk)
    page = text(editor.get(made.headers["Location"]))
    assert "Submagic could not be reached. Nothing was sent." in page
    call = UpstreamCall.objects.get(pk=project.call.pk)
    assert call.state == CallState.READY
    assert call.next_look_at is not None, "it is tried again by itself"
    assert made_there(sandbox, api_key) == []
    # It comes back.
    monkeypatch.setattr(remote, "transport", sandbox.transport)
    project_calls.deliver(call.pk)
    project.refresh_from_db()
    assert (project.state, len(made_there(sandbox, api_key))) == (ProjectState.PROCESSING, 1)


def test_unreachable_provider_stores_no_key(
    alice: User, api_key: ApiKey, sandbox: InProcessSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote, "transport", NobodyThere())
    before = counts()
    secret = factories.fresh_secret()
    answer = fresh_client(alice).post(f"{KEYS}new/", {"label": "B", "environment": "sandbox", "secret": secret})
    assert answer.status_code == 422
    assert "Submagic could not be reached; nothing was stored. Try again in a moment." in text(answer)
    assert counts() == before


# --- Webhooks ------------------------------------------------------------------------------------------------------


@pytest.fixture
def under_way(editor: Client, sandbox: InProcessSandbox) -> tuple[Project, str]:
    """A project that the provider works on, and the path of its webhook."""
    editor.post(NEW, filled())
    project = Project.objects.get(title="A talk")
    assert project.call is not None
    project_calls.deliver(project.call.pk)
    project.refresh_from_db()
    key = project.api_key
    (entry,) = made_there(sandbox, key)
    return project, httpx.URL(entry["webhookUrl"]).path


MALFORMED = {
    "nothing": b"",
    "no JSON": b"{'status': completed",
    "a list": b"[1, 2, 3]",
    "NUL": b'{"projectId": "a\\u0000b"}',
    "lone surrogate": b'{"projectId": "\\ud800"}',
    "not finite": b'{"duration": NaN}',
    "too deep": b"[" * 50_000,
    "bytes": bytes(range(256)),
}


@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED.keys())
def test_malformed_webhook_is_taken_and_changes_nothing(
    under_way: tuple[Project, str], body: bytes, client: Client
) -> None:
    project, path = under_way
    before = counts()
    assert client.post(path, body, content_type="application/json").status_code == 204
    event = WebhookEvent.objects.get()
    assert bytes(event.body) == body
    webhooks.handle(event.pk)
    event.refresh_from_db()
    assert event.verdict == Verdict.UNREADABLE
    project.refresh_from_db()
    assert project.state == ProjectState.PROCESSING
    assert project.next_look_at is not None
    assert counts() == before | {"WebhookEvent": 1}


def test_webhook_over_a_mebibyte_is_refused_and_still_rings(under_way: tuple[Project, str], client: Client) -> None:
    project, path = under_way
    Project.objects.filter(pk=project.pk).update(next_look_at=None)
    answer = client.post(path, b"x" * (hook_door.LARGEST + 1), content_type="application/json")
    assert answer.status_code == 413
    assert not WebhookEvent.objects.exists()
    project.refresh_from_db()
    assert project.next_look_at is not None


def test_wrong_webhook_token_is_404_and_writes_nothing(under_way: tuple[Project, str], client: Client) -> None:
    project, path = under_way
    before = counts()
    token = path.removeprefix("/h/")
    said = json.dumps({"projectId": project.upstream_id, "status": "failed"})
    wrong = ["x" * 43, token[:-1], token + "a", token.swapcase(), "%00", str(uuid.uuid4())]
    answers = [client.post(f"/h/{each}", said, content_type="application/json") for each in wrong]
    assert [answer.status_code for answer in answers] == [404] * len(wrong)
    assert {answer.content for answer in answers} == {b""}
    assert counts() == before
    project.refresh_from_db()
    assert project.state == ProjectState.PROCESSING


def test_webhook_takes_nothing_but_post(under_way: tuple[Project, str], client: Client) -> None:
    _project, path = under_way
    assert [client.generic(method, path).status_code for method in ("GET", "PUT", "DELETE")] == [405] * 3


# --- Another team --------------------------------------------------------------------------------------------------


def test_project_of_another_team_is_404_everywhere_and_stays_as_it_is(
    sandbox: InProcessSandbox, other_team: Team, bob: User, client_of: SignIn
) -> None:
    theirs = factories.make_project(
        other_team,
        kind="captions",
        title="Their secret plan",
        state="unknown",
        upstream_id="",
        call=None,
    )
    theirs.call = factories.make_call(other_team, target_id=theirs.pk, state="unknown")
    theirs.save(update_fields=["call"])
    clip = factories.make_clip(theirs)
    upload = factories.make_upload(theirs)
    before, rows = counts(), [model_to_dict(row) for row in (theirs, clip, upload, theirs.call)]
    client = client_of(bob)
    mine = {"team": "harbour"}
    found: list[tuple[str, int, str]] = []
    for name in ("project-detail", "project-status", "project-video", "transcript-detail"):
        found.append((name, *_answer(client.get(reverse(f"projects:{name}", kwargs=mine | {"pk": theirs.pk})))))
    for name in ("check", "claim", "send-again", "give-up", "export"):
        address = reverse(f"projects:project-{name}", kwargs=mine | {"pk": theirs.pk})
        data = {"confirm": "send again", "upstream": "abcdef123", "form_token": str(uuid.uuid4())}
        found.append((name, *_answer(client.post(address, data))))
    for name in ("clip-detail", "clip-video", "clip-transcript"):
        found.append((name, *_answer(client.get(reverse(f"projects:{name}", kwargs=mine | {"pk": clip.pk})))))
    decide = reverse("projects:clip-decide", kwargs=mine | {"pk": clip.pk})
    found.append(("clip-decide", *_answer(client.post(decide, {"decision": "approved"}))))
    bytes_there = reverse("projects:upload", kwargs=mine | {"pk": upload.pk})
    found.append(("upload", *_answer(send_bytes(client, bytes_there, b"x"))))
    found.append(("copy", *_answer(client.get(f"{NEW}?from={theirs.pk}"))))
    publish = reverse("publishing:publication-new-clip", kwargs=mine | {"pk": clip.pk})
    found.append(("publish", *_answer(client.post(publish, {"youtube": "on"}))))
    assert [each for each in found if each[1] != 404] == []
    assert not [name for name, _status, page in found if re.search("secret plan|Clip [0-9]", page)]
    # The other team's own address is no way in either.
    assert client.get(theirs.get_absolute_url()).status_code == 404
    # Deciding about many leaves out what is not the team's.
    client.post("/t/harbour/clips/decide/", {"decision": "approved", "clip": [str(clip.pk)], "id": [str(clip.pk)]})
    for row in (theirs, clip, upload, theirs.call):
        row.refresh_from_db()
    assert [model_to_dict(row) for row in (theirs, clip, upload, theirs.call)] == rows
    assert counts() == before


def _answer(response: Any) -> tuple[int, str]:
    return response.status_code, text(response)
