"""The provider has done it, and the database is away in that moment: the id that was paid for is not lost."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable
from typing import Any

import httpx
import psycopg
import pytest
from django.db import OperationalError, connection

from dashboard import connections
from dashboard.actions import upstream_calls
from dashboard.models import ApiKey, CallState, Team, UpstreamCall, User
from projects_app.actions import exports, media_calls, project_calls, projects, receive_session, receiving, uploads
from projects_app.actions.relay import relay
from projects_app.models import Kind, Project, ProjectState, Source, Upload, UploadState
from publishing_app.actions import publish_calls
from publishing_app.models import PublicationState
from tests import factories
from tests.projects_app import libraries as lib
from tests.projects_app.actions.test_relay import CREATED, MOVIE, Books, receive
from tests.projects_app.actions.test_relay import provider as serving
from tests.projects_app.json_calls import CREATE, ID, created
from tests.projects_app.scripted import Scripted
from tests.projects_app.sending import open_upload
from tests.publishing_app.support import ask

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is sent by what these tests only prepare."""
    monkeypatch.setattr("projects_app.actions.waking._senders", {})
    monkeypatch.setattr("projects_app.actions.pace._send", None)
    monkeypatch.setattr("dashboard.senders._senders", {})


@pytest.fixture
def hiccup(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The first three tries to write down an answer fail."""
    pauses: list[float] = []
    monkeypatch.setattr(connections.time, "sleep", pauses.append)
    accept, left = upstream_calls.accept, [1, 2, 3]

    def busy(*args: Any, **how: Any) -> bool:
        if left:
            left.pop()
            raise OperationalError("database is locked")
        return accept(*args, **how)

    monkeypatch.setattr(upstream_calls, "accept", busy)
    return pauses


def make(team: Team, bob: User, api_key: ApiKey) -> Project:
    made, _upload = projects.create(
        team=team, by=bob, api_key=api_key, kind=Kind.MAGIC_CLIPS, source=Source.YOUTUBE, title="A talk", language="en",
        options={}, source_url="https://www.youtube.com/watch?v=sandbox0002", form_token=uuid.uuid4(),
    )  # fmt: skip
    return made


def a_project(provider: Scripted, team: Team, bob: User, api_key: ApiKey) -> str:
    provider.on("POST", CREATE, created())
    project_calls.deliver(make(team, bob, api_key).call.pk)  # type: ignore[union-attr]
    assert Project.objects.get().state == ProjectState.PROCESSING
    return ID


def an_export(provider: Scripted, team: Team, bob: User, api_key: ApiKey) -> str:
    made = factories.make_project(team, api_key=api_key, kind="captions", upstream_id=ID, direct_url="https://x.co/a")
    export = exports.ask(project=made, by=bob, form_token=uuid.uuid4())
    provider.on("POST", f"/v1/projects/{ID}/export", httpx.Response(200, json={"projectId": ID, "status": "exporting"}))
    project_calls.deliver(export.call.pk)  # type: ignore[union-attr]
    export.refresh_from_db()
    assert export.state == "running"
    return ID


def an_entry(provider: Scripted, team: Team, bob: User, api_key: ApiKey) -> str:
    row = lib.add_link(team, bob, api_key)
    provider.on("POST", "/v1/user-media", httpx.Response(201, json={"userMediaId": "m-1234567"}))
    media_calls.deliver(lib.call_of(row).pk)
    row.refresh_from_db()
    assert row.upstream_id == "m-1234567"
    return "m-1234567"


def a_post(provider: Scripted, team: Team, bob: User, api_key: ApiKey) -> str:
    clip = factories.make_clip(factories.make_project(team, api_key=api_key), upstream_id=ID, decision="approved")
    provider.on("GET", "/v1/projects/published", httpx.Response(200, json={"data": [], "pagination": {}}))
    answer = {"id": "pub_1", "status": "published", "projectId": ID}
    provider.on("POST", f"/v1/projects/{ID}/publish", httpx.Response(200, json=answer))
    publication = ask(clip, bob)
    assert publication.call_id
    publish_calls.drive(publication.call_id)
    publication.refresh_from_db()
    assert publication.state == PublicationState.SENT
    return "pub_1"


@pytest.mark.parametrize("thing", [a_project, an_export, an_entry, a_post])
def test_an_answer_is_written_down_when_the_database_is_back(
    provider: Scripted, team: Team, bob: User, api_key: ApiKey, hiccup: list[float], caplog: pytest.LogCaptureFixture,
    thing: Callable[[Scripted, Team, User, ApiKey], str],
) -> None:  # fmt: skip
    with caplog.at_level(logging.INFO, logger="dashboard.answers"):
        upstream_id = thing(provider, team, bob, api_key)
    call = UpstreamCall.objects.get()
    assert (call.state, call.upstream_id) == (CallState.ACCEPTED, upstream_id)
    assert len(hiccup) == 3
    # Before the first try, so that it can be found whatever happens then.
    (line,) = [record.getMessage() for record in caplog.records if record.name == "dashboard.answers"]
    assert str(call.pk) in line and upstream_id in line


def test_an_upload_is_too(team: Team, bob: User, settings: Any, hiccup: list[float]) -> None:
    upload = receive(open_upload(team, bob, len(MOVIE)))
    books = Books()
    with serving(settings, books):
        relay(upload.pk)
    upload.refresh_from_db()
    assert len(books.complete) == 1
    assert upload.state == UploadState.RELAYED
    assert Project.objects.get().upstream_id == CREATED["id"]
    assert len(hiccup) == 3


def test_a_no_is_written_down_too(
    provider: Scripted, team: Team, bob: User, api_key: ApiKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections.time, "sleep", lambda _seconds: None)
    fail, left = upstream_calls.fail, [1, 2]

    def busy(*args: Any, **how: Any) -> CallState:
        if left:
            left.pop()
            raise OperationalError("database is locked")
        return fail(*args, **how)

    monkeypatch.setattr(upstream_calls, "fail", busy)
    provider.on("POST", CREATE, httpx.Response(402, json={"error": "PAYMENT_REQUIRED", "message": "No credits"}))
    made = make(team, bob, api_key)
    project_calls.deliver(made.call.pk)  # type: ignore[union-attr]
    made.refresh_from_db()
    assert made.state == ProjectState.FAILED


@pytest.mark.skipif(connection.vendor != "postgresql", reason="restarts a PostgreSQL server's connections")
def test_a_database_that_restarts_while_the_call_is_out(
    provider: Scripted, team: Team, bob: User, api_key: ApiKey
) -> None:
    made = make(team, bob, api_key)

    def create(_request: httpx.Request) -> httpx.Response:
        where = connection.settings_dict
        address = {"host": where["HOST"], "port": where["PORT"], "user": where["USER"], "password": where["PASSWORD"]}
        with psycopg.connect(**address, dbname="postgres", autocommit=True) as server:
            ended = "select count(pg_terminate_backend(pid)) from pg_stat_activity where datname = %s"
            assert server.execute(ended, [where["NAME"]]).fetchone() >= (1,)
        return created()

    provider.on("POST", CREATE, create)
    project_calls.deliver(made.call.pk)  # type: ignore[union-attr]
    made.refresh_from_db()
    assert (made.state, made.upstream_id) == (ProjectState.PROCESSING, ID)


def test_the_last_bytes_whose_commit_was_not_confirmed_are_no_lost_upload(
    team: Team, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The row was written, and the connection broke before that was heard: the browser is told 204, not 410."""
    from tests.projects_app.actions.test_receiving import Blocks

    upload = open_upload(team, bob, len(MOVIE))
    once, cut = receive_session.Session._write_once, [1]

    def unheard(session: receive_session.Session, values: dict[str, Any], **how: Any) -> None:
        once(session, values, **how)
        if values["offset"] == len(MOVIE) and cut:
            cut.pop()
            raise OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr(receive_session.Session, "_write_once", unheard)
    assert receiving.append(upload=upload, at=0, source=Blocks(MOVIE, before={})) == len(MOVIE)
    assert Upload.objects.get().state == UploadState.RECEIVED
    assert not cut


def test_an_upload_that_was_ended_meanwhile_is_still_told_so(
    team: Team, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.projects_app.actions.test_receiving import Blocks

    upload = open_upload(team, bob, len(MOVIE))
    half = len(MOVIE) // 2
    cancel = {1: lambda: uploads.cancel(upload=Upload.objects.get(), by=bob)}
    with pytest.raises(receiving.Gone):
        receiving.append(upload=upload, at=0, source=Blocks(MOVIE[:half], MOVIE[half:], before=cancel))
