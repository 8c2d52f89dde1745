"""The cast, the sandbox in process, and the rule that nothing leaves this machine."""

from __future__ import annotations

import datetime as dt
import ipaddress
import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.conf import settings as django_settings
from django.core.cache import cache
from django.test import Client
from hypothesis import HealthCheck, settings

from dashboard import remote
from dashboard.models import ApiKey, Role, Team, User
from projects_app.actions import hook_door
from projects_app.brake import Brake
from projects_app.views import webhooks
from tests import factories

_connect = socket.socket.connect

# How fast a machine draws its examples says nothing about the code.
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")

# These test the providers' side of the wire or what a browser shows, or bring a database of their own.
ONCE = (
    *("providers", "sandbox", "rules", "live", "crash", "flows/test_script_server.py", "flows/test_many_nodes.py"),
    *("browser/test_clips_and_words.py", "browser/test_analytics_charts.py", "browser/test_broll.py"),
    *("browser/test_media.py", "browser/test_every_option.py", "browser/test_upload_tray.py"),
    *("browser/test_pages.py", "browser/test_phone.py", "browser/test_upload_states.py"),
    *("browser/test_upload_handover.py", "browser/test_chosen_files.py", "browser/test_new_project.py"),
    *("browser/test_webhook_inbox.py", "browser/test_magic_hour.py"),
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What has nothing to do with the kind of database runs once."""
    here = Path(__file__).parent
    for item in items:
        fixtures: set[str] = set(getattr(item, "fixturenames", ()))
        asks = fixtures & {"db", "transactional_db", "desk"} or item.get_closest_marker("django_db")
        if str(item.path.relative_to(here)).startswith(ONCE) or not asks:
            item.add_marker(pytest.mark.once)


def _loopback_only(self: socket.socket, address: Any) -> None:
    if self.family in (socket.AF_INET, socket.AF_INET6):
        host = "127.0.0.1" if address[0] == "localhost" else address[0]
        if not ipaddress.ip_address(host).is_loopback:
            raise AssertionError(f"a test tried to reach {host}")
    _connect(self, address)


@pytest.fixture(autouse=True, scope="session")
def _no_network() -> Iterator[None]:
    socket.socket.connect = _loopback_only  # type: ignore[method-assign]
    yield
    socket.socket.connect = _connect  # type: ignore[method-assign]


@pytest.fixture
def open_network(_no_network: None) -> Iterator[None]:
    """Lifts the rule for one test: only for tests/live, and only with a key that somebody gave for it."""
    assert os.environ.get("SUBMAGIC_API_KEY"), "no key was given, so nothing may be reached"
    socket.socket.connect = _connect  # type: ignore[method-assign]
    yield
    socket.socket.connect = _loopback_only  # type: ignore[method-assign]


@pytest.fixture(autouse=True, scope="session")
def _static_root() -> None:
    """The folder that collectstatic would make; without it each request would warn, and warnings are errors."""
    Path(django_settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)


@pytest.fixture(autouse=True)
def _fresh_settings(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Login limits live in the cache, what came in this second in the process, and each test has its own spool."""
    monkeypatch.setattr(webhooks, "brake", Brake(webhooks.brake.most))
    webhooks.guesses.forget()
    hook_door.per_call.forget()
    settings.SPOOL_DIR = tmp_path / "spool"
    settings.ARCHIVE_DIR = tmp_path / "archive"
    settings.PULSE_FILE = tmp_path / "pulse.json"
    settings.NODE = "test"
    cache.clear()
    yield
    cache.clear()


# --- The cast -------------------------------------------------------------------------------------


@pytest.fixture
def team(db: None) -> Team:
    return factories.make_team("Harbour Films", slug="harbour")


@pytest.fixture
def other_team(db: None) -> Team:
    return factories.make_team("Other Shore", slug="other")


@pytest.fixture
def alice(team: Team) -> User:
    return factories.make_member(team, Role.OWNER, name="Alice")


@pytest.fixture
def bob(team: Team) -> User:
    return factories.make_member(team, Role.EDITOR, name="Bob")


@pytest.fixture
def rita(team: Team) -> User:
    return factories.make_member(team, Role.REVIEWER, name="Rita")


@pytest.fixture
def vera(team: Team) -> User:
    return factories.make_member(team, Role.VIEWER, name="Vera")


@pytest.fixture
def charlie(other_team: Team) -> User:
    """Owner of another team: to ours a stranger."""
    return factories.make_member(other_team, Role.OWNER, name="Charlie")


@pytest.fixture
def client_of() -> Callable[[User], Client]:
    def sign_in(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return sign_in


# --- The sandbox, in process ----------------------------------------------------------------------


class MovableClock:
    def __init__(self) -> None:
        self.now = dt.datetime.now(dt.UTC)

    def __call__(self) -> dt.datetime:
        return self.now

    def move(self, **delta: float) -> None:
        self.now += dt.timedelta(**delta)


class InProcessSandbox:
    """The sandbox's app, reached through WSGI; its webhooks are kept here and delivered by the test."""

    def __init__(self, data_dir: Path) -> None:
        from sandbox.app import create_app

        self.clock = MovableClock()
        self.hooks: list[tuple[str, bytes, dict[str, str]]] = []
        self.app = create_app(data_dir, clock=self.clock, deliver=self._keep, inline_jobs=True)
        self.transport = httpx.WSGITransport(app=self.app)

    def _keep(self, url: str, body: bytes, headers: dict[str, str]) -> Any:
        self.hooks.append((url, body, headers))
        return True

    def run_jobs(self) -> None:
        self.app.extensions["sandbox"].run_jobs()

    def deliver_hooks(self, client: Client) -> list[int]:
        """Post what the sandbox sent to the desk's own view; returns the status codes."""
        sent, self.hooks = self.hooks, []
        return [
            client.post(httpx.URL(url).path, body, content_type="application/json").status_code for url, body, _ in sent
        ]


@pytest.fixture
def sandbox(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> InProcessSandbox:
    settings.SANDBOX_URL = "http://127.0.0.1:8999"
    settings.PUBLIC_URL = "http://127.0.0.1:8000"
    box = InProcessSandbox(tmp_path / "sandbox")
    monkeypatch.setattr(remote, "transport", box.transport)
    return box


@pytest.fixture
def api_key(team: Team) -> ApiKey:
    return factories.make_key(team)
