"""The media library: files are dropped, go on while their person is elsewhere, and become ready by themselves."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from sandbox.media import library_samples
from tests.browser import journey
from tests.browser.test_upload_tray import slow_down
from tests.desk import Desk

pytestmark = [pytest.mark.xdist_group("desk"), pytest.mark.timeout(300)]

PADDING = 24_000_000
SLOW_LINE = 400_000  # bytes per second: a minute, until it is lifted


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    """The sandbox's samples under names of our own; the video has a padding box behind its end."""
    made = {}
    for name, sample in library_samples.SAMPLES.items():
        path = tmp_path / f"{name}{sample.suffix}"
        sample.make(path)
        made[sample.kind] = path.rename(tmp_path / f"our {sample.kind.lower()}{sample.suffix}")
    with made["VIDEO"].open("ab") as file:
        file.write(PADDING.to_bytes(4, "big") + b"free" + os.urandom(PADDING - 8))
    return made


def open_library(page: Page) -> None:
    page.get_by_role("link", name="Media", exact=True).first.click()
    expect(page.get_by_role("heading", name="Media", exact=True)).to_be_visible()


def card(page: Page, name: str, *, where: str = "#media-library") -> Locator:
    return page.locator(f"{where} .media-card").filter(has_text=name)


def test_files_are_dropped_and_become_ready(page: Page, desk: Desk, files: dict[str, Path], tmp_path: Path) -> None:
    journey.sign_in(page, desk)
    open_library(page)
    slow_down(page, SLOW_LINE)
    wrong = tmp_path / "notes.mp4"
    wrong.write_text("This is text, whatever its name says.")
    page.locator("#media-upload input[type=file]").set_input_files([*files.values(), wrong])

    sending = card(page, "our video.mp4", where=".media-sending")
    expect(sending).to_contain_text("To the desk")
    expect(sending).to_contain_text("To Submagic")
    expect(sending).to_contain_text(re.compile(r"[1-9]\d?\s?%"))
    refused = card(page, "notes.mp4", where=".media-sending")
    expect(refused).to_contain_text("is nothing that the library takes")
    expect(page.locator("#announcer")).to_contain_text("is nothing that the library takes")
    refused.get_by_role("button", name="Dismiss").click()
    expect(refused).to_have_count(0)

    # Another page: it goes on, nobody may reload under it, and it is still there afterwards.
    page.get_by_role("link", name="Clips", exact=True).first.click()
    expect(page.get_by_role("heading", name="Clips", exact=True)).to_be_visible()
    wanted = "() => document.dispatchEvent(new CustomEvent('page:reload-wanted', {cancelable: true}))"
    assert page.evaluate(wanted) is False
    open_library(page)
    expect(sending).to_contain_text(re.compile(r"[1-9]\d?\s?%"))

    slow_down(page, -1)
    for name in ("our video.mp4", "our image.png", "our audio"):
        expect(card(page, name).locator(".status")).to_have_text("Ready", timeout=60_000)
        expect(card(page, name, where=".media-sending")).to_have_count(0)

    picture = card(page, "our image.png").locator("img")
    expect(picture).to_be_visible()
    assert picture.evaluate("img => img.decode().then(() => img.naturalWidth)") > 100
    sound = card(page, "our audio").locator("audio")
    sound.evaluate("audio => { audio.muted = true; return audio.play(); }")
    page.wait_for_function("() => [...document.querySelectorAll('audio')].some((audio) => audio.currentTime > 0.2)")
    sound.evaluate("audio => audio.pause()")

    page.get_by_label("Type").select_option(label="Video")
    expect(card(page, "our image.png")).to_have_count(0)
    card(page, "our video.mp4").get_by_role("link", name="our video.mp4").click()
    expect(page.get_by_role("heading", name="our video.mp4")).to_be_visible()
    journey.plays(page, page.locator(".media-stage video"))
    expect(page.get_by_text("Where it is used")).to_be_visible()


def test_a_sample_is_fetched_by_its_link(page: Page, desk: Desk) -> None:
    page.expected_problems = ["422"]  # type: ignore[attr-defined]  # the refused link
    journey.sign_in(page, desk)
    open_library(page)
    sandbox = desk.url.rpartition(":")[0] + f":{desk.port + 1}"
    page.get_by_label("Link to a video or a picture").fill("https://www.tiktok.com/@harbour/video/1")
    page.get_by_role("button", name="Add by link").click()
    expect(page.get_by_text(re.compile("cannot fetch media from www.tiktok.com"))).to_be_visible()
    expect(page.get_by_label("Link to a video or a picture")).to_be_focused()
    page.get_by_label("Link to a video or a picture").fill(f"{sandbox}/submagic/samples/hills-picture.png")
    page.get_by_role("button", name="Add by link").click()
    added = card(page, "hills-picture.png").first
    expect(added).to_be_visible()
    expect(added.locator(".status")).to_have_text("Ready", timeout=60_000)


def test_it_fits_a_phone(page: Page, desk: Desk) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    journey.sign_in(page, desk)
    page.get_by_text("More", exact=True).click()
    page.locator(".nav-more").get_by_role("link", name="Media").click()
    expect(page.get_by_role("heading", name="Media", exact=True)).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0
