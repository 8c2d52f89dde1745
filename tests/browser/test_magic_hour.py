"""Videos of Magic Hour as a person meets them: added by their ids, followed, watched, reviewed and deleted there. The
sandbox renders the films; the desk's worker follows them."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser import journey
from tests.desk import Desk

pytestmark = [pytest.mark.xdist_group("desk"), pytest.mark.timeout(180)]


def axe_clean(page: Page) -> None:
    page.expected_problems.append("Applying inline style")  # type: ignore[attr-defined]  # axe's own probing
    journey.colours_rest(page)
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    assert found == [], [(each["id"], each["nodes"][0]["html"]) for each in found]


def add(page: Page, ids: str) -> None:
    page.goto(re.sub(r"/t/([a-z-]+)/.*", r"/t/\1/projects/import/", page.url))
    page.get_by_label("Ids or links").fill(ids)
    key = page.get_by_label("API key of its account")
    key.select_option(label=key.locator("option").filter(has_text="Magic Hour").inner_text())
    page.get_by_role("button", name="Add", exact=True).click()


def test_two_videos_are_added_followed_reviewed_and_one_is_deleted(page: Page, desk: Desk) -> None:
    page.expected_problems.append("409")  # type: ignore[attr-defined]  # one of the ids is nobody's
    journey.sign_in(page, desk)
    add(page, "sample-meadow\nsample-broken\nnot-there-at-all")
    expect(page.get_by_role("heading", name="2 projects are here now")).to_be_visible(timeout=30_000)
    expect(page.get_by_text("not-there-at-all: Magic Hour does not know this project")).to_be_visible()
    expect(page.get_by_label("Ids or links")).to_have_value("not-there-at-all")
    axe_clean(page)

    page.get_by_role("link", name="A dog in a meadow").click()
    journey.wait_until_ready(page, seconds=60)
    expect(page.get_by_text("Text to video")).to_be_visible()
    expect(page.get_by_role("heading", name="Downloads")).to_be_visible()
    journey.plays(page, page.locator(".project-player video"))
    axe_clean(page)
    address = page.url

    page.get_by_role("link", name="Review", exact=True).click()
    expect(page.get_by_text("it posts only what it made itself")).to_be_visible()
    axe_clean(page)
    clip = page.url
    page.get_by_role("button", name="Keep in the archive").click()
    expect(page.get_by_role("link", name="Kept in the archive")).to_be_visible(timeout=60_000)
    axe_clean(page)
    with page.expect_response("**/decide/*"):
        page.keyboard.press("a")
    page.goto(clip)  # there may be another one to go on with
    expect(page.locator(".decide-said")).to_contain_text("Approved")

    page.set_viewport_size({"width": 360, "height": 780})
    page.emulate_media(color_scheme="dark")
    page.goto(address)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "the page is wider than a phone"
    axe_clean(page)
    page.get_by_role("link", name="Delete at Magic Hour").click()
    page.get_by_label("Type “delete” to confirm").fill("delete")
    axe_clean(page)
    page.get_by_role("button", name="Delete for good").click()
    expect(page.get_by_text("It is deleted at Magic Hour.", exact=True)).to_be_visible()
    expect(journey.status_of(page)).to_have_text("Deleted")
    expect(page.locator(".project-player")).to_have_count(0)

    # The film is gone there; the copy plays on, and is saved from the desk.
    page.goto(clip)
    assert "/archive/" in (page.locator("[data-video]").get_attribute("src") or "")
    journey.plays(page, page.locator("[data-video]"))
    page.get_by_role("link", name="Kept in the archive").click()
    row = page.locator(".archive-row").filter(has_text="A dog in a meadow")
    expect(row).to_contain_text("Magic Hour")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "the page is wider than a phone"
    axe_clean(page)
    with page.expect_download() as saved:
        row.get_by_role("link", name="Download").click()
    assert saved.value.suggested_filename == "a-dog-in-a-meadow.mp4"
    assert saved.value.path().read_bytes()[4:8] == b"ftyp"
    row.get_by_role("link", name="Take out").click()
    expect(page.get_by_text("this copy is the last one that the desk knows of")).to_be_visible()
    axe_clean(page)
    page.get_by_role("button", name="Take out").click()
    expect(page.locator(".toast")).to_contain_text("was taken out of the archive")
    expect(row).to_have_count(0)


def test_what_failed_there_says_why(page: Page, desk: Desk) -> None:
    journey.sign_in(page, desk)
    add(page, "sample-broken")
    expect(journey.status_of(page)).to_have_text("Failed", timeout=30_000)
    expect(page.get_by_text("No face was found in the source video.").first).to_be_visible()
    axe_clean(page)


def test_the_keys_page_asks_for_the_credits_by_itself(page: Page, desk: Desk) -> None:
    journey.sign_in(page, desk)
    page.goto(re.sub(r"/t/([a-z-]+)/.*", r"/t/\1/settings/keys/", page.url))
    expect(page.get_by_text(re.compile(r"\d credits · Pro"))).to_be_visible(timeout=30_000)
    axe_clean(page)
