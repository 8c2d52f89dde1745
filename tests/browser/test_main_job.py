"""The main job, end to end, in real Chromium against the desk that script/server starts.

A talking-head MP4 made here becomes captioned clips and a searchable transcript; one clip is approved, published, and
its numbers come back. On PostgreSQL the same run uses Redis for the queue, so that both ways of standing are proven.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser import journey
from tests.desk import Desk

pytestmark = [pytest.mark.xdist_group("desk"), pytest.mark.timeout(420)]


@pytest.fixture(scope="session")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return journey.film(tmp_path_factory.mktemp("film") / "talk.mp4")


def test_a_talking_head_becomes_reviewed_published_measured_clips(page: Page, desk: Desk, video: Path) -> None:
    journey.sign_in(page, desk)
    journey.drop_video(page, video, title="Why people stay")

    # Both legs are shown while it goes up, and the page tells by itself when all is done.
    expect(page.get_by_text("talk.mp4").first).to_be_visible()
    journey.wait_until_ready(page)

    # The gallery: clips that play, with scores.
    page.get_by_role("link", name="Review clips").click()
    cards = page.locator(".clip-card")
    expect(cards.first).to_be_visible()
    assert journey.plays(page, cards.first.locator("video")) > 0
    score = journey.number_in(cards.first.locator(".score-number").first.text_content() or "")
    assert 0 < score <= 100
    # htmx swaps in place: the same page, one clip fewer to decide.
    title = cards.first.locator(".clip-title").inner_text()
    cards.first.get_by_role("button", name="Approve").click()
    expect(cards.filter(has_text=title).get_by_text("Approved")).to_be_visible()
    expect(page.get_by_role("link", name=re.compile(r"^Approved"))).to_contain_text("1")

    # The clip's page: its words light up as they are spoken, and a click on a word moves the player.
    cards.filter(has_text=title).locator(".clip-open").click()
    expect(page.get_by_role("heading", name=title, exact=True)).to_be_visible()
    words = page.locator("#words")
    expect(words).to_be_visible()
    spoken = words.inner_text().lower()
    assert sum(word in spoken for word in journey.SAID) >= 2, spoken
    player = page.locator("video[data-video]")
    word = words.locator("a").filter(has_text=re.compile(r"^\w{5,}$")).nth(3)
    # A word is lit for as long as it is spoken only.
    player.evaluate("v => { v.playbackRate = 0.1 }")
    word.click()
    expect(word).to_have_class(re.compile(r"\b(is-)?(lit|spoken|now)\b"), timeout=15_000)
    assert float(player.evaluate("v => v.currentTime")) > 0.2
    player.evaluate("v => v.pause()")

    # The transcript is found by what was said.
    page.get_by_role("searchbox", name="Search transcripts").fill("promise")
    page.keyboard.press("Enter")
    expect(page.locator("mark").first).to_have_text(re.compile("promise", re.IGNORECASE))
    expect(page.get_by_text("Why people stay").first).to_be_visible()

    # Publish the approved clip to two platforms.
    page.get_by_role("link", name="Clips", exact=True).first.click()
    page.get_by_role("link", name=re.compile(r"^Approved")).click()
    expect(page.get_by_role("link", name=re.compile(r"^Approved"))).to_have_attribute("aria-current", "true")
    page.locator(".clip-open").first.click()
    page.get_by_role("link", name="Publish", exact=True).click()
    page.get_by_label("YouTube", exact=True).check()
    page.get_by_label("TikTok", exact=True).check()
    page.locator(".compose-part").filter(has_text="TikTok").get_by_label("Caption").fill("Watch until the end")
    page.get_by_role("button", name="Publish now").click()
    # Each platform's own state arrives by itself from the feed.
    expect(page.get_by_text("Published", exact=True).first).to_be_visible(timeout=60_000)

    # Analytics: totals, platforms and the post's row, with numbers that people can read.
    page.get_by_role("link", name="Analytics", exact=True).first.click()
    expect(page.get_by_role("heading", name="Analytics", exact=True)).to_be_visible()
    row = page.locator("table tbody tr").filter(has_text="YouTube").first
    for _ in range(30):
        page.reload()
        if row.count() and journey.number_in(row.locator("td").nth(1).inner_text()) > 0:
            break
        page.wait_for_timeout(1000)
    assert journey.number_in(row.locator("td").nth(1).inner_text()) > 0
    expect(page.locator("table tbody tr").filter(has_text="TikTok").first).to_be_visible()
    expect(page.get_by_text("Sandbox numbers come from a model")).to_be_visible()

    # One curve per post, from the measurements of each sync; each platform's numbers come at their own time.
    page.locator(".analytics-post").filter(has_text="YouTube").first.click()
    expect(page.locator("svg path, canvas").first).to_be_visible()
    first = page.locator("table tbody tr").first
    expect(first).to_be_visible()


def test_a_file_that_is_no_video_is_refused_before_anything_is_sent(page: Page, desk: Desk, tmp_path: Path) -> None:
    journey.sign_in(page, desk)
    wrong = tmp_path / "notes.mp4"
    wrong.write_bytes(b"These are the minutes of a meeting, not a recording. " * 50)
    empty = tmp_path / "empty.mp4"
    empty.write_bytes(b"")

    page.goto(f"{desk.url}/t/demo/projects/new/")
    page.locator("#new-project input[type=file]").set_input_files(wrong)
    expect(page.locator("#file-error")).to_contain_text("does not begin like an MP4 or MOV")
    page.locator("#new-project input[type=file]").set_input_files(empty)
    expect(page.locator("#file-error")).to_contain_text("0 bytes")
