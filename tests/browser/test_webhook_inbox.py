"""The inbox of webhooks in a real browser: by keyboard, on a phone, and with what strangers may have written."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Page, expect

from dashboard.models import Team, User
from projects_app.models import Project, Verdict, WebhookEvent
from tests import factories
from tests.browser import journey
from tests.browser.here import is_same_document, open_page

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(120)]

EVIL = b"<script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\"> \xff\x00"
LIST = "/t/harbour/settings/webhooks/"


@pytest.fixture
def job(team: Team) -> Project:
    return factories.make_project(team, title="Why people stay", kind="captions")


@pytest.fixture
def alices(page: Page, live_server: Any, alice: User, client_of: Callable[[User], Client]) -> Any:
    name = settings.SESSION_COOKIE_NAME
    page.context.add_cookies([{"name": name, "value": client_of(alice).cookies[name].value, "url": live_server.url}])
    yield page
    page.goto("about:blank")


def at(event: WebhookEvent) -> str:
    return f"{LIST}{event.pk}/"


def messages(job: Project) -> list[WebhookEvent]:
    now = timezone.now()
    notes = {
        "confirmed": "",
        "not_confirmed": "It names another project.",
        "late": "The project had reached its end before.",
        "unreadable": "",
        "waiting": "Waits its turn: messages cause few looks.",
    }
    return [
        factories.make_webhook_event(
            job,
            verdict=verdict,
            note=note,
            handled_at=None if verdict == "waiting" else now,
            received_at=now - dt.timedelta(minutes=number),
            body=EVIL if verdict == "unreadable" else b'{"status":"%s"}' % verdict.encode(),
        )
        for number, (verdict, note) in enumerate(notes.items())
    ]


@pytest.mark.parametrize(
    ("width", "scheme"),
    [
        *((1280, "light"), (360, "dark")),
        *(pytest.param(width, scheme, marks=pytest.mark.slow) for width, scheme in ((1280, "dark"), (360, "light"))),
    ],
)
def test_the_pages_have_no_accessibility_problems(
    alices: Page, live_server: Any, job: Project, scheme: Any, width: int
) -> None:
    alices.set_viewport_size({"width": width, "height": 800})
    alices.emulate_media(color_scheme=scheme)
    alices.expected_problems.append("Applying inline style")  # type: ignore[attr-defined]  # axe's own probing
    open_page(alices, live_server, LIST)
    expect(alices.get_by_role("heading", name="No messages yet")).to_be_visible()
    found = messages(job)
    long = factories.make_webhook_event(job, body=b"x" * 1024 * 1024, note="y" * 300)
    removed = factories.make_webhook_event(job, body_removed_at=timezone.now())
    problems: list[str] = []
    paths = [LIST, f"{LIST}?verdict=late", f"{LIST}close/", *map(at, [*found, long, removed])]
    for path in paths:
        alices.goto(live_server.url + path)
        journey.colours_rest(alices)
        report = Axe().run(alices)
        if report.violations_count:
            problems.append(f"{path}: {report.generate_report()}")
        wide = alices.evaluate("() => document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if wide > 0:
            problems.append(f"{path}: {wide} px wider than the screen")
    assert not problems, "\n".join(problems)


def test_what_a_stranger_wrote_is_read_and_not_run(alices: Page, live_server: Any, job: Project) -> None:
    event = messages(job)[3]
    open_page(alices, live_server, at(event))
    expect(alices.locator(".webhook-body pre")).to_contain_text("<script>document.title='owned'</script>")
    expect(alices.locator(".webhook-body pre")).to_contain_text(r"\xff\x00")
    assert "owned" not in alices.title()
    with alices.expect_download() as download:
        alices.get_by_role("link", name="Download as it came").click()
    assert download.value.path().read_bytes() == EVIL
    assert is_same_document(alices)


def test_looking_again_shows_what_comes_of_it_without_a_reload(alices: Page, live_server: Any, job: Project) -> None:
    event = messages(job)[2]
    alices.clock.install()
    open_page(alices, live_server, at(event))
    state = alices.locator("#webhook-state")
    expect(state.locator(".status")).to_have_text("Late, no effect")
    alices.locator("#look-again").focus()
    alices.keyboard.press("Enter")
    expect(state.locator(".status")).to_have_text("Waiting")
    expect(alices.locator("#look-again")).to_be_focused()
    expect(alices.locator(".toast")).to_contain_text("It is looked at again")
    # There is no worker here: this is what it would write.
    WebhookEvent.objects.filter(pk=event.pk).update(
        verdict=Verdict.CONFIRMED, note="", handled_at=timezone.now(), next_look_at=None
    )
    alices.clock.run_for(2_500)
    expect(state.locator(".status")).to_have_text("Confirmed")
    expect(alices.locator("#look-again")).to_be_focused()
    assert is_same_document(alices)


def test_closing_all_asks_in_a_dialog(alices: Page, live_server: Any, team: Team, job: Project) -> None:
    open_page(alices, live_server, LIST)
    alices.get_by_role("link", name="Close all addresses").press("Enter")
    dialog = alices.get_by_role("dialog", name="Close all addresses?")
    expect(dialog).to_contain_text("It cannot be undone")
    dialog.get_by_role("button", name="Cancel").click()
    expect(dialog).to_be_hidden()
    team.refresh_from_db()
    assert team.hook_round == 0
    alices.get_by_role("link", name="Close all addresses").click()
    dialog.get_by_role("button", name="Close all addresses").click()
    expect(alices.locator(".toast")).to_contain_text("All addresses given out so far are closed")
    expect(alices.locator("#main")).to_contain_text("Every address given out until today")
    team.refresh_from_db()
    assert team.hook_round == 1


def test_earlier_messages_come_below(alices: Page, live_server: Any, job: Project) -> None:
    now = timezone.now()
    for number in range(60):
        factories.make_webhook_event(job, note=f"Number {number}", received_at=now - dt.timedelta(minutes=number))
    open_page(alices, live_server, LIST)
    expect(alices.locator("#webhook-rows > tr")).to_have_count(51)
    alices.get_by_role("link", name="Earlier").press("Enter")
    expect(alices.locator("#webhook-rows > tr")).to_have_count(60)
    expect(alices.get_by_text("Number 59")).to_be_visible()
    alices.get_by_label("What came of it").select_option("late")
    alices.wait_for_url("**/webhooks/?verdict=late")
    expect(alices.get_by_role("heading", name="Nothing here")).to_be_visible()
