"""Every option of a project, set in the browser as a person does, against what the sandbox really applied.

The key is entered in the browser as well, so its account is fresh and the record holds nothing but this.
"""

from __future__ import annotations

import hashlib
import json
import re
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.browser import journey
from tests.desk import Desk

pytestmark = [pytest.mark.xdist_group("desk"), pytest.mark.timeout(420)]

SCRIPT = (
    "This is the first tip about the harbour. [pause 900] This is the first tip about the harbour at night. "
    "Write the last sentence first. [pause 900] Then cut everything that does not lead there."
)
PROMPT = 'gulls over "old" boats, it\'s $5 & more'


class Account:
    """A key of its own in the sandbox, and the sandbox's record of what was applied with it."""

    def __init__(self, desk: Desk) -> None:
        self.key = f"sk-{secrets.token_hex(32)}"
        self.label = f"Account {self.key[-6:]}"
        self.client = httpx.Client(
            base_url=f"http://127.0.0.1:{desk.sandbox_port}/submagic", headers={"x-api-key": self.key}, trust_env=False
        )

    def applied(self, endpoint: str) -> list[dict[str, Any]]:
        entries = self.client.get("/_sandbox/applied").json()["applied"]
        return [entry for entry in entries if re.fullmatch(endpoint, entry["endpoint"])]

    def library(self) -> dict[str, str]:
        return {item["type"]: item["id"] for item in self.client.get("/v1/user-media").json()["items"]}


@pytest.fixture
def account(page: Page, desk: Desk) -> Iterator[Account]:
    account = Account(desk)
    journey.sign_in(page, desk)
    page.goto(f"{desk.url}/t/demo/settings/keys/new/")
    page.get_by_label("Label").fill(account.label)
    page.get_by_label("Where it belongs").select_option("sandbox")
    page.get_by_label("API key", exact=True).fill(account.key)
    page.get_by_role("button", name="Test and store").click()
    expect(page.get_by_text(account.label).first).to_be_visible()
    yield account
    account.client.close()


def pick(page: Page, field: str, choice: str) -> None:
    """One of a few choices side by side."""
    page.locator(f"#field-{field}").get_by_role("radio", name=choice, exact=True).check()


def fold_out(page: Page, group: str) -> None:
    details = page.locator(f"#group-{group}")
    if not details.evaluate("d => d.open"):
        details.locator("summary").first.click()


def add_media(page: Page, account: Account, *names: str) -> dict[str, str]:
    """The sandbox's own film and music by their links; returns their ids when the page says that they are ready."""
    page.get_by_role("link", name="Media", exact=True).first.click()
    page.locator(".media-keys").get_by_text(account.label).click()
    expect(page.locator(".media-keys [aria-current]")).to_contain_text(account.label)
    for name in names:
        page.locator("#media-by-link input[name=url]").fill(f"{account.client.base_url}samples/{name}")
        page.get_by_role("button", name="Add by link").click()
        expect(page.locator(".media-card").filter(has_text=name)).to_be_visible()
    cards = page.locator(".media-card[data-state=ready]")
    expect(cards).to_have_count(len(names), timeout=60_000)
    return account.library()


def fill_options(page: Page, media: dict[str, str]) -> None:
    pick(page, "look", "Template")
    page.locator("select[name=template]").select_option("Hormozi 2")
    fold_out(page, "hook_title")
    pick(page, "hook_title", "Own text")
    page.locator("[name=hook_text]").fill("Stop scrolling")
    page.locator("[name=hook_template]").select_option("laura")
    page.locator("[name=hook_top]").fill("45")
    page.locator("[name=hook_size]").fill("32")
    fold_out(page, "cuts")
    pick(page, "silence_pace", "Extra fast")
    pick(page, "bad_takes", "On")
    fold_out(page, "effects")
    pick(page, "magic_zooms", "On")
    pick(page, "clean_audio", "On")
    pick(page, "disable_captions", "Off")
    fold_out(page, "dictionary")
    page.locator("[name=dictionary]").fill("Clipdesk\nSubmagic\nClipdesk\n  Port  Ellen ")
    fold_out(page, "items")
    pick(page, "magic_brolls", "On")
    page.locator("[name=magic_brolls_percentage]").fill("75")
    page.get_by_role("button", name="Add from library").click()
    dialog = page.get_by_role("dialog", name="Choose a video or a picture")
    dialog.get_by_role("button", name="hills.mp4").click()
    expect(dialog).to_be_hidden()
    first = page.locator("[data-broll-row]").nth(0)
    first.locator("[name$=-start]").fill("0:01")
    first.locator("[name$=-end]").fill("2.5")
    expect(first.locator("select[name$=-media]")).to_have_value(media["VIDEO"])
    first.locator(".broll-layout:has([value=pip-top-right])").click()
    expect(first.locator("[value=pip-top-right]")).to_be_checked()
    page.get_by_role("button", name="Add AI B-roll").click()
    second = page.locator("[data-broll-row]").nth(1)
    second.locator("[name$=-start]").fill("2.5")
    second.locator("[name$=-end]").fill("4")
    second.locator("[name$=-prompt]").fill(PROMPT)
    second.locator(".broll-layout:has([value=split-50-50])").click()
    expect(second.locator("[value=split-50-50]")).to_be_checked()
    fold_out(page, "music")
    page.locator("[name=music_media]").select_option(media["AUDIO"])
    page.locator("[name=music_volume]").fill("30")
    page.locator("[name=music_start]").fill("1.5")
    page.locator("[name=music_fade]").first.scroll_into_view_if_needed()


def expected(media: dict[str, str]) -> dict[str, Any]:
    return {
        "title": "Everything at once",
        "language": "en",
        "templateName": "Hormozi 2",
        "hookTitle": {"text": "Stop scrolling", "template": "laura", "top": 45, "size": 32},
        "removeSilencePace": "extra-fast",
        "removeBadTakes": True,
        "magicZooms": True,
        "magicBrolls": True,
        "magicBrollsPercentage": 75,
        "cleanAudio": True,
        "disableCaptions": False,
        "dictionary": ["Clipdesk", "Submagic", "Port Ellen"],
        "items": [
            {
                "type": "user-media",
                "startTime": 1.0,
                "endTime": 2.5,
                "userMediaId": media["VIDEO"],
                "layout": "pip-top-right",
            },
            {"type": "ai-broll", "startTime": 2.5, "endTime": 4.0, "prompt": PROMPT, "layout": "split-50-50"},
        ],
        "music": {"userMediaId": media["AUDIO"], "volume": 30, "startFromTime": 1.5, "fade": True},
    }


def test_every_option_reaches_the_provider_as_it_was_set(
    page: Page, desk: Desk, account: Account, tmp_path: Path
) -> None:
    media = add_media(page, account, "hills.mp4", "four-chords.mp3")
    video = journey.film(tmp_path / "tips.mp4", SCRIPT)
    journey.begin_video(page, video, title="Everything at once", kind="Captions", key=account.label)
    fill_options(page, media)

    # Check: what it would cost and what would be sent; nothing is made by it.
    page.get_by_role("button", name="Check", exact=True).click()
    check = page.locator("#check")
    expect(check).to_contain_text("Nothing was made and nothing was sent")
    expect(check).to_contain_text("AI credits")
    command = check.locator("pre, code, textarea").first
    text = command.input_value() if command.evaluate("e => 'value' in e") else command.inner_text()
    assert "curl" in text
    assert account.key[:20] not in text
    assert account.key[-4:] in text
    assert account.applied(r"/v1/projects.*") == []

    page.get_by_role("button", name="Start", exact=True).click()
    expect(page.get_by_role("heading", name="Everything at once")).to_be_visible()
    journey.wait_until_ready(page, seconds=180)
    [made] = account.applied(r"/v1/projects/upload")
    fields = {name: value for name, value in made["fields"].items() if name != "webhookUrl"}
    # Multipart carries texts; the sandbox notes them as they came or as it understood them.
    assert {name: understood(value) for name, value in fields.items()} == expected(media)
    assert made["file"]["sha256"] == hashlib.sha256(video.read_bytes()).hexdigest()

    # A change afterwards: only what was changed is sent, and the video is out of date until it is exported.
    project = page.url.split("?")[0]
    page.goto(f"{project}edit/")
    fold_out(page, "hook_title")
    page.locator("[name=hook_text]").fill("Look again")
    page.get_by_role("button", name=re.compile("^Send")).click()
    expect(page.get_by_text("does not show the last change").first).to_be_visible(timeout=60_000)
    [change] = account.applied(r"/v1/projects/[^/]+(?<!upload)(?<!export)")
    hook = {"text": "Look again", "template": "laura", "top": 45, "size": 32}
    assert {name: value for name, value in change["fields"].items() if name != "webhookUrl"} == {"hookTitle": hook}

    page.goto(f"{project}exports/")
    before = page.locator(".export").count()
    page.locator('[name=size][value="720x1280"]').check()
    page.get_by_label("Frames per second").fill("24")
    page.get_by_role("button", name="Export", exact=True).last.click()
    expect(page.locator(".export")).to_have_count(before + 1)
    newest = page.locator(".export").first
    expect(newest.get_by_role("link", name="Play")).to_be_visible(timeout=120_000)
    [export] = account.applied(r"/v1/projects/[^/]+/export")
    sent = {name: value for name, value in export["fields"].items() if name != "webhookUrl"}
    assert sent == {"width": 720, "height": 1280, "fps": 24}
    expect(page.get_by_text("does not show the last change")).to_have_count(0)


# --- What cannot stand beside each other, and the other doors ---------------------------------------------------------

THEME, PRESET = "749a19f5-4b45-4b14-bd31-a3970a1a5ff2", "88a08eec-712a-45d0-8d0b-3b631700cb3a"
YOUTUBE = "https://www.youtube.com/watch?v=sandbox0002"
BY_PRESET = "The Submagic preset decides this"
BY_AI_EDIT = "The AI edit template decides this"


def start(page: Page, title: str) -> None:
    page.get_by_role("button", name="Start", exact=True).click()
    expect(page.get_by_role("heading", name=title)).to_be_visible()


def sent(page: Page, account: Account, endpoint: str, title: str) -> dict[str, Any]:
    """The record of the project of this title; it is there within a moment of the click."""
    for _ in range(600):
        for entry in account.applied(endpoint):
            if entry["fields"]["title"] == title:
                return {name: value for name, value in entry["fields"].items() if name != "webhookUrl"}
        page.wait_for_timeout(100)
    raise AssertionError(f"“{title}” did not reach the provider")


def expect_shut(page: Page, option: str, reason: str) -> None:
    """It can be neither seen to nor sent, and says why: beside the field, or in place of the whole group."""
    part = page.locator(f"[data-option={option}]")
    assert part.evaluate("p => p.disabled"), option
    group = page.locator("details[data-group]").filter(has=part)
    if group.evaluate("g => !g.open"):
        group.locator("summary").first.click()
    expect(group.get_by_text(reason).locator("visible=true").first).to_be_visible()


def expect_open(page: Page, *options: str) -> None:
    for option in options:
        assert not page.locator(f"[data-option={option}]").evaluate("p => p.disabled"), option


@pytest.mark.slow
def test_what_the_looks_exclude_is_shut_and_the_other_doors_send_what_was_set(
    page: Page, desk: Desk, account: Account
) -> None:
    """Only what reaches the provider counts here; nobody waits for the videos."""
    [music] = add_media(page, account, "four-chords.mp3").values()
    video = f"{account.client.base_url}samples/two-tips.mp4"

    # Magic Clips from YouTube: lengths, face tracking, a theme; neither a preset nor an AI edit goes with them.
    title = "Clips from YouTube"
    journey.begin_address(page, YOUTUBE, title=title, kind="Magic Clips", language="de", key=account.label)
    for look in ("Submagic preset", "AI edit"):
        expect(page.locator("#field-look").get_by_role("radio", name=look, exact=True)).to_be_disabled()
    expect(page.locator("[data-look-reason]")).to_contain_text("no Submagic preset and no AI edit")
    pick(page, "look", "Own theme")
    page.locator("[name=theme_id]").fill(THEME)
    page.locator("[name=min_clip_length]").fill("15")
    page.locator("[name=max_clip_length]").fill("45")
    pick(page, "face_tracking", "Off")
    start(page, title)
    assert sent(page, account, "/v1/projects/magic-clips", title) == {
        **{"title": title, "language": "de", "youtubeUrl": YOUTUBE, "userThemeId": THEME},
        **{"minClipLength": 15, "maxClipLength": 45, "faceTracking": False},
    }

    # A preset shuts what it decides, also what was set before it was chosen; sound, captions and words go with it.
    title = "With a preset"
    journey.begin_address(page, video, title=title, kind="Captions", language="es", key=account.label)
    fold_out(page, "effects")
    pick(page, "magic_zooms", "On")
    pick(page, "clean_audio", "On")
    pick(page, "disable_captions", "On")
    fold_out(page, "dictionary")
    page.locator("[name=dictionary]").fill("Port Ellen")
    pick(page, "look", "Submagic preset")
    page.locator("[name=preset_id]").fill(PRESET)
    for option in ("hookTitle", "removeSilencePace", "removeBadTakes", "magicZooms", "magicBrolls", "items", "music"):
        expect_shut(page, option, BY_PRESET)
    expect_open(page, "cleanAudio", "disableCaptions", "dictionary")
    start(page, title)
    assert sent(page, account, "/v1/projects", title) == {
        **{"title": title, "language": "es", "videoUrl": video, "presetId": PRESET},
        **{"cleanAudio": True, "disableCaptions": True, "dictionary": ["Port Ellen"]},
    }

    # Beside an AI edit template only the words are left.
    title = "Edited by AI"
    journey.begin_address(page, video, title=title, kind="Captions", language="en", key=account.label)
    fold_out(page, "effects")
    pick(page, "clean_audio", "On")
    fold_out(page, "dictionary")
    page.locator("[name=dictionary]").fill("Clipdesk\nSubmagic")
    pick(page, "look", "AI edit")
    page.locator("[name=ai_edit_template]").select_option("ella")
    for option in ("hookTitle", "removeBadTakes", "magicZooms", "cleanAudio", "disableCaptions", "items", "music"):
        expect_shut(page, option, BY_AI_EDIT)
    expect_open(page, "dictionary")
    start(page, title)
    assert sent(page, account, "/v1/projects", title) == {
        **{"title": title, "language": "en", "videoUrl": video, "aiEditTemplate": "ella"},
        "dictionary": ["Clipdesk", "Submagic"],
    }

    # A theme shuts nothing: the AI's own hook title, music that does not fade, and everything that can be off.
    title = "With a theme"
    journey.begin_address(page, video, title=title, kind="Captions", language="en", key=account.label)
    pick(page, "look", "Own theme")
    page.locator("[name=theme_id]").fill(THEME)
    fold_out(page, "hook_title")
    pick(page, "hook_title", "AI writes it")
    page.locator("[name=hook_template]").select_option("steph")
    page.locator("[name=hook_top]").fill("0")
    page.locator("[name=hook_size]").fill("80")
    fold_out(page, "cuts")
    pick(page, "silence_pace", "Natural")
    pick(page, "bad_takes", "Off")
    fold_out(page, "effects")
    for field in ("magic_zooms", "clean_audio", "disable_captions"):
        pick(page, field, "Off")
    fold_out(page, "items")
    pick(page, "magic_brolls", "Off")
    fold_out(page, "music")
    page.locator("[name=music_media]").select_option(music)
    page.locator("[name=music_volume]").fill("100")
    page.locator("[name=music_fade]").uncheck()
    start(page, title)
    assert sent(page, account, "/v1/projects", title) == {
        **{"title": title, "language": "en", "videoUrl": video, "userThemeId": THEME},
        "hookTitle": {"template": "steph", "top": 0, "size": 80},
        **{"removeSilencePace": "natural", "removeBadTakes": False, "magicZooms": False, "magicBrolls": False},
        **{"cleanAudio": False, "disableCaptions": False},
        "music": {"userMediaId": music, "volume": 100, "fade": False},
    }


def understood(value: Any) -> Any:
    """A multipart text as what it says: true, 75 and [..] are JSON, anything else a text."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value
