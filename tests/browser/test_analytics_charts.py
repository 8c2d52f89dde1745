"""The curve of a post in a real browser: drawn in the scheme's colours, with its table beside it."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone
from playwright.sync_api import BrowserContext, Page, expect

from dashboard.models import Team, User
from publishing_app.models import Post
from tests import factories
from tests.browser.here import go

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def post(team: Team) -> Post:
    publication = factories.make_publication(team, title="A talk", published_at=timezone.now() - dt.timedelta(days=3))
    row = factories.make_post(publication, "youtube", views=12900)
    for hours, views in ((60, 100), (40, 400), (20, 700), (1, 12900)):
        factories.make_measurement(row, at=timezone.now() - dt.timedelta(hours=hours), views=views)
    return row


@pytest.fixture
def signed_in(context: BrowserContext, live_server: Any, vera: User) -> BrowserContext:
    client = Client()
    client.force_login(vera)
    name = settings.SESSION_COOKIE_NAME
    context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": live_server.url}])
    return context


def ink(page: Page) -> set[tuple[int, int, int]]:
    """The colours of the canvas' opaque points."""
    points: list[list[int]] = page.locator(".chart canvas").first.evaluate(
        """(canvas) => {
          const {data} = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
          const found = new Set();
          for (let at = 0; at < data.length; at += 4)
            if (data[at + 3] === 255) found.add(`${data[at]},${data[at + 1]},${data[at + 2]}`);
          return [...found].map((text) => text.split(",").map(Number));
        }"""
    )
    return {(red, green, blue) for red, green, blue in points}


def wait_until(page: Page, done: Callable[[], bool]) -> None:
    """Playwright's own wait_for_function evaluates a text, which the page's policy forbids."""
    for _ in range(1_200):
        if done():
            return
        page.wait_for_timeout(50)
    raise AssertionError("it did not happen in a minute")


def test_the_curve_is_drawn_and_follows_the_scheme_and_the_width(
    signed_in: BrowserContext, page: Page, live_server: Any, post: Post
) -> None:
    page.emulate_media(color_scheme="light")
    # A library that did not come once is asked for again by the next chart.
    page.expected_problems.append("ERR_FAILED")  # type: ignore[attr-defined]
    page.route("**/vendor/uplot.css", lambda route: route.abort(), times=1)
    page.goto(live_server.url + post.get_absolute_url())
    expect(page.locator("[data-chart-still]")).to_be_visible()
    expect(page.locator(".chart canvas")).to_have_count(0)
    go(page, "Analytics")
    expect(page.get_by_role("heading", name="Analytics", exact=True)).to_be_visible()
    page.go_back()
    expect(page.get_by_role("heading", name="A talk")).to_be_visible()
    canvas = page.locator(".chart canvas").first
    expect(canvas).to_be_visible()
    expect(page.locator("[data-chart-still]")).to_be_hidden()
    expect(page.get_by_role("row", name="12\u202f900")).to_be_visible()
    # Numbers and times as everywhere else: thin spaces, and the zone.
    plot = page.locator(".u-over")
    plot.scroll_into_view_if_needed()
    box = plot.bounding_box()
    assert box
    for left in (9, 3):
        page.mouse.move(box["x"] + box["width"] - left, box["y"] + 20)
    expect(page.locator(".u-legend")).to_contain_text("12\u202f900")
    expect(page.locator(".u-legend")).to_contain_text(re.compile(r"Time.*\d:\d\d.*(UTC|CET|CEST|GMT)"))
    light = ink(page)
    assert light
    page.emulate_media(color_scheme="dark")
    wait_until(page, lambda: ink(page) != light)
    wide = canvas.bounding_box()
    page.set_viewport_size({"width": 360, "height": 780})
    wait_until(page, lambda: (canvas.bounding_box() or {"width": 999})["width"] < 340)
    assert wide is not None and wide["width"] > 400
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_first_minutes_have_no_two_marks_of_one_time(
    signed_in: BrowserContext, page: Page, live_server: Any, team: Team
) -> None:
    row = factories.make_post(factories.make_publication(team, published_at=timezone.now()), "youtube", views=30)
    for seconds, views in ((80, 10), (50, 20), (5, 30)):
        factories.make_measurement(row, at=timezone.now() - dt.timedelta(seconds=seconds), views=views)
    page.add_init_script(
        """window.written = [];
        const draw = CanvasRenderingContext2D.prototype.fillText;
        CanvasRenderingContext2D.prototype.fillText = function (text, ...rest) {
          window.written.push(text);
          return draw.call(this, text, ...rest);
        };"""
    )
    page.goto(live_server.url + row.get_absolute_url())
    expect(page.locator(".chart canvas").first).to_be_visible()
    wait_until(page, lambda: page.evaluate("window.written.length > 4"))
    times = [text for text in page.evaluate("window.written") if ":" in text]
    assert len(times) > 1
    assert len(set(times)) == len(times)


def test_without_scripts_the_still_drawing_and_the_table_stand(
    browser: Any, live_server: Any, vera: User, post: Post
) -> None:
    client = Client()
    client.force_login(vera)
    name = settings.SESSION_COOKIE_NAME
    context = browser.new_context(java_script_enabled=False)
    context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": live_server.url}])
    page = context.new_page()
    page.goto(live_server.url + post.get_absolute_url())
    expect(page.locator(".chart-line")).to_be_visible()
    expect(page.locator(".measurements tbody tr")).to_have_count(4)
    context.close()
