from __future__ import annotations

import socket
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from django.test import Client
from django.utils import timezone

from dashboard import remote
from dashboard.actions import api_keys
from dashboard.models import ApiKey, CallState, Environment, Team, User
from projects_app import catalogue
from projects_app.actions import claims, lost_calls, projects, video_links
from projects_app.models import Kind, Source
from providers.errors import FailedRead
from providers.http import Timeouts
from tests import factories
from tests.projects_app.scripted import Scripted, provider
from tests.providers.submagic.support import Peer, serving

__all__ = ["provider"]


def waited(scripted: Scripted) -> list[float]:
    """The longest read that each call would have waited for."""
    return [call.extensions["timeout"]["read"] for call in scripted.calls]


@pytest.fixture
def hanging(settings: Any) -> Iterator[list[socket.socket]]:
    """A provider that takes connections and never says a word."""
    taken: list[socket.socket] = []
    server = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                taken.append(server.accept()[0])
            except OSError:
                return

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    settings.SANDBOX_URL = f"http://127.0.0.1:{server.getsockname()[1]}"
    yield taken
    # Closing alone does not wake a thread that waits in accept().
    server.shutdown(socket.SHUT_RDWR)
    server.close()
    thread.join(5)
    for sock in taken:
        sock.close()


def test_page_waits_once_and_shortly_for_a_provider_that_hangs(
    hanging: list[socket.socket],
    client_of: Callable[[User], Client],
    bob: User,
    api_key: ApiKey,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(remote, "WHILE_SOMEBODY_WAITS", Timeouts(connect=1, read=0.3, slow_read=0.3, answer=1))
    began = time.monotonic()
    page = client_of(bob).get("/t/harbour/projects/new/")
    assert page.status_code == 200
    assert len(hanging) == 1
    assert time.monotonic() - began < 5
    assert "Submagic does not answer right now" in page.content.decode()


def test_reads_inside_web_requests_give_up_after_seconds(provider: Scripted, api_key: ApiKey) -> None:
    catalogue.languages(api_key)
    with pytest.raises(api_keys.KeyNotAccepted):
        api_keys.try_out(secret=factories.fresh_secret(), environment=Environment.SANDBOX)
    assert waited(provider) == [8, 8]


@pytest.mark.parametrize("what", ["head", "body"])
def test_an_answer_that_drips_is_not_listened_to_for_ever(settings: Any, what: str) -> None:
    """Each byte comes in time for the limit of one read, and all of them never come to an end."""
    ended = threading.Event()

    def drip(peer: Peer) -> None:
        assert peer.until(b"\r\n\r\n")
        head = b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n"
        peer.sock.sendall(head + (b"X-Slow: " if what == "head" else b"\r\n"))
        try:
            while not ended.wait(0.05):
                peer.sock.sendall(b"x")
        except OSError:
            return

    began = time.monotonic()
    with serving(drip) as url:
        settings.SANDBOX_URL = url
        timeouts = Timeouts(read=0.4, slow_read=0.4, answer=0.4)
        with (
            remote.client_with(factories.fresh_secret(), Environment.SANDBOX, timeouts=timeouts) as client,
            pytest.raises(FailedRead),
        ):
            client.languages()
        took = time.monotonic() - began
        ended.set()
    assert took < 4


def test_renewing_a_link_gives_up_after_seconds(provider: Scripted, team: Team) -> None:
    key = factories.make_key(team, environment=Environment.LIVE)
    project = factories.make_project(team, api_key=key, seen_at=timezone.now() - 2 * video_links.GO_STALE)
    provider.on("GET", f"/v1/projects/{project.upstream_id}", httpx.ReadTimeout("slow"))
    assert not video_links.refresh(project)
    assert waited(provider) == [8]


def test_a_claim_gives_up_after_seconds(provider: Scripted, team: Team, bob: User, api_key: ApiKey) -> None:
    project, _ = projects.create(
        team=team,
        by=bob,
        api_key=api_key,
        kind=Kind.MAGIC_CLIPS,
        source=Source.YOUTUBE,
        source_url="https://www.youtube.com/watch?v=sandbox0002",
        title="A talk",
        language="en",
        options={},
        form_token=uuid.uuid4(),
    )
    assert project.call is not None
    project.call.state = CallState.UNKNOWN
    project.call.save(update_fields=["state"])
    provider.on("GET", "/v1/projects/abcdef123", httpx.ReadTimeout("slow"))
    provider.calls.clear()
    with pytest.raises(projects.NotNow, match="does not answer"):
        claims.claim(project=project, text="abcdef123", by=bob)
    assert waited(provider) == [8]
    # A worker has time.
    lost_calls.adopt(project.call, "abcdef123")
    assert waited(provider)[1] == 60
