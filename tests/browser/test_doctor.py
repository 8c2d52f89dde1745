"""Settings → Health in a real browser: the part that loads by itself, checking again, the text, both schemes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.test import Client
from playwright.sync_api import Page, expect

from dashboard import heartbeat, remote, skew
from dashboard.models import ApiKey, Environment, Team, User
from providers.clock import ClockReading
from tests import factories
from tests.browser import journey
from tests.browser.here import is_same_document, open_page

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(120)]
PAGE = "/t/harbour/settings/doctor/"


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    answer: dict[str, Any] = {"status": "healthy"}
    monkeypatch.setattr(remote, "transport", httpx.MockTransport(lambda request: httpx.Response(200, json=answer)))
    return answer


@pytest.fixture
def alices(
    page: Page, live_server: Any, team: Team, alice: User, client_of: Callable[[User], Client], provider: Any
) -> Iterator[Page]:
    name = settings.SESSION_COOKIE_NAME
    page.context.add_cookies([{"name": name, "value": client_of(alice).cookies[name].value, "url": live_server.url}])
    factories.make_key(team, environment=Environment.LIVE)
    yield page
    page.goto("about:blank")


def test_the_report_loads_is_checked_again_and_copied(alices: Page, live_server: Any) -> None:
    open_page(alices, live_server, PAGE)
    expect(alices.get_by_text("Submagic says that it is well.")).to_be_visible()
    expect(alices.get_by_text("No worker is heard.")).to_be_visible()
    heartbeat.beat()
    again = alices.get_by_role("link", name="Check again")
    again.focus()
    again.press("Enter")
    expect(alices.locator(".toast")).to_contain_text("Checked again. ")
    expect(alices.get_by_text("No worker is heard.")).to_have_count(0)
    expect(alices.get_by_text("Submagic says that it is well.")).to_be_visible()
    expect(again).to_be_focused()
    assert is_same_document(alices)

    alices.get_by_role("link", name="Copy as text").press("Enter")
    expect(alices.locator("#doctor-report")).to_contain_text("Clipdesk health report")
    alices.context.grant_permissions(["clipboard-read", "clipboard-write"])
    alices.get_by_role("button", name="Copy").click()
    expect(alices.locator(".toast").last).to_contain_text("Copied")
    assert "Clipdesk health report" in alices.evaluate("navigator.clipboard.readText()")
    assert alices.url.endswith(PAGE)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_axe_finds_nothing_and_nothing_scrolls_sideways(
    alices: Page, live_server: Any, team: Team, scheme: Any, width: int
) -> None:
    alices.expected_problems.append("Applying inline style")  # type: ignore[attr-defined]  # axe's own probing
    factories.make_key(team, environment=Environment.LIVE, state=ApiKey.State.INVALID, label="A key with a long name")
    for _ in range(2):
        skew.learn(Environment.LIVE, ClockReading(-3700, 0.5))
    alices.emulate_media(color_scheme=scheme)
    alices.set_viewport_size({"width": width, "height": 780})
    open_page(alices, live_server, PAGE)
    expect(alices.get_by_text("Submagic says that it is well.")).to_be_visible()
    expect(alices.locator(".clock-notice")).to_contain_text("62 min slow")
    alices.get_by_role("link", name="Copy as text").click()
    expect(alices.locator("#doctor-report")).to_be_visible()
    journey.colours_rest(alices)
    found = Axe().run(alices)
    assert found.violations_count == 0, found.generate_report()
    assert alices.evaluate("document.documentElement.scrollWidth") <= width


def test_without_a_script_all_of_it_can_be_read(alices: Page, live_server: Any) -> None:
    context = alices.context.browser.new_context(  # type: ignore[union-attr]
        java_script_enabled=False, storage_state=alices.context.storage_state()
    )
    plain = context.new_page()
    plain.goto(f"{live_server.url}{PAGE}")
    plain.get_by_role("link", name="Ask now").click()
    expect(plain.get_by_text("Submagic says that it is well.")).to_be_visible()
    plain.get_by_role("link", name="Check again").click()
    expect(plain.get_by_role("link", name="Ask now")).to_be_visible()
    plain.get_by_role("link", name="Copy as text").click()
    expect(plain.locator("pre")).to_contain_text("Clipdesk health report")
    context.close()
