"""How pages behave between two answers: errors on the way, polls, focus, history."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from playwright.sync_api import Error, Page, Route, expect

from dashboard.models import ApiKey, Team
from projects_app.models import Decision, Project, ProjectState
from tests import factories
from tests.browser.here import go, is_same_document, open_page, provoke

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(120)]

RAW = "<html><head><title>502</title></head><body><h1>Bad Gateway</h1></body></html>"


# --- Errors on the way ------------------------------------------------------------------------------------------------


def test_what_is_no_page_of_ours_never_takes_its_place(bobs: Page, team: Team) -> None:
    provoke(bobs, "502", "500", "404")
    toast = bobs.locator(".toast")
    bobs.route("**/t/harbour/clips/", lambda route: route.fulfill(status=502, content_type="text/html", body=RAW))
    go(bobs, "Clips")
    expect(toast).to_contain_text("The server is in trouble")
    expect(bobs.get_by_role("heading", name="Projects", exact=True)).to_be_visible()

    toast.get_by_role("button", name="Dismiss").click()
    bobs.route(
        "**/t/harbour/transcripts/", lambda route: route.fulfill(status=500, content_type="text/json", body="{}")
    )
    go(bobs, "Transcripts")
    expect(toast).to_contain_text("The server is in trouble")

    # Our own error page is one; from it the way leads on, and news can still be told there.
    bobs.route("**/t/harbour/media/", lambda route: route.continue_(url=route.request.url + "nowhere/"))
    go(bobs, "Media")
    expect(bobs.get_by_role("heading", name="There is nothing at this address")).to_be_visible()
    assert is_same_document(bobs)
    bobs.evaluate("document.dispatchEvent(new CustomEvent('toast', { detail: { text: 'Heard' } }))")
    expect(bobs.locator(".toast")).to_contain_text("Heard")


def test_a_poll_that_fails_is_not_told(bobs: Page, team: Team, live_server: Any) -> None:
    provoke(bobs, "500", "404")
    made = factories.make_project(team, state=ProjectState.PROCESSING)
    asked: list[str] = []
    answer = {"status": 500}

    def fail(route: Route) -> None:
        asked.append(route.request.url)
        route.fulfill(status=answer["status"], content_type="text/html", body=RAW)

    bobs.route("**/projects/*/status/*", fail)
    bobs.clock.install()
    open_page(bobs, live_server, made.get_absolute_url())
    with bobs.expect_response("**/projects/*/status/*"):
        bobs.clock.run_for(2_500)
    with bobs.expect_response("**/projects/*/status/*"):
        bobs.clock.run_for(2_500)
    expect(bobs.locator(".toast")).to_have_count(0)

    # Gone for good: it is not asked for again.
    answer["status"] = 404
    with bobs.expect_response("**/projects/*/status/*") as gone:
        bobs.clock.run_for(2_500)
    gone.value.finished()
    bobs.evaluate("1")  # the page has heard of it
    before = len(asked)
    bobs.clock.run_for(10_000)
    bobs.evaluate("fetch('/healthz')")
    assert len(asked) == before


def test_the_last_click_wins(bobs: Page, team: Team) -> None:
    """Who knows the way is faster than the answers: the page asked for last is the one that stays."""
    waiting: dict[str, Route] = {}
    for name in ("clips", "transcripts"):
        bobs.route(f"**/t/harbour/{name}/", lambda route: waiting.update({route.request.url.split("/")[-2]: route}))

    def click(name: str) -> None:
        go(bobs, name)
        for _ in range(1_500):
            if name.lower() in waiting:
                return
            bobs.wait_for_timeout(20)
        raise AssertionError(f"{name} was not asked for")

    for first, second in (("Clips", "Transcripts"), ("Transcripts", "Clips")):
        waiting.clear()
        click(first)
        click(second)
        # The answers in either order; one that came too late is dropped.
        for name in sorted(waiting):
            with suppress(Error):  # the browser may have let go of it already
                waiting[name].continue_()
            bobs.wait_for_timeout(300)
        expect(bobs.get_by_role("heading", name=second, exact=True)).to_be_visible()
        assert bobs.url.endswith(f"/{second.lower()}/")
        expect(bobs.locator(".toast")).to_have_count(0)


def test_a_session_that_ended_leads_to_the_sign_in_and_back(bobs: Page, team: Team, live_server: Any) -> None:
    made = factories.make_project(team, state=ProjectState.PROCESSING)
    bobs.clock.install()
    open_page(bobs, live_server, made.get_absolute_url())
    # What is entered is not thrown away by a page that leaves by itself.
    bobs.evaluate("document.body.insertAdjacentHTML('beforeend', '<form method=post><input id=own></form>')")
    bobs.locator("#own").fill("Typed")
    Session.objects.all().delete()
    bobs.clock.run_for(2_500)
    sign_in = bobs.locator(".toast").get_by_role("link", name="Sign in")
    expect(sign_in).to_have_attribute("href", f"/account/login/?next={made.get_absolute_url()}")
    expect(sign_in).to_have_attribute("target", "_blank")
    assert is_same_document(bobs)

    bobs.evaluate("document.querySelector('#own').form.remove()")
    bobs.evaluate(f"htmx.ajax('GET', '{made.get_absolute_url()}status/', {{ source: '#main', swap: 'none' }})")
    bobs.wait_for_url(f"**/account/login/?next={made.get_absolute_url()}")


# --- Forms and the focus ----------------------------------------------------------------------------------------------


def test_a_filter_by_keyboard_is_sent_when_it_is_chosen(bobs: Page, team: Team, live_server: Any) -> None:
    factories.make_project(team, title="Harbour")
    open_page(bobs, live_server, "/t/harbour/projects/")
    state = bobs.get_by_label("State")
    state.focus()
    for _ in range(2):
        state.press("ArrowDown")
    assert "?" not in bobs.url
    expect(bobs.get_by_role("button", name="Show")).to_be_visible()
    state.press("Enter")
    bobs.wait_for_url("**/projects/?q=&state=ready&kind=")
    expect(bobs.get_by_label("State")).to_be_focused()
    expect(bobs.get_by_label("State")).to_have_value("ready")
    # On to the next one: that sends it too, and the person is where they went.
    bobs.get_by_label("State").press("ArrowUp")
    bobs.keyboard.press("Tab")
    bobs.wait_for_url("**/projects/?q=&state=busy&kind=")
    expect(bobs.get_by_label("Kind")).to_be_focused()
    # By the pointer (or any other way that is no key) at once.
    bobs.mouse.click(5, 5)
    bobs.get_by_label("Kind").select_option("captions")
    bobs.wait_for_url("**/projects/?q=&state=busy&kind=captions")
    expect(bobs.locator("#announcer")).to_contain_text("Projects")


def test_decisions_in_quick_succession_are_all_taken(bobs: Page, team: Team, live_server: Any) -> None:
    made = factories.make_project(team)
    clip = factories.make_clip(made, title="First")
    factories.make_clip(made, title="Second", virality_total=10)
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)
        if len(held) > 1:
            route.continue_()

    bobs.route("**/decide/*", hold)
    open_page(bobs, live_server, "/t/harbour/clips/")
    bobs.locator(f"#clip-{clip.pk} .clip-open").focus()
    with bobs.expect_request("**/decide/*"):
        bobs.keyboard.press("a")
    bobs.keyboard.press("u")
    with bobs.expect_response("**/decide/*"):
        held[0].continue_()
    with bobs.expect_response("**/decide/*"):
        pass
    expect(bobs.locator(f"#decide-{clip.pk}")).to_have_attribute("data-decision", "undecided")
    clip.refresh_from_db()
    assert clip.decision == Decision.UNDECIDED

    # A text that is marked beyond the edge closes no dialog; a click beside it does.
    bobs.keyboard.press("?")
    keys = bobs.locator("#gallery-keys")
    expect(keys).to_be_visible()
    box = keys.bounding_box()
    assert box
    bobs.mouse.move(box["x"] + 40, box["y"] + 90)
    bobs.mouse.down()
    bobs.mouse.move(box["x"] - 40, box["y"] + 90)
    bobs.mouse.up()
    expect(keys).to_be_visible()
    bobs.mouse.click(box["x"] - 40, box["y"] + 90)
    expect(keys).to_be_hidden()
    assert len(held) == 2


def test_the_focus_goes_on_when_its_place_is_replaced(bobs: Page, team: Team, live_server: Any) -> None:
    made = factories.make_project(team)
    for number in range(30):
        factories.make_clip(made, title=f"Clip number {number}", virality_total=90 - number)
    open_page(bobs, live_server, "/t/harbour/clips/")
    bobs.locator("#tab-undecided").press("Enter")
    expect(bobs.locator("#tab-undecided")).to_have_attribute("aria-current", "true")
    expect(bobs.locator("#tab-undecided")).to_be_focused()
    bobs.get_by_role("link", name="More clips").press("Enter")
    expect(bobs.get_by_role("link", name="Clip number 24")).to_be_focused()

    # Away and back: the same cards, at the same place, and the page's name is heard.
    bobs.get_by_role("link", name="Clip number 28").scroll_into_view_if_needed()
    place = bobs.evaluate("scrollY")
    assert place > 500
    bobs.get_by_role("link", name="Clip number 28").click()
    expect(bobs.get_by_role("heading", name="Clip number 28", level=1)).to_be_visible()
    bobs.go_back()
    expect(bobs.locator("#clip-cards").get_by_role("link", name="Clip number 28")).to_be_in_viewport()
    assert abs(bobs.evaluate("scrollY") - place) < 5
    expect(bobs.locator("#announcer")).to_contain_text("Clips · Clipdesk")
    assert is_same_document(bobs)

    # Back to a page that does not come.
    provoke(bobs, "502", "ERR_FAILED")
    bobs.get_by_role("link", name="Clip number 28").click()
    expect(bobs.get_by_role("heading", name="Clip number 28", level=1)).to_be_visible()
    bobs.route("**/t/harbour/clips/?*", lambda route: route.abort())
    bobs.go_back()
    expect(bobs.locator(".toast")).to_contain_text("The server cannot be reached")
    bobs.unroute("**/t/harbour/clips/?*")


def test_start_is_busy_until_the_project_is_there(
    bobs: Page, team: Team, api_key: ApiKey, sandbox: Any, live_server: Any
) -> None:
    held: list[Route] = []
    posts: list[str] = []

    def hold(route: Route) -> None:
        if route.request.method == "POST":
            posts.append(route.request.url)
            if not held:
                held.append(route)
                return
        route.continue_()

    bobs.route("**/projects/new/", hold)
    bobs.route("**/uploads/*/?node=*", lambda route: route.abort())
    provoke(bobs, "ERR_FAILED", "422")
    open_page(bobs, live_server, "/t/harbour/projects/new/")
    video = {"name": "talk.mp4", "mimeType": "video/mp4", "buffer": b"\0\0\0\x18ftypisom" + bytes(200)}
    bobs.locator("#new-project input[type=file]").set_input_files(video)  # type: ignore[arg-type]
    bobs.get_by_label("Title").fill("")
    start = bobs.get_by_role("button", name="Start")
    with bobs.expect_request("**/projects/new/"):
        bobs.get_by_label("Title").press("Enter")
    expect(start).to_have_attribute("aria-busy", "true")
    start.click(force=True)
    with bobs.expect_response("**/projects/new/"):
        held[0].continue_()
    # Refused: it is free, and what is wrong is read with the field.
    expect(start).not_to_have_attribute("aria-busy", "true")
    title = bobs.get_by_label("Title")
    expect(title).to_be_focused()
    expect(title).to_have_attribute("aria-describedby", re.compile("script-error-title"))
    title.fill("A talk")
    start.click()
    expect(bobs.get_by_role("heading", name="A talk")).to_be_visible()
    assert len(posts) == 2
    assert Project.objects.count() == 1

    # What was said while the page changed is heard together with its name.
    made = factories.make_project(team, title="Another talk", api_key=api_key)
    open_page(bobs, live_server, made.get_absolute_url())
    bobs.get_by_role("button", name="Check now").click()
    expect(bobs.locator("#announcer")).to_contain_text("Another talk · Clipdesk")
    expect(bobs.locator("#announcer")).to_contain_text("this page shows what it answers")
