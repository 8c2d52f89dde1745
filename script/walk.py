"""The screenshot walk: makes real data through the browser, then photographs each page four times."""

from __future__ import annotations

import datetime as dt
import os
import re
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Page, expect, sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.browser import journey
from tests.browser.conftest import FLAGS, chromium_path
from tests.desk import Desk

WIDTHS = {360: 780, 1280: 860}
SCHEMES = ("light", "dark")


def make_data(page: Page, desk: Desk, folder: Path) -> dict[str, str]:
    """The main job twice (clips and captions), a refused upload, a decision, a publication. Returns name → path."""
    journey.sign_in(page, desk)
    pages = {
        "home-empty": "/t/demo/",
        "projects-empty": "/t/demo/projects/",
        "clips-empty": "/t/demo/clips/",
        "publishing-empty": "/t/demo/publishing/",
        "analytics-empty": "/t/demo/analytics/",
    }
    photograph(page.context.browser, desk, page, folder, pages)

    film = journey.film(folder / ".talk.mp4")
    journey.drop_video(page, film, title="Why people stay")
    project = page.url.removeprefix(desk.url)
    photograph(page.context.browser, desk, page, folder, {"project-running": project})
    journey.wait_until_ready(page)
    journey.drop_video(page, film, title="The whole talk with captions", kind="Captions", once_more=True)
    captions = page.url.removeprefix(desk.url)
    journey.wait_until_ready(page)

    page.goto(f"{desk.url}/t/demo/clips/")
    card = page.locator(".clip-card").first
    card.get_by_role("button", name="Approve").click()
    expect(card.get_by_text("Approved")).to_be_visible()
    clip = card.locator(".clip-open").get_attribute("href") or ""
    clip = clip.split("?")[0]
    page.goto(f"{desk.url}{clip}")
    page.get_by_role("link", name="Publish", exact=True).click()
    expect(page.get_by_role("heading", name="Publish", exact=True)).to_be_visible()
    compose = page.url.removeprefix(desk.url)
    page.get_by_label("YouTube", exact=True).check()
    page.get_by_label("TikTok", exact=True).check()
    page.locator(".compose-part").filter(has_text="TikTok").get_by_label("Caption").fill("Watch until the end")
    page.get_by_role("button", name="Publish now").click()
    expect(page.get_by_text("Published", exact=True).first).to_be_visible(timeout=60_000)
    publication = page.url.removeprefix(desk.url)
    kept = schedule(page, desk, compose)
    page.wait_for_timeout(45_000)  # two more syncs of the feed, so that there is a curve to look at
    page.goto(f"{desk.url}/t/demo/analytics/")
    post = page.locator(".analytics-post").first.get_attribute("href") or ""
    page.goto(f"{desk.url}/t/demo/settings/webhooks/")
    message = page.locator("#webhook-rows th a").first.get_attribute("href") or ""
    return {
        "home": "/t/demo/",
        "projects": "/t/demo/projects/",
        "project-new": "/t/demo/projects/new/",
        "project-import": "/t/demo/projects/import/",
        "project-edit": f"{captions}edit/",
        "project-exports": f"{captions}exports/",
        "project-clips": project,
        "project-captions": captions,
        "project-activity": f"{project}?tab=activity",
        "clips": "/t/demo/clips/",
        "clip": clip,
        "transcripts": "/t/demo/transcripts/",
        "transcripts-search": "/t/demo/transcripts/?q=promise",
        "transcript-project": f"{project}transcript/",
        "transcript-captions": f"{captions}transcript/?q=promise",
        "transcript-clip": f"{clip}transcript/",
        "publishing": "/t/demo/publishing/",
        "publish": compose,
        "publication": publication,
        "publication-scheduled": kept,
        "publication-change": f"{kept}change/",
        "analytics": "/t/demo/analytics/",
        "post": post,
        "media": "/t/demo/media/",
        "presets": "/t/demo/settings/presets/",
        "settings": "/t/demo/settings/",
        "members": "/t/demo/settings/members/",
        "keys": "/t/demo/settings/keys/",
        "key-new": "/t/demo/settings/keys/new/",
        "webhooks": "/t/demo/settings/webhooks/",
        "webhook": message,
        "webhooks-close": "/t/demo/settings/webhooks/close/",
        "audit": "/t/demo/settings/audit/",
        "doctor": "/t/demo/settings/doctor/",
        "profile": "/account/profile/",
        "second-factor": "/account/2fa/",
        "sessions": "/account/sessions/",
        "password": "/account/password/change/",
        "components": "/components/",
        "not-found": "/t/demo/nowhere/",
    }


def schedule(page: Page, desk: Desk, compose: str) -> str:
    """A post for tomorrow, kept here; returns its path."""
    page.goto(f"{desk.url}{compose}")
    page.get_by_label("Instagram", exact=True).check()
    page.locator(".compose-part").filter(has_text="Instagram").get_by_label("Caption").fill("Watch until the end")
    page.get_by_role("radio", name="At a time").check()
    page.get_by_label("Date and time").fill(f"{dt.datetime.now() + dt.timedelta(days=1):%Y-%m-%dT09:30}")
    page.get_by_role("button", name="Schedule").click()
    expect(page.get_by_role("heading", name=re.compile("^Goes out"))).to_be_visible()
    return page.url.removeprefix(desk.url)


def photograph(browser: Browser | None, desk: Desk, signed_in: Page, folder: Path, pages: dict[str, str]) -> None:
    assert browser is not None
    state = signed_in.context.storage_state()
    for scheme in SCHEMES:
        for width, height in WIDTHS.items():
            context = browser.new_context(
                viewport={"width": width, "height": height},
                color_scheme="dark" if scheme == "dark" else "light",
                storage_state=state,
                locale="en-GB",
                timezone_id="Europe/Berlin",
            )
            page = context.new_page()
            for name, path in pages.items():
                page.goto(f"{desk.url}{path}")
                page.wait_for_load_state("load")
                page.wait_for_timeout(700)  # the first frames of videos, and panels that load by themselves
                page.screenshot(path=folder / f"{name}-{scheme}-{width}.png", full_page=True)
                wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
                if wide > 0:
                    print(f"{name} ({width} px, {scheme}) is {wide} px wider than the window", flush=True)
            context.close()


def main() -> None:
    folder = Path(sys.argv[1]).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dashboard.settings")
    with tempfile.TemporaryDirectory(prefix="clipdesk-walk-") as data, sync_playwright() as playwright:
        desk = Desk(data=Path(data))
        desk.start()
        try:
            browser = playwright.chromium.launch(executable_path=chromium_path(), args=FLAGS)
            context = browser.new_context(viewport={"width": 1280, "height": 860}, locale="en-GB")
            page = context.new_page()
            page.goto(f"{desk.url}/account/login/")
            photograph(browser, desk, page, folder, {"sign-in": "/account/login/"})
            photograph(browser, desk, page, folder, make_data(page, desk, folder))
            browser.close()
        finally:
            desk.stop()
    pictures = [path for path in folder.glob("*.png") if not re.match(r"\.", path.name)]
    (folder / ".talk.mp4").unlink(missing_ok=True)
    print(f"{len(pictures)} pictures in {folder}")


if __name__ == "__main__":
    main()
