"""The upload tray in each state that the desk, another tab or a lost session can bring it into. The desk's answers to
the bytes are given here, so that nothing has to be waited for."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from playwright.sync_api import FilePayload, Locator, Page, Route, expect

from dashboard.models import Role, Team, User
from projects_app.models import Project, Upload
from tests import factories
from tests.browser.here import go, is_same_document, open_page, provoke

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(120)]

BYTES = bytes(5000)
FILE: FilePayload = {"name": "talk.mp4", "mimeType": "video/mp4", "buffer": BYTES}
TUS = {"Tus-Resumable": "1.0.0"}
HOLD = None


class Desk:
    """Answers to PATCH and DELETE, one after the other; HOLD never answers."""

    def __init__(self, page: Page) -> None:
        self.patches: list[dict[str, Any] | None] = []
        self.deletes: list[dict[str, Any]] = []
        self.asked: list[str] = []
        self.tokens: list[str] = []
        page.route(re.compile(r"/uploads/[0-9a-f-]{36}/"), self.answer)

    def answer(self, route: Route) -> None:
        request = route.request
        self.asked.append(request.method)
        if request.method == "HEAD":
            return route.fulfill(status=200, headers=TUS | {"Upload-Offset": "0", "Upload-Length": str(len(BYTES))})
        if request.method == "DELETE":
            how = self.deletes.pop(0)
            if how["status"] == 204:
                Upload.objects.update(state="cancelled")
            return route.fulfill(**how)
        self.tokens.append(request.headers.get("x-csrftoken", ""))
        how = self.patches.pop(0) if self.patches else HOLD
        return route.fulfill(**how) if how else None


@pytest.fixture
def upload(team: Team, bob: User) -> Upload:
    made = factories.make_project(team, title="A talk", state="draft", upstream_id="", upstream_status="")
    return factories.make_upload(made, size=len(BYTES), created_by=bob, fingerprint="talk.mp4|5000|0")


@pytest.fixture
def item(bobs: Page) -> Locator:
    return bobs.locator(".tray-item").filter(has_text="A talk")


def choose(item: Locator, file: FilePayload = FILE) -> None:
    item.locator("[data-part=file]").set_input_files(file)


def begin(page: Page, live_server: Any, upload: Upload, item: Locator) -> None:
    """The tray knows the upload, and its file is given to it as a form does."""
    open_page(page, live_server, "/t/harbour/projects/")
    expect(item).to_contain_text("Choose talk.mp4 again")
    page.evaluate(
        """([id, uploadUrl, projectUrl]) => document.dispatchEvent(new CustomEvent("upload:start", { detail: {
            file: new File([new Uint8Array(5000)], "talk.mp4", { lastModified: 0 }),
            title: "A talk", uploadId: id, uploadUrl, projectUrl } }))""",
        [str(upload.pk), f"/t/harbour/uploads/{upload.pk}/?node=test", upload.project.get_absolute_url()],
    )


def test_its_link_keeps_the_upload_going(bobs: Page, live_server: Any, upload: Upload, item: Locator) -> None:
    Desk(bobs)
    begin(bobs, live_server, upload, item)
    expect(item).to_have_attribute("data-phase", "sending")
    item.get_by_role("link", name="A talk").click()
    expect(bobs.get_by_role("heading", name="A talk")).to_be_visible()
    assert is_same_document(bobs)
    expect(item).to_have_attribute("data-phase", "sending")
    go(bobs, "Projects")
    expect(bobs.get_by_role("heading", name="Projects", exact=True)).to_be_visible()
    assert is_same_document(bobs)


def test_a_cancel_that_fails_stops_nothing(bobs: Page, live_server: Any, upload: Upload, item: Locator) -> None:
    provoke(bobs, "500")
    desk = Desk(bobs)
    begin(bobs, live_server, upload, item)
    expect(item).to_have_attribute("data-phase", "sending")
    broken: list[str] = []
    bobs.on("requestfailed", lambda request: broken.append(request.method))
    desk.deletes = [{"status": 500}, {"status": 204, "headers": TUS}]
    cancel = bobs.locator("#upload-cancel")
    item.locator("[data-part=cancel]").click()
    cancel.get_by_role("button", name="Cancel the upload").click()
    expect(bobs.locator(".toast")).to_contain_text("could not be cancelled")
    assert desk.asked[-1] == "DELETE"
    assert "PATCH" not in broken
    expect(item).to_have_attribute("data-phase", "sending")

    # It lives: it can be paused, and goes on.
    item.locator("[data-part=pause]").click()
    expect(item).to_have_attribute("data-phase", "paused")
    with bobs.expect_request(lambda request: request.method == "PATCH"):
        item.locator("[data-part=resume]").click()
    expect(item).to_have_attribute("data-phase", "sending")

    item.locator("[data-part=cancel]").click()
    cancel.get_by_role("button", name="Cancel the upload").click()
    expect(item).to_have_attribute("data-phase", "ended")


def test_another_tab_sends_it(bobs: Page, live_server: Any, upload: Upload, item: Locator) -> None:
    Desk(bobs)
    other = bobs.context.new_page()
    other.goto(f"{live_server.url}/healthz")
    lock = f"navigator.locks.request('upload:{upload.pk}', () => new Promise((free) => (window.free = free)))"
    other.evaluate(f"() => {{ {lock}; }}")
    bobs.add_init_script(
        """window.phases = [];
        const note = () => phases.push(document.querySelector(".tray-item")?.dataset.phase);
        new MutationObserver(note).observe(document, { subtree: true, childList: true, attributes: true });"""
    )
    open_page(bobs, live_server, "/t/harbour/projects/")
    expect(item).to_contain_text("It is being sent from another tab")
    assert "needs-file" not in bobs.evaluate("window.phases")
    # There is nothing here that could go on.
    expect(item.locator("[data-part=resume]")).to_be_hidden()
    other.evaluate("window.free()")
    other.close()
    bobs.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(item).to_contain_text("Choose talk.mp4 again")

    # Only the same file, unchanged.
    choose(item, FILE | {"buffer": bytes(4000)})
    expect(item).to_contain_text("That is another file")
    choose(item)  # its date is that of now
    expect(item).to_contain_text("That is another file")
    Upload.objects.update(fingerprint="")
    open_page(bobs, live_server, "/t/harbour/projects/")
    choose(item)
    expect(item).to_have_attribute("data-phase", "sending")


def test_signed_out_it_goes_on_after_a_sign_in_elsewhere(
    bobs: Page, live_server: Any, upload: Upload, item: Locator
) -> None:
    provoke(bobs, "401")
    desk = Desk(bobs)
    desk.patches = [{"status": 401, "headers": TUS, "body": "Sign in again to go on."}]
    begin(bobs, live_server, upload, item)
    expect(item).to_contain_text("You are signed out. Sign in again in another tab")
    # Whoever signs in gets a new token.
    bobs.context.add_cookies([{"name": "clipdesk_csrf", "value": "n" * 32, "url": live_server.url}])
    with bobs.expect_request(lambda request: request.method == "PATCH"):
        item.locator("[data-part=resume]").click()
    expect(item).to_have_attribute("data-phase", "sending")
    assert desk.tokens[-1] == "n" * 32 != desk.tokens[0]


def test_whoever_is_signed_out_is_asked_no_more(bobs: Page, live_server: Any, upload: Upload, item: Locator) -> None:
    asked: list[str] = []
    bobs.on("request", lambda request: asked.append(request.url) if "/uploads/status/" in request.url else None)
    bobs.clock.install()
    open_page(bobs, live_server, "/t/harbour/clips/")
    expect(item).to_contain_text("Choose talk.mp4 again")
    Session.objects.all().delete()
    with bobs.expect_response(re.compile(r"/account/login/\?next=")):
        bobs.clock.run_for(6_000)
    before = len(asked)
    bobs.clock.run_for(60_000)
    assert len(asked) == before
    # Back in this tab, the person may have signed in again in another.
    with bobs.expect_request("**/uploads/status/*"):
        bobs.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        bobs.clock.run_for(100)


def test_it_says_what_the_desk_says_and_tries_again(
    bobs: Page, live_server: Any, upload: Upload, item: Locator
) -> None:
    provoke(bobs, "507", "ERR_FAILED")
    # The library cannot be loaded: twice, and the line is given back each time.
    bobs.route("**/tus.min.js", lambda route: route.abort())
    desk = Desk(bobs)
    begin(bobs, live_server, upload, item)
    expect(item).to_have_attribute("data-phase", "waiting")
    with bobs.expect_request("**/tus.min.js"):
        bobs.evaluate("window.dispatchEvent(new Event('online'))")
    bobs.wait_for_function(
        "navigator.locks.query().then(({ held }) => !held.some(({ name }) => name.startsWith('upload-line')))"
    )

    bobs.unroute("**/tus.min.js")
    bobs.clock.install()
    full = {"status": 507, "headers": TUS, "body": "Storage is full. The upload is paused; try to go on later."}
    desk.patches = [full, full, {"status": 204, "headers": TUS | {"Upload-Offset": str(len(BYTES))}}]
    with bobs.expect_response(lambda answer: answer.status == 507):
        bobs.evaluate("window.dispatchEvent(new Event('online'))")
    with bobs.expect_response(lambda answer: answer.status == 507):
        bobs.clock.run_for(100)
    expect(item).to_contain_text(f"{full['body']} It is tried again by itself.")
    with bobs.expect_response(lambda answer: answer.status == 204):
        bobs.clock.run_for(2_000)
    expect(item).to_have_attribute("data-phase", "sending")
    expect(item).not_to_contain_text("Storage is full")


def test_the_tray_goes_with_the_team(bobs: Page, live_server: Any, upload: Upload, bob: User, other_team: Team) -> None:
    factories.make_member(other_team, Role.EDITOR, user=bob)
    other: Project = factories.make_project(other_team, title="Of the others", state="draft")
    factories.make_upload(other, created_by=bob)
    open_page(bobs, live_server, "/t/harbour/projects/")
    expect(bobs.locator(".tray-item")).to_have_count(1)
    bobs.locator(".team-switch summary").first.click()
    bobs.get_by_role("link", name="Other Shore").first.click()
    expect(bobs.locator(".tray-item").filter(has_text="Of the others")).to_be_visible()
    assert is_same_document(bobs)


def test_ones_own_pages_keep_the_upload_going(bobs: Page, live_server: Any, upload: Upload, item: Locator) -> None:
    Desk(bobs)
    begin(bobs, live_server, upload, item)
    bobs.locator(".topbar-end .avatar").click()
    bobs.get_by_role("link", name="Account", exact=True).click()
    bobs.locator("#theme").get_by_label("Dark").check()
    bobs.get_by_role("button", name="Save").click()
    expect(bobs.locator(".toast")).to_contain_text("Saved.")
    expect(bobs.locator("html")).to_have_attribute("data-theme", "dark")
    for name in ("Password", "Sessions"):
        bobs.get_by_role("navigation", name="Account").get_by_role("link", name=name).click()
        expect(bobs.get_by_role("navigation", name="Account").get_by_role("link", name=name)).to_have_attribute(
            "aria-current", "page"
        )
    assert is_same_document(bobs)
    expect(item).to_have_attribute("data-phase", "sending")
