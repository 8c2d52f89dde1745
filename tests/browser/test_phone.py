"""At 360 px and under a finger: nothing lies over what is to be pressed, and nothing is too small for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.test import Client
from playwright.sync_api import Browser, Locator, Page, expect

from dashboard.models import Team, User
from tests import factories
from tests.browser.here import open_page

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(120)]

FINGER = 40
SMALL = ".button-small, .button-icon, .chip, .segmented > *, .choice-bar span, .choices label, .menu-item, .tabs a"


@pytest.fixture
def phone(browser: Browser, live_server: Any, bob: User, client_of: Callable[[User], Client]) -> Any:
    context = browser.new_context(
        viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True, locale="en-GB"
    )
    name = django_settings.SESSION_COOKIE_NAME
    context.add_cookies([{"name": name, "value": client_of(bob).cookies[name].value, "url": live_server.url}])
    page = context.new_page()
    yield page
    page.goto("about:blank")
    context.close()


def is_on_top(element: Locator) -> bool:
    """What a finger in its middle would press."""
    return bool(
        element.evaluate(
            """(element) => {
              const { left, top, width, height } = element.getBoundingClientRect();
              return element.contains(document.elementFromPoint(left + width / 2, top + height / 2));
            }"""
        )
    )


def test_uploads_and_news_leave_the_decision_free(phone: Page, live_server: Any, team: Team, bob: User) -> None:
    waiting = factories.make_project(team, title="A talk", state="draft", upstream_id="", upstream_status="")
    factories.make_upload(waiting, created_by=bob)
    made = factories.make_project(team)
    clip = factories.make_clip(made)
    factories.make_transcript(made, "So the boats come in. " * 60, clip=clip)
    open_page(phone, live_server, f"/t/harbour/clips/{clip.pk}/")
    pill = phone.locator("#upload-tray summary")
    expect(pill).to_have_text("1 upload")
    expect(phone.locator(".tray-item")).to_be_hidden()
    approve = phone.get_by_role("button", name="Approve")
    assert is_on_top(approve)
    assert is_on_top(phone.get_by_role("button", name="Reject"))
    detail = "{ detail: { level: 'error', text: 'It did not work, and this is quite a long sentence about it.' } }"
    phone.evaluate(f"document.dispatchEvent(new CustomEvent('toast', {detail}))")
    assert is_on_top(phone.locator(".toast-text"))
    assert is_on_top(approve)
    assert is_on_top(pill)
    # Opened it shows the upload, and the decision still.
    pill.click()
    expect(phone.locator(".tray-item")).to_contain_text("Choose talk.mp4 again")
    assert is_on_top(approve)

    open_page(phone, live_server, "/t/harbour/clips/")
    phone.locator(".clip-pick").first.click()
    assert is_on_top(phone.locator("#selection").get_by_role("button", name="Approve"))
    assert is_on_top(pill)


def test_nothing_is_too_small_for_a_finger(phone: Page, live_server: Any, team: Team, settings: Any) -> None:
    settings.SANDBOX_URL = "http://127.0.0.1:8999"
    open_page(phone, live_server, "/components/")
    heights = phone.locator(SMALL).evaluate_all(
        """(found) => found.filter((each) => each.checkVisibility())
          .map((each) => [each.className || each.outerHTML.slice(0, 60), each.getBoundingClientRect().height])"""
    )
    assert len(heights) > 20
    assert [(name, height) for name, height in heights if height < FINGER] == []
