"""An upload on a slow line: it goes on across pages, pauses, survives a reload, and knows its own file again."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from pathlib import Path
from weakref import WeakKeyDictionary

import pytest
from playwright.sync_api import Browser, CDPSession, Page, expect
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from tests.browser import journey
from tests.desk import Desk

pytestmark = [pytest.mark.xdist_group("desk"), pytest.mark.timeout(300)]

PADDING = 60_000_000
SLOW_LINE = 3_000_000  # bytes per second: about twenty seconds in all
GONE = "410 (Gone)"  # the bytes that were on their way when their upload was cancelled


@pytest.fixture
def large(tmp_path: Path) -> Path:
    """A talking head with a padding box behind its end: large to send, short to transcribe."""
    path = journey.film(tmp_path / "long talk.mp4", "This recording is sent on a slow line. It must still arrive once.")
    with path.open("ab") as file:
        file.write(PADDING.to_bytes(4, "big") + b"free" + os.urandom(PADDING - 8))
    return path


_lines: WeakKeyDictionary[Page, CDPSession] = WeakKeyDictionary()


def slow_down(page: Page, bytes_per_second: int) -> None:
    # One session for a page: what another one asked for would stay in force beside it.
    session = _lines.get(page)
    if session is None:
        session = _lines[page] = page.context.new_cdp_session(page)
        session.send("Network.enable")
    session.send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": bytes_per_second},
    )


def test_it_goes_on_across_pages_and_resumes_after_a_reload(
    page: Page, desk: Desk, large: Path, tmp_path: Path
) -> None:
    page.on("dialog", lambda dialog: dialog.accept())  # 'leave page?' while it is sending
    journey.sign_in(page, desk)
    slow_down(page, SLOW_LINE // 6)  # until it is lifted
    journey.drop_video(page, large, title="Slow line")

    item = page.locator(".tray-item").filter(has_text="Slow line")
    expect(item).to_contain_text("To the desk")
    expect(item).to_contain_text("To Submagic")
    expect(item).to_contain_text(re.compile(r"[1-9]\d?\s?%"), timeout=20_000)

    # Nobody may reload the page under it: a page that wants to is told no.
    wanted = "() => document.dispatchEvent(new CustomEvent('page:reload-wanted', {cancelable: true}))"
    assert page.evaluate(wanted) is False

    # Another page: the upload goes on, in the same tray.
    page.get_by_role("link", name="Clips", exact=True).first.click()
    expect(page.get_by_role("heading", name="Clips", exact=True)).to_be_visible()
    expect(page.locator("#announcer")).to_have_text(re.compile("^Clips"))  # a screen reader hears the new page's name
    expect(item).to_contain_text("To the desk")

    item.locator("[data-part=pause]").click()
    expect(item).to_contain_text("Paused")

    # After a reload the browser has lost the file: it is asked for by name, and a wrong one is told apart.
    page.reload()
    expect(item).to_contain_text(re.compile("long talk.mp4"))
    other = tmp_path / "other.mp4"
    other.write_bytes(large.read_bytes()[:100_000])
    item.locator("[data-part=file]").set_input_files(other)
    expect(item).to_contain_text(re.compile("not the same|another file|different", re.IGNORECASE))
    slow_down(page, -1)
    item.locator("[data-part=file]").set_input_files(large)
    expect(item).to_contain_text("Submagic has it", timeout=60_000)

    item.get_by_role("link", name="Slow line").click()
    journey.wait_until_ready(page)


def cancel_all(page: Page) -> None:
    buttons = page.locator(".tray-item [data-part=cancel]:visible")
    while buttons.count():
        # One that has just arrived has nothing to cancel any more.
        with suppress(PlaywrightTimeout):
            buttons.first.click(timeout=1000)
        sure = page.locator("#upload-cancel").get_by_role("button", name="Cancel the upload")
        if sure.is_visible():
            sure.click()


@pytest.mark.slow
def test_many_files_at_once_wait_for_each_other_and_leave_room_for_pages(
    page: Page, desk: Desk, tmp_path: Path
) -> None:
    """A browser opens six connections to a host; uploads that take them all would keep every page from coming."""
    page.on("dialog", lambda dialog: dialog.accept())
    page.expected_problems.extend(["409 (Conflict)", GONE])  # type: ignore[attr-defined]
    film = journey.film(tmp_path / "one.mp4", "Several recordings are dropped at once.").read_bytes()
    names = [f"One_of_many_{number}.mp4" for number in range(1, 7)]
    for name in names:
        filler = os.urandom(4_000_000)
        (tmp_path / name).write_bytes(film + (len(filler) + 8).to_bytes(4, "big") + b"free" + filler)
    (tmp_path / "notes.txt").write_bytes(b"no video")
    journey.sign_in(page, desk)
    slow_down(page, SLOW_LINE // 10)
    page.goto(f"{desk.url}/t/demo/projects/new/")
    files = [tmp_path / name for name in (*names, "notes.txt")]
    page.locator("#new-project input[type=file]").set_input_files(files)
    lines = page.locator("[data-chosen] li")
    expect(lines).to_have_count(7)
    expect(lines.filter(has_text="notes.txt")).to_contain_text("not an MP4 or MOV file")
    expect(page.get_by_text("Each becomes a project of its own")).to_be_visible()
    expect(page.get_by_label("Title")).to_be_hidden()
    page.get_by_role("button", name="Start", exact=True).click()

    # What could not be started stays; the others are on their way.
    expect(lines).to_have_count(1)
    expect(lines).to_contain_text("notes.txt")
    items = page.locator(".tray-item").filter(has_text="One of many")
    expect(items).to_have_count(6)
    expect(items.filter(has_text="Waits for the uploads before it.")).to_have_count(3)
    for name in ("Clips", "Projects"):
        page.get_by_role("link", name=name, exact=True).first.click()
        expect(page.get_by_role("heading", name=name, exact=True)).to_be_visible(timeout=10_000)
    expect(page.locator(".project-row").filter(has_text="One of many")).to_have_count(6)

    # The next in the row goes on as soon as one makes room.
    items.first.locator("[data-part=pause]").click()
    expect(items.filter(has_text="Waits for the uploads before it.")).to_have_count(2)

    # The same file once more: what the team has of it is shown before anything is sent.
    page.goto(f"{desk.url}/t/demo/projects/new/")
    page.locator("#new-project input[type=file]").set_input_files(tmp_path / names[0])
    page.get_by_role("button", name="Start", exact=True).click()
    expect(lines).to_contain_text("Your team has a project of this file: One of many 1")
    page.get_by_role("button", name="Start", exact=True).click()
    expect(page.locator("[data-file-error]")).to_contain_text("Tick “Start it once more”")
    again = lines.get_by_role("checkbox", name="Start it once more")
    expect(again).to_be_focused()
    again.check()
    page.get_by_role("button", name="Start", exact=True).click()
    expect(page.get_by_role("heading", name="One of many 1")).to_be_visible()
    expect(items.filter(has_text="One of many 1")).to_have_count(2)
    cancel_all(page)
    expect(page.locator(".tray-item [data-part=cancel]:visible")).to_have_count(0)


@pytest.mark.slow
def test_two_computers_do_not_push_each_other_away(page: Page, desk: Desk, large: Path, browser: Browser) -> None:
    """The one that came last sends; the other one says so, and waits for its person."""
    page.on("dialog", lambda dialog: dialog.accept())
    page.expected_problems.extend(["423 (Locked)", GONE])  # type: ignore[attr-defined]
    journey.sign_in(page, desk)
    slow_down(page, SLOW_LINE // 4)
    journey.drop_video(page, large, title="From two places")
    here = page.locator(".tray-item").filter(has_text="From two places")
    expect(here).to_contain_text(re.compile(r"[1-9]\d?\s?%"), timeout=20_000)
    here.locator("[data-part=pause]").click()

    context = browser.new_context(locale="en-GB")
    second = context.new_page()
    second.on("dialog", lambda dialog: dialog.accept())
    journey.sign_in(second, desk)
    slow_down(second, SLOW_LINE // 4)
    there = second.locator(".tray-item").filter(has_text="From two places")
    expect(there).to_have_attribute("data-phase", "needs-file", timeout=30_000)
    there.locator("[data-part=file]").set_input_files(large)
    expect(there.locator("[data-part=firstNote]")).to_contain_text("/s", timeout=20_000)

    asked: list[str] = []
    second.on("request", lambda request: asked.append(request.method) if "?node=" in request.url else None)
    here.locator("[data-part=resume]").click()
    expect(there).to_contain_text("It is being sent from another place now", timeout=20_000)
    expect(here).to_have_attribute("data-phase", "sending")
    second.wait_for_timeout(5_000)
    assert asked == []
    before = here.locator("progress").first.evaluate("bar => bar.value")
    second.wait_for_timeout(3_000)
    assert here.locator("progress").first.evaluate("bar => bar.value") > before
    cancel_all(page)
    context.close()
