"""An upload between tabs, computers and people: who sends it, who may, and how its line leaves the tray. The desk's
answers to the bytes are given here, as in test_upload_states.py."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from dashboard.models import Membership, Role, Team, User
from projects_app.models import Project, Upload
from tests import factories
from tests.browser.here import open_page, provoke
from tests.browser.test_upload_states import TUS, Desk, begin, choose, item, upload

__all__ = ["item", "upload"]

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(120)]


def look_again(page: Page) -> None:
    """As when its person comes back to this tab."""
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


def keep_asking(upload: Upload) -> None:
    """Another upload of the same person, so that the tray has a reason to ask the desk."""
    made = factories.make_project(upload.team, title="Some film", state="draft")
    factories.make_upload(made, created_by=upload.created_by)


def part(item: Locator, name: str) -> Locator:
    return item.locator(f"[data-part={name}]")


def test_a_paused_upload_can_be_taken_to_another_tab(
    bobs: Page, live_server: Any, upload: Upload, item: Locator
) -> None:
    Upload.objects.update(fingerprint="")  # the date of a file that a test chooses is that of now
    Desk(bobs)
    begin(bobs, live_server, upload, item)
    expect(item).to_have_attribute("data-phase", "sending")
    other = bobs.context.new_page()
    Desk(other)
    open_page(other, live_server, "/t/harbour/projects/")
    there = other.locator(".tray-item").filter(has_text="A talk")
    expect(there).to_contain_text("It is being sent from another tab. Pause it there to go on here.")
    expect(part(there, "choose")).to_be_hidden()

    part(item, "pause").click()
    expect(item).to_have_attribute("data-phase", "paused")
    look_again(other)
    expect(there).to_contain_text("It is paused in another tab. Choose talk.mp4 to go on here from 0")
    with other.expect_request(lambda request: request.method == "PATCH"):
        choose(there)
    expect(there).to_have_attribute("data-phase", "sending")

    # The first tab sees that, and cannot take it back by accident.
    look_again(bobs)
    expect(item).to_contain_text("It is being sent from another tab")
    part(item, "resume").click()
    expect(item).to_have_attribute("data-phase", "elsewhere")

    # What is paused there goes on here.
    part(there, "pause").click()
    expect(there).to_have_attribute("data-phase", "paused")
    look_again(bobs)
    expect(item).to_contain_text("It is paused in another tab. Press “Go on” to go on here.")
    with bobs.expect_request(lambda request: request.method == "PATCH"):
        part(item, "resume").click()
    expect(item).to_have_attribute("data-phase", "sending")
    other.goto("about:blank")
    other.close()


def test_another_sender_is_not_pushed_away(bobs: Page, live_server: Any, upload: Upload, item: Locator) -> None:
    provoke(bobs, "423")
    desk = Desk(bobs)
    desk.patches = [{"status": 423, "headers": TUS, "body": "This upload goes on in another request."}]
    bobs.clock.install()
    begin(bobs, live_server, upload, item)
    expect(item).to_contain_text("It is being sent from another place now")
    before = list(desk.asked)
    bobs.clock.run_for(60_000)
    bobs.evaluate("window.dispatchEvent(new Event('online'))")
    assert desk.asked == before == ["HEAD", "PATCH"]
    with bobs.expect_request(lambda request: request.method == "PATCH"):
        item.get_by_role("button", name="Go on").click()
    expect(item).to_have_attribute("data-phase", "sending")


def test_old_news_does_not_push_another_sender_away(
    bobs: Page, live_server: Any, upload: Upload, item: Locator
) -> None:
    """What the tray asks its browser may be answered from before this tab let go: it must not look like another tab
    that has just closed, after which this one goes on by itself."""
    provoke(bobs, "423")
    desk = Desk(bobs)
    keep_asking(upload)
    desk.patches = [{"status": 423, "headers": TUS, "body": "This upload goes on in another request."}]
    begin(bobs, live_server, upload, item)
    expect(item).to_contain_text("It is being sent from another place now")
    before = list(desk.asked)
    bobs.evaluate(
        """id => {
            const query = navigator.locks.query.bind(navigator.locks);
            navigator.locks.query = async () => {
                navigator.locks.query = query;
                return { held: [{ name: `upload:${id}` }] };
            };
        }""",
        str(upload.pk),
    )
    for _ in range(3):
        with bobs.expect_response("**/uploads/status/*"):
            look_again(bobs)
        bobs.wait_for_timeout(200)
    assert desk.asked == before == ["HEAD", "PATCH"]
    expect(item).to_contain_text("It is being sent from another place now")
    expect(part(item, "resume")).to_be_visible()


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (403, "Only the person who started this upload, or an admin, can go on with it."),
        (410, "“talk.mp4” is damaged or was cut short: it cannot be played."),
        (413, "More bytes than the upload was announced with."),
    ],
)
def test_a_refusal_gives_its_reason_and_a_way_off(
    bobs: Page, live_server: Any, upload: Upload, item: Locator, status: int, said: str
) -> None:
    provoke(bobs, str(status), "403")
    desk = Desk(bobs)
    keep_asking(upload)
    desk.patches = [{"status": status, "headers": TUS, "body": said}]
    begin(bobs, live_server, upload, item)
    expect(item).to_have_attribute("data-phase", "refused")
    expect(item).to_contain_text(f"{said} Nothing more of it is sent; you can take it off the list.")

    # The desk may not let this person cancel: it leaves the list all the same.
    desk.deletes = [{"status": 403, "headers": TUS, "body": "Only an admin may."}]
    part(item, "cancel").click()
    bobs.locator("#upload-cancel").get_by_role("button", name="Cancel the upload").click()
    expect(item).to_contain_text("Only an admin may. Nothing more of it is sent")
    expect(part(item, "cancel")).to_be_hidden()
    with bobs.expect_response("**/uploads/status/*"):
        look_again(bobs)
    expect(part(item, "choose")).to_be_hidden()
    item.get_by_role("button", name="Take off the list").click()
    expect(item).to_have_count(0)
    assert Upload.objects.get(pk=upload.pk).state == "receiving"


def test_what_was_taken_off_stays_off(bobs: Page, live_server: Any, upload: Upload, item: Locator) -> None:
    provoke(bobs, "413")
    desk = Desk(bobs)
    keep_asking(upload)
    desk.patches = [{"status": 413, "headers": TUS, "body": ""}]
    begin(bobs, live_server, upload, item)
    expect(item).to_contain_text("The desk does not take this any more. Nothing more of it is sent")
    item.get_by_role("button", name="Take off the list").click()
    expect(item).to_have_count(0)
    # The desk has it still, and says so.
    with bobs.expect_response("**/uploads/status/*") as answer:
        look_again(bobs)
    assert str(upload.pk) in answer.value.text()
    bobs.wait_for_timeout(100)
    expect(bobs.locator(".tray-item")).to_have_count(1)


def test_a_cancel_shows_at_once_and_is_asked_once(bobs: Page, live_server: Any, upload: Upload, item: Locator) -> None:
    desk = Desk(bobs)
    begin(bobs, live_server, upload, item)
    expect(item).to_have_attribute("data-phase", "sending")
    bobs.route("**/uploads/status/*", lambda route: None)  # the news of it may come late
    held: list[Route] = []
    bobs.route(
        re.compile(r"/uploads/[0-9a-f-]{36}/"),
        lambda route: held.append(route) if route.request.method == "DELETE" else route.fallback(),
    )
    part(item, "cancel").click()
    with bobs.expect_request(lambda request: request.method == "DELETE"):
        bobs.locator("#upload-cancel").get_by_role("button", name="Cancel the upload").click()
    expect(part(item, "cancel")).to_have_attribute("aria-busy", "true")
    part(item, "cancel").click()
    expect(bobs.locator("#upload-cancel")).to_be_hidden()
    held[0].fulfill(status=204, headers=TUS)
    expect(item).to_have_attribute("data-phase", "ended")
    expect(part(item, "remove")).to_be_visible()
    assert len(held) == 1
    assert "DELETE" not in desk.asked


def test_an_upload_that_the_desk_does_not_know(bobs: Page, live_server: Any, upload: Upload, item: Locator) -> None:
    provoke(bobs, "404")
    desk = Desk(bobs)
    desk.patches = [{"status": 404, "headers": TUS, "body": ""}]
    begin(bobs, live_server, upload, item)
    expect(item).to_contain_text("This upload is gone, or you no longer have access to it.")
    expect(part(item, "cancel")).to_be_hidden()
    item.get_by_role("button", name="Take off the list").click()
    expect(item).to_have_count(0)


def test_a_membership_that_ended_leaves_the_other_uploads_alone(
    bobs: Page, live_server: Any, upload: Upload, item: Locator, bob: User, other_team: Team
) -> None:
    provoke(bobs, "404")
    Desk(bobs)
    factories.make_member(other_team, Role.EDITOR, user=bob)
    other: Project = factories.make_project(other_team, title="Of the others", state="draft")
    theirs = factories.make_upload(other, created_by=bob)
    begin(bobs, live_server, upload, item)
    bobs.locator(".team-switch summary").first.click()
    bobs.get_by_role("link", name="Other Shore").first.click()
    there = bobs.locator(".tray-item").filter(has_text="Of the others")
    expect(there).to_contain_text("Choose talk.mp4 again")
    expect(item).to_have_attribute("data-phase", "sending")

    # The first in the round is shut; the ones behind it are told all the same.
    Membership.objects.filter(team=other_team, user=bob).delete()
    expect(there).to_contain_text("This upload is gone, or you no longer have access to it.")
    Upload.objects.filter(pk=upload.pk).update(state="cancelled")
    look_again(bobs)
    expect(item).to_have_attribute("data-phase", "ended")
    there.get_by_role("button", name="Take off the list").click()
    expect(there).to_have_count(0)
    assert Upload.objects.filter(pk=theirs.pk).exists()


def test_a_project_that_was_deleted_takes_its_upload_along(
    bobs: Page, live_server: Any, upload: Upload, item: Locator
) -> None:
    Desk(bobs)
    begin(bobs, live_server, upload, item)
    expect(item).to_have_attribute("data-phase", "sending")
    upload.delete()
    look_again(bobs)
    expect(item).to_contain_text("This upload is gone, or you no longer have access to it.")


def test_leaving_while_it_is_sent_asks(bobs: Page, live_server: Any, upload: Upload, item: Locator) -> None:
    Desk(bobs)
    begin(bobs, live_server, upload, item)
    expect(item).to_have_attribute("data-phase", "sending")
    item.locator(".upload-line").click(position={"x": 2, "y": 2})  # browsers ask only people who did something here
    with bobs.expect_event("dialog") as asked:
        bobs.close(run_before_unload=True)
    assert asked.value.type == "beforeunload"
    asked.value.dismiss()
    expect(item).to_have_attribute("data-phase", "sending")

    part(item, "pause").click()
    expect(item).to_have_attribute("data-phase", "paused")
    again: list[str] = []
    bobs.on("dialog", lambda dialog: (again.append(dialog.type), dialog.accept()))
    bobs.goto("about:blank")
    assert again == []
