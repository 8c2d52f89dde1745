"""Reviewing clips and reading along, in a real browser with real videos served from another origin."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import imageio_ffmpeg
import pytest
from axe_playwright_python.sync_playwright import Axe
from django.test import Client
from playwright.sync_api import BrowserContext, Page, Route, expect

from dashboard.models import AuditEvent, Role, Team, User
from projects_app.models import Clip, Decision, Project
from tests import factories
from tests.browser import journey

# One process for the module: its films are made once.
pytestmark = [pytest.mark.xdist_group("films"), pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SPEECH = (
    "Do you mind if we start with the harbour? The boats come in at five, and nobody sleeps. "
    "We sell the fish before the sun is up. That is the whole secret! Everyone asks how we do it, "
    "and the answer is always the same: we get up early, we work together, and we go home."
)


def make_video(path: Path, *, size: str, seconds: int, colour: str) -> Path:
    """Moving picture and a tone, H.264 and AAC in an MP4 that can be played while it loads."""
    command = [
        imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y",
        "-f", "lavfi", "-i", f"gradients=s={size}:c0={colour}:c1=black:d={seconds}:r=25:speed=0.05",
        "-f", "lavfi", "-i", f"sine=frequency=330:duration={seconds}",
        "-c:v", "libx264", "-pix_fmt", "yuv420p", "-c:a", "aac", "-movflags", "+faststart", "-shortest", str(path),
    ]  # fmt: skip
    subprocess.run(command, check=True)
    return path


class RangeHandler(BaseHTTPRequestHandler):
    """Files with range requests, as a provider's media host answers them."""

    folder: Path
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        path = self.folder / Path(self.path).name
        if not path.is_file():
            self.send_response(404)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        body = path.read_bytes()
        asked = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        first = int(asked[1]) if asked else 0
        last = min(int(asked[2]) if asked and asked[2] else len(body) - 1, len(body) - 1)
        self.send_response(206 if asked else 200)
        self.send_header("Content-Type", "video/mp4")
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("Content-Length", str(last - first + 1))
        if asked:
            self.send_header("Content-Range", f"bytes {first}-{last}/{len(body)}")
        self.end_headers()
        try:
            self.wfile.write(body[first : last + 1])
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True  # the browser has seen enough

    def log_message(self, format: str, *args: Any) -> None:
        """A test's output is not a server's log."""


class MediaServer(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """A browser that closes a connection is no error of ours; anything else is."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


@pytest.fixture(scope="session")
def media(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("media")
    for name, colour in [("one", "teal"), ("two", "chocolate"), ("three", "indigo")]:
        make_video(folder / f"{name}.mp4", size="360x640", seconds=24, colour=colour)
    make_video(folder / "whole.mp4", size="640x360", seconds=24, colour="olive")
    handler = type("Handler", (RangeHandler,), {"folder": folder})
    server = MediaServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@dataclass
class Scene:
    url: str
    team: Team
    rita: User
    project: Project
    captions: Project
    clips: list[Clip]

    def at(self, path: str) -> str:
        return f"{self.url}/t/{self.team.slug}/{path}"


@pytest.fixture
def scene(live_server: Any, media: str, settings: Any, context: BrowserContext) -> Scene:
    settings.SANDBOX_URL = media
    team = factories.make_team("Harbour Films", slug="harbour")
    rita = factories.make_member(team, Role.EDITOR, name="Rita")
    project = factories.make_project(team, title="Interview at the harbour")
    captions = factories.make_project(
        team, title="The whole talk", kind="captions", direct_url=f"{media}/whole.mp4", width=640, height=360
    )
    titles = ["The boats come in at five", "Nobody sleeps when the fish is fresh from the nets", "The whole secret"]
    clips = [
        factories.make_clip(
            project,
            title=title,
            duration=24.0,
            virality_total=total,
            shareability=part,
            hook_strength=part,
            story_quality=part,
            emotional_impact=total - 3 * part,
            video=f"{media}/{name}.mp4",
            download_url=f"{media}/{name}.mp4",
        )
        for title, total, part, name in zip(titles, (88, 64, 41), (22, 16, 10), ("one", "two", "three"), strict=True)
    ]
    for clip in clips:
        factories.make_transcript(project, SPEECH, clip=clip)
    factories.make_transcript(project, SPEECH)
    factories.make_transcript(captions, SPEECH)
    client = Client()
    client.force_login(rita)
    name = settings.SESSION_COOKIE_NAME
    context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": live_server.url}])
    return Scene(live_server.url, team, rita, project, captions, clips)


def wait_until_plays(page: Page, selector: str, beyond: float = 0.3) -> None:
    page.wait_for_function(
        "([selector, beyond]) => { const v = document.querySelector(selector);"
        " return v && !v.paused && v.currentTime > beyond; }",
        arg=[selector, beyond],
    )


def card(page: Page, clip: Clip) -> Any:
    return page.locator(f"#clip-{clip.pk}")


def test_thumbnails_show_a_frame_before_anything_plays(scene: Scene, page: Page) -> None:
    page.goto(scene.at("clips/"))
    page.wait_for_function(
        "() => [...document.querySelectorAll('.clip-card video')].length === 3"
        " && [...document.querySelectorAll('.clip-card video')].every((v) => v.readyState >= 2 && v.videoWidth === 360)"
    )
    box = card(page, scene.clips[0]).locator(".thumb").bounding_box()
    assert abs(box["height"] / box["width"] - 16 / 9) < 0.02


def test_pointer_previews_without_sound_and_click_plays_with_sound(scene: Scene, page: Page) -> None:
    page.goto(scene.at("clips/"))
    first, second = (f"#clip-{clip.pk} video" for clip in scene.clips[:2])
    page.hover(f"#clip-{scene.clips[0].pk} .thumb")
    wait_until_plays(page, first, 0.2)
    assert page.eval_on_selector(first, "v => v.muted") is True
    page.click(f"#clip-{scene.clips[0].pk} .clip-watch", position={"x": 60, "y": 200})
    wait_until_plays(page, first)
    assert page.eval_on_selector(first, "v => v.muted") is False
    # Another card's sound takes over.
    page.click(f"#clip-{scene.clips[1].pk} .clip-watch", position={"x": 60, "y": 200})
    wait_until_plays(page, second)
    assert page.eval_on_selector(first, "v => v.paused") is True


def test_no_preview_for_people_who_want_no_motion(scene: Scene, page: Page) -> None:
    page.emulate_media(reduced_motion="reduce")
    page.goto(scene.at("clips/"))
    page.hover(f"#clip-{scene.clips[0].pk} .thumb")
    page.wait_for_timeout(500)  # longer than the preview's delay
    assert page.eval_on_selector(f"#clip-{scene.clips[0].pk} video", "v => v.paused && v.currentTime < 0.2")


def test_review_by_keys_alone(scene: Scene, page: Page) -> None:
    first, second, third = scene.clips
    page.goto(scene.at("clips/"))
    page.keyboard.press("j")
    expect(card(page, first).locator(".clip-open")).to_be_focused()
    page.keyboard.press("a")
    expect(card(page, first).get_by_text("Approved")).to_be_visible()
    expect(page.locator("#announcer")).to_contain_text(f"Approved: {first.title}")
    expect(card(page, second).locator(".clip-open")).to_be_focused()
    page.keyboard.press("r")
    expect(card(page, second).get_by_text("Rejected")).to_be_visible()
    expect(page.locator("#clip-tabs")).to_contain_text("Undecided 1")
    page.keyboard.press("u")
    expect(card(page, second).get_by_role("button", name="Approve")).to_be_visible()
    expect(page.locator("#clip-tabs")).to_contain_text("Undecided 2")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.decision, second.decision) == (Decision.APPROVED, Decision.UNDECIDED)
    assert [event.verb for event in AuditEvent.objects.order_by("id")] == [
        "clip.approved",
        "clip.rejected",
        "clip.reset",
    ]


def test_counts_are_right_when_the_first_answer_is_the_last_to_come(scene: Scene, page: Page) -> None:
    first, second, _ = scene.clips
    page.goto(scene.at("clips/"))

    def late(route: Route) -> None:
        answer = route.fetch()
        page.wait_for_timeout(600)
        route.fulfill(response=answer)

    page.route(f"**/{first.pk}/decide/**", late)
    card(page, first).get_by_role("button", name="Approve").click()
    card(page, second).get_by_role("button", name="Reject").click()
    expect(page.locator("#clip-tabs")).to_contain_text("Undecided 1")
    page.wait_for_timeout(800)
    expect(page.locator("#clip-tabs")).to_contain_text("Undecided 1Approved 1Rejected 1")


def test_space_plays_the_chosen_clip(scene: Scene, page: Page) -> None:
    page.goto(scene.at("clips/"))
    page.keyboard.press("j")
    page.keyboard.press(" ")
    video = f"#clip-{scene.clips[0].pk} video"
    wait_until_plays(page, video)
    assert page.eval_on_selector(video, "v => v.muted") is False
    page.keyboard.press(" ")
    page.wait_for_function("s => document.querySelector(s).paused", arg=video)


def test_refused_decision_is_taken_back(scene: Scene, page: Page) -> None:
    page.expected_problems.append("500")  # type: ignore[attr-defined]
    page.goto(scene.at("clips/"))
    page.route("**/decide/**", lambda route: route.fulfill(status=500, body="no"))
    card(page, scene.clips[0]).get_by_role("button", name="Approve").click()
    expect(card(page, scene.clips[0]).get_by_role("button", name="Approve")).to_be_visible()
    expect(card(page, scene.clips[0]).get_by_text("Approved")).to_be_hidden()


def test_focus_stays_with_the_decision(scene: Scene, page: Page) -> None:
    page.goto(scene.at("clips/"))
    approve = card(page, scene.clips[0]).get_by_role("button", name="Approve")
    approve.focus()
    page.keyboard.press("Enter")
    expect(card(page, scene.clips[0]).get_by_role("button", name="Undo")).to_be_focused()
    page.keyboard.press("Enter")
    expect(card(page, scene.clips[0]).get_by_role("button", name="Approve")).to_be_focused()


def test_several_at_once(scene: Scene, page: Page) -> None:
    page.goto(scene.at("clips/"))
    expect(page.locator("#selection")).to_be_hidden()
    for clip in scene.clips[:2]:
        card(page, clip).hover()
        card(page, clip).get_by_role("checkbox").check()
    expect(page.locator("#selection")).to_contain_text("2 chosen")
    page.locator("#selection").get_by_role("button", name="Approve").click()
    expect(page.locator(".decided-strip")).to_contain_text("2 clips approved")
    page.locator(".decided-strip").get_by_role("button", name="Undo").click()
    expect(page.locator("#clip-tabs")).to_contain_text("Undecided 3")


def test_filters_live_in_the_address(scene: Scene, page: Page) -> None:
    page.goto(scene.at("clips/"))
    page.select_option("#filter-score", "50")
    expect(page.locator(".clip-card")).to_have_count(2)
    assert page.url == scene.at("clips/?score=50")
    page.fill("#filter-q", "sleeps")
    page.wait_for_url("**/clips/?q=sleeps&score=50")
    page.get_by_role("navigation", name="Decision").get_by_role("link", name="Approved").click()
    expect(page.get_by_role("heading", name="No clip matches")).to_be_visible()
    page.reload()
    expect(page.locator("#filter-score")).to_have_value("50")
    expect(page.get_by_role("heading", name="No clip matches")).to_be_visible()


def test_review_room_goes_on_to_the_next_clip(scene: Scene, page: Page) -> None:
    first, second, _ = scene.clips
    page.goto(scene.at("clips/?state=undecided"))
    page.get_by_role("link", name=first.title).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(first.title)
    # On a busy machine the link may be followed before htmx is there: a whole page, whose keys come with its scripts.
    page.wait_for_load_state("domcontentloaded")
    page.keyboard.press("a")
    expect(page.get_by_role("heading", level=1)).to_have_text(second.title)
    page.wait_for_load_state("domcontentloaded")
    expect(page.locator(".decided-strip")).to_contain_text(f"Approved: {first.title}")
    page.keyboard.press("u")
    expect(page.get_by_role("heading", level=1)).to_have_text(first.title)
    first.refresh_from_db()
    assert first.decision == Decision.UNDECIDED


def test_spoken_word_is_lit_and_a_click_on_a_word_goes_there(scene: Scene, page: Page) -> None:
    page.goto(scene.at(f"projects/{scene.captions.pk}/transcript/"))
    # Noted in the page at the moment it is lit: a word lasts for less than a second.
    page.evaluate(
        """() => {
          window.lit = [];
          const video = document.querySelector("[data-video]");
          video.playbackRate = 0.5;
          new MutationObserver((changes) => {
            for (const { target } of changes) if (target.classList.contains("is-spoken")) window.lit.push(
              [target.textContent, Number(new URL(target.href).searchParams.get("t")), video.currentTime]);
          }).observe(document.querySelector("#words"), { subtree: true, attributes: true, attributeFilter: ["class"] });
        }"""
    )
    page.get_by_role("link", name="secret!").click()
    wait_until_plays(page, "[data-video]", 11)
    expect(page.locator(".is-spoken")).to_have_count(1)
    page.wait_for_function("() => window.lit.some(([word]) => word === 'Everyone')")
    start, now = page.evaluate("() => window.lit.find(([word]) => word === 'Everyone').slice(1)")
    assert start - 0.05 <= now <= start + 0.9
    assert "t=" in page.url


def test_result_of_the_search_plays_at_its_second(scene: Scene, page: Page) -> None:
    page.goto(scene.at("transcripts/"))
    page.fill("#find-q", "whole secret")
    expect(page.locator("#results mark").first).to_be_visible()
    page.locator(".transcript-row", has_text="The whole talk").locator(".said a").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("The whole talk")
    page.wait_for_function("() => document.querySelector('[data-video]').currentTime > 9")
    expect(page.locator(".reader-hits")).to_contain_text("of 2")


def test_text_can_be_copied(scene: Scene, page: Page, context: BrowserContext) -> None:
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(scene.at(f"projects/{scene.captions.pk}/transcript/"))
    page.get_by_role("button", name="Copy text").click()
    expect(page.locator(".toast", has_text="Copied")).to_be_visible()
    assert page.evaluate("() => navigator.clipboard.readText()") == SPEECH


def test_dead_link_says_so(scene: Scene, page: Page, media: str) -> None:
    page.expected_problems.append("404")  # type: ignore[attr-defined]
    Clip.objects.filter(pk=scene.clips[0].pk).update(video=f"{media}/gone.mp4")
    page.goto(scene.at(f"clips/{scene.clips[0].pk}/"))
    expect(page.get_by_text("no longer works")).to_be_visible()


def test_two_hours_of_words_do_not_freeze_the_page(scene: Scene, page: Page) -> None:
    words = factories.make_words("so we talk and talk and go on. " * 2500, step=0.36)
    assert sum(word["type"] == "word" for word in words) == 20_000
    scene.captions.transcripts.update(words=words, word_count=20_000)
    page.goto(scene.at(f"projects/{scene.captions.pk}/transcript/"))
    changed = page.evaluate(
        """() => new Promise((done) => {
          const video = document.querySelector("[data-video]");
          const changed = new Set();
          new MutationObserver((changes) => changes.forEach(({ target }) => changed.add(target)))
            .observe(document.querySelector("#words"), { subtree: true, attributes: true, childList: true });
          const end = () => requestAnimationFrame(() => requestAnimationFrame(() => done(changed.size)));
          video.addEventListener("seeked", end, { once: true });
          video.currentTime = 12;
        })"""
    )
    expect(page.locator(".is-spoken")).to_have_count(1)
    # What makes it quick: of the 20,000 words only those that are lit and put out are touched, and their passages.
    assert 1 <= changed <= 8


def test_without_scripts_everything_still_works(scene: Scene, context: BrowserContext) -> None:
    browser = context.browser
    assert browser is not None
    plain = browser.new_context(java_script_enabled=False, storage_state=context.storage_state())
    page = plain.new_page()
    page.goto(scene.at("clips/?score=50"))
    page.locator(f"#clip-{scene.clips[0].pk}").get_by_role("button", name="Approve").click()
    expect(page.locator(".decided-strip")).to_contain_text("Approved")
    assert "score=50" in page.url
    page.locator(".decided-strip").get_by_role("button", name="Undo").click()
    page.goto(scene.at(f"projects/{scene.captions.pk}/transcript/?q=secret"))
    page.get_by_role("link", name="secret!").click()
    assert re.search(r"t=\d", page.url)
    assert re.search(r"#t=\d", page.locator("[data-video]").get_attribute("src") or "")
    plain.close()


@pytest.mark.parametrize(
    ("width", "scheme"),
    [
        *((1280, "light"), (360, "dark")),
        *(pytest.param(width, scheme, marks=pytest.mark.slow) for width, scheme in ((1280, "dark"), (360, "light"))),
    ],
)
def test_pages_have_no_accessibility_problems(scene: Scene, page: Page, scheme: Any, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.emulate_media(color_scheme=scheme)
    Clip.objects.filter(pk=scene.clips[2].pk).update(decision="rejected", decided_at=scene.clips[2].created_at)
    page.expected_problems.append("Applying inline style")  # type: ignore[attr-defined]  # axe's own probing
    pages = [
        "clips/",
        f"clips/{scene.clips[0].pk}/",
        f"projects/{scene.captions.pk}/transcript/?q=secret",
        f"projects/{scene.project.pk}/transcript/",
        f"clips/{scene.clips[0].pk}/transcript/",
        "transcripts/?q=secret",
        "transcripts/",
    ]
    problems: list[str] = []
    for path in pages:
        page.goto(scene.at(path))
        journey.colours_rest(page)
        found = Axe().run(page)
        if found.violations_count:
            problems.append(f"{path}: {found.generate_report()}")
        wide = page.evaluate("() => document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if wide > 0:
            problems.append(f"{path}: {wide} px wider than the screen")
    assert not problems, "\n".join(problems)
