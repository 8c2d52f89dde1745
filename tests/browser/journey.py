"""The main job as a person does it: each step finds things by what is written on them, and waits for what is shown."""

from __future__ import annotations

import re
import time
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from tests.desk import Desk

# Spoken by the test's own video; long enough for a clip, short enough for a test on two cores.
SCRIPT = (
    "Do you want to know why most recordings are never watched to the end? [pause 500] "
    "I asked forty editors, and all of them gave the same answer. "
    "The first sentence must make a promise. [pause 600] "
    "When the promise is clear, people stay until you keep it. "
    "So write the last sentence first, and then cut everything that does not lead there. [pause 700] "
    "Three short clips are better than one long lecture. "
    "Try it tomorrow morning, and count how many people stay."
)
SAID = ["recordings", "editors", "promise", "sentence", "lecture", "tomorrow"]


def film(path: Path, script: str = SCRIPT) -> Path:
    """A talking head made here and now: synthesised speech, a drawn face, H.264 and AAC."""
    from sandbox.media.samples import make_talking_head

    return make_talking_head(path, script)


def sign_in(page: Page, desk: Desk) -> None:
    page.goto(f"{desk.url}/")
    page.get_by_label("Email").fill(desk.email)
    page.get_by_label("Password", exact=True).fill(desk.password)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page).to_have_url(re.compile(r"/t/[a-z-]+/$"))


def new_project(page: Page) -> None:
    """From any page to the form of a new project."""
    page.get_by_role("link", name="Projects", exact=True).first.click()
    # The page before has such a link too, and a press on one page that is let go on another is no click.
    expect(page.get_by_role("heading", name="Projects", exact=True)).to_be_visible()
    page.get_by_role("link", name="New project").first.click()
    expect(page.get_by_role("heading", name="New project")).to_be_visible(timeout=15_000)


def choose_key(page: Page, label: str) -> None:
    """Waits for the lists of its account: what is chosen before they are there would go with the old ones."""
    select = page.locator("#new-project [name=api_key]")
    value = select.locator("option").filter(has_text=label).get_attribute("value")
    page.locator("#options").evaluate("options => options.toggleAttribute('data-old', true)")
    select.select_option(value)
    expect(page.locator("#options:not([data-old])")).to_be_visible()
    expect(select).to_have_value(str(value))


def begin_video(page: Page, video: Path, *, title: str, kind: str = "Magic Clips", key: str = "") -> None:
    """From any page to the form of a new project, its file chosen; `key`: the label of another key than the default."""
    new_project(page)
    page.get_by_role("radio", name=re.compile(f"^{kind}")).check()
    page.locator("#new-project input[type=file]").set_input_files(video)
    page.get_by_label("Title").fill(title)
    if key:
        choose_key(page, key)


def begin_address(page: Page, address: str, *, title: str, kind: str, language: str, key: str) -> None:
    """The same for a link, or for a YouTube video."""
    new_project(page)
    door, name = ("YouTube", "youtube_url") if "youtube" in address else ("Link", "video_url")
    page.locator("#field-source").get_by_role("radio", name=re.compile(f"^{door}")).check()
    page.get_by_role("radio", name=re.compile(f"^{kind}")).check()
    page.locator(f"[name={name}]").fill(address)
    page.get_by_label("Title").fill(title)
    choose_key(page, key)
    page.get_by_label("Spoken language").select_option(language)


def drop_video(page: Page, video: Path, *, title: str, kind: str = "Magic Clips", once_more: bool = False) -> None:
    """From any page to the page of the new project, with its file on the way. `once_more`: the team has it already."""
    begin_video(page, video, title=title, kind=kind)
    page.get_by_role("button", name="Start", exact=True).click()
    if once_more:
        page.get_by_label("Start it once more").check()
        page.get_by_role("button", name="Start", exact=True).click()
    expect(page.get_by_role("heading", name=title)).to_be_visible()


def status_of(page: Page) -> Locator:
    return page.locator("#project-meta .status")


def wait_until_ready(page: Page, *, seconds: float = 120) -> None:
    """The page itself must tell, without a reload."""
    expect(status_of(page)).to_have_text("Ready", timeout=seconds * 1000)


def plays(page: Page, video: Locator, *, seconds: float = 0.4) -> float:
    """Really plays: time advances and pictures are decoded. Returns how far it came, in seconds."""
    video.scroll_into_view_if_needed()
    video.evaluate("v => { v.muted = true; return v.play() }")
    until = time.monotonic() + 60
    while True:
        at = float(video.evaluate("v => v.currentTime"))
        if at > seconds and int(video.evaluate("v => v.videoWidth")) > 0 or time.monotonic() > until:
            break
        page.wait_for_timeout(100)
    video.evaluate("v => v.pause()")
    assert at > seconds, "the video does not play"
    return at


def colours_rest(page: Page) -> None:
    """They fade for 120 ms, and half-way they are no contrast."""
    page.evaluate(
        "() => Promise.allSettled(document.getAnimations()"
        ".filter((each) => each.effect.getComputedTiming().endTime !== Infinity).map((each) => each.finished))"
    )


def number_in(text: str) -> int:
    """The whole number in a text with thin-space thousands."""
    return int(re.sub(r"[^0-9]", "", text) or -1)
