"""Real Chromium for the browser tests. A page whose console reports an error or a blocked resource fails its test."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect, sync_playwright

from tests.browser.here import open_page
from tests.desk import Desk
from tests.services import fresh_database, own_redis

if TYPE_CHECKING:  # script/walk.py takes the browser from here, and has no settings
    from dashboard.models import User

# As root Chromium needs --no-sandbox; the others keep it from asking the outside world for anything.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


# How long a slow machine takes says nothing about the page; what is there at once is seen at once all the same.
expect.set_options(timeout=20_000)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)


def chromium_path() -> str | None:
    """The browser that script/test found, else one on PATH, else Playwright's own (None)."""
    return os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    # Playwright's event loop in this thread makes Django think that it runs inside async code.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport={"width": 1280, "height": 800}, locale="en-GB", timezone_id="Europe/Berlin")
    context.set_default_timeout(15_000)
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    page = context.new_page()
    problems: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if message.type == "error":
            problems.append(f"{message.text} ({message.location.get('url', '')})")

    page.on("console", note)
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.expected_problems = []  # type: ignore[attr-defined]  # texts a test provokes on purpose
    yield page
    expected: list[str] = page.expected_problems  # type: ignore[attr-defined]
    unexpected = [text for text in problems if not any(part in text for part in expected)]
    assert not unexpected, "the browser's console reported: " + "; ".join(unexpected)


@pytest.fixture
def bobs(page: Page, live_server: Any, bob: User, client_of: Callable[[User], Client]) -> Iterator[Page]:
    """Bob's browser, signed in to a server in this process, at the list of projects."""
    name = settings.SESSION_COOKIE_NAME
    page.context.add_cookies([{"name": name, "value": client_of(bob).cookies[name].value, "url": live_server.url}])
    open_page(page, live_server, "/t/harbour/projects/")
    yield page
    # Nothing may still be asked of a server whose database goes away.
    page.goto("about:blank")


@pytest.fixture(scope="session")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """One whole desk for the run: embedded on SQLite, or on PostgreSQL and Redis when those are under test."""
    data = tmp_path_factory.mktemp("desk")
    if settings.DATABASES["default"]["ENGINE"].endswith("sqlite3"):
        desk = Desk(data=data)
        desk.start()
        yield desk
        assert desk.stop() == 0
        return
    with fresh_database(os.environ["DATABASE_URL"]) as url, own_redis() as queue:
        desk = Desk(data=data, env={"DATABASE_URL": url, **queue})
        desk.start()
        yield desk
        assert desk.stop() == 0


@pytest.fixture(autouse=True)
def log_of_the_desk(request: pytest.FixtureRequest) -> Iterator[None]:
    """What the desk's processes said during this test, shown by pytest when it fails."""
    if "desk" not in request.fixturenames:
        yield
        return
    output: list[str] = request.getfixturevalue("desk").output
    before = len(output)
    yield
    print("".join(output[before:]))
