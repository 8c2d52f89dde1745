"""Placing B-roll by mouse, keys and words, and music, in a real browser; the form reads back what was placed."""

from __future__ import annotations

import json
import struct
import wave
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from axe_playwright_python.sync_playwright import Axe
from django import forms
from django.http import HttpResponse
from django.template import engines
from django.test import Client
from django.urls import path
from playwright.sync_api import BrowserContext, Locator, Page, expect

from dashboard import access
from dashboard.models import ApiKey, Role, Team, UpstreamCall
from dashboard.requests import TeamRequest
from dashboard.urls import urlpatterns as dashboard_urls
from projects_app.forms.items import ItemsFields, MusicFields
from projects_app.models import Media, MediaState, MediaType, Preset
from tests import factories
from tests.browser import journey

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SPEECH = "Do you mind if we start with the harbour? The boats come in at five, and nobody sleeps."
LENGTH = 60.0
PAGE = """{% extends "shell.html" %}
{% block title %}B-roll{% endblock %}
{% block page_title %}B-roll{% endblock %}
{% block content %}
{% if sent %}<pre id="sent">{{ sent }}</pre>{% endif %}
<form class="form form-wide" method="post" novalidate>{% csrf_token %}
  <section class="card stack"><h2>B-roll</h2>
  {% include "projects/options/_items.html" with form=form words=words duration=duration %}</section>
  <section class="card stack"><h2>Music</h2>{% include "projects/options/_music.html" with form=form %}</section>
  <button class="button button-primary" type="submit">Send</button>
</form>
{% endblock content %}"""


class StageForm(ItemsFields, MusicFields):
    title = forms.CharField(required=False)


@access.team_view()
def stage(request: TeamRequest) -> HttpResponse:
    """A page of the test's own around the two includes: everything on it comes from the product."""
    key = ApiKey.objects.get(team=request.team)
    options = json.loads(request.GET.get("options", "{}"))
    initial = {**ItemsFields.items_initial(options), **MusicFields.music_initial(options)}
    form = StageForm(request.POST or None, initial=initial)
    form.items_duration = LENGTH
    form._offer_items(key)
    form._offer_music(key)
    taken = request.method == "POST" and form.is_valid()
    context = {"form": form, "nav": "projects", "duration": LENGTH, "words": factories.make_words(SPEECH)}
    if taken:
        context["sent"] = json.dumps({**form.items_options(), **form.music_options()})
    html = engines["django"].from_string(PAGE).render(context, request)
    return HttpResponse(html, status=422 if form.errors else 200)


urlpatterns = [path("t/<slug:team>/stage/", stage), *dashboard_urls]


@dataclass
class Scene:
    url: str
    team: Team
    key: ApiKey
    media: dict[str, Media]

    def at(self, query: str = "") -> str:
        return f"{self.url}/t/{self.team.slug}/stage/{query}"


@pytest.fixture
def scene(live_server: Any, settings: Any, context: BrowserContext) -> Scene:
    settings.ROOT_URLCONF = __name__
    team = factories.make_team("Harbour Films", slug="harbour")
    key = factories.make_key(team)
    bob = factories.make_member(team, Role.EDITOR, name="Bob")

    def medium(name: str, type: str, state: str = MediaState.READY, **fields: Any) -> Media:
        return Media.objects.create(
            team=team, api_key=key, name=name, type=type, state=state, upstream_id=f"id-{name}", **fields
        )

    media = {
        "boats": medium("boats.mp4", MediaType.VIDEO, duration=12.3, width=1920, height=1080),
        "nets": medium("nets.png", MediaType.IMAGE, width=800, height=600),
        "late": medium("late.mp4", MediaType.VIDEO, MediaState.WAITING),
        "tune": medium("tune.mp3", MediaType.AUDIO, duration=180.5),
    }
    client = Client()
    client.force_login(bob)
    name = settings.SESSION_COOKIE_NAME
    context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": live_server.url}])
    return Scene(live_server.url, team, key, media)


def item(number: int, type: str = "ai-broll", **times: float) -> dict[str, Any]:
    what = {"prompt": f"boats {number}", "layout": "cover"} if type == "ai-broll" else {"userMediaId": "id-boats.mp4"}
    return {"type": type, **times, **what}


def with_items(*items: dict[str, Any]) -> str:
    return "?" + urlencode({"options": json.dumps({"items": list(items)})})


def body(page: Page, name: str) -> Locator:
    return page.get_by_role("slider", name=name, exact=True)


def times(page: Page, row: int = 0) -> tuple[str, str]:
    place = page.locator("[data-broll-row]").nth(row)
    return (place.locator('[name$="-start"]').input_value(), place.locator('[name$="-end"]').input_value())


def drag(page: Page, what: Locator, seconds: float, *, drop: bool = True) -> None:
    """Pull the middle of it by so many seconds of the timeline, in several steps as a hand does."""
    box = what.bounding_box()
    track = page.locator("[data-broll-track]").bounding_box()
    assert box
    assert track
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + seconds * track["width"] / LENGTH, y, steps=8)
    if drop:
        page.mouse.up()


def sent(page: Page) -> dict[str, Any]:
    """What the server understood when the form was sent as it stands."""
    page.get_by_role("button", name="Send").click()
    found: dict[str, Any] = json.loads(page.locator("#sent").inner_text())
    return found


# --- The timeline -----------------------------------------------------------------------------------------------------


def test_a_block_is_dragged_and_the_fields_follow(scene: Scene, page: Page) -> None:
    page.goto(scene.at(with_items(item(1, startTime=5, endTime=9))))
    drag(page, body(page, "B-roll 1, AI"), 20)
    start, end = (float(text.split(":")[1]) for text in times(page))
    assert abs(start - 25) <= 0.3
    assert round(end - start, 3) == 4
    assert round(start * 10) == start * 10  # on a tenth
    (kept,) = sent(page)["items"]
    assert (kept["startTime"], kept["endTime"]) == (start, end)


def test_a_dragged_block_sticks_to_its_neighbour_and_never_overlaps(scene: Scene, page: Page) -> None:
    page.goto(scene.at(with_items(item(1, startTime=5, endTime=9), item(2, startTime=20, endTime=30))))
    drag(page, body(page, "B-roll 1, AI"), 10.8)  # would end at 19.8: near enough to touch
    assert times(page) == ("0:16", "0:20")
    drag(page, body(page, "B-roll 1, AI"), 4)  # into the neighbour: held back
    assert times(page) == ("0:16", "0:20")
    drag(page, body(page, "B-roll 1, AI"), 13)  # beyond its middle: over to its other side
    assert times(page) == ("0:30", "0:34")
    assert len(sent(page)["items"]) == 2


def test_an_edge_is_dragged_up_to_the_longest_time_of_ai(scene: Scene, page: Page) -> None:
    page.goto(scene.at(with_items(item(1, startTime=5, endTime=9))))
    drag(page, body(page, "B-roll 1, end"), 30)
    assert times(page) == ("0:05", "0:17")
    drag(page, body(page, "B-roll 1, start"), -4)
    assert times(page) == ("0:05", "0:17")
    drag(page, body(page, "B-roll 1, start"), 2)
    start, end = times(page)
    assert end == "0:17"
    assert abs(float(start.split(":")[1]) - 7) <= 0.3


def test_the_longest_time_of_ai_is_none_that_is_refused_for_a_hair(scene: Scene, page: Page) -> None:
    page.goto(scene.at(with_items(item(1, startTime=4.1, endTime=9))))
    drag(page, body(page, "B-roll 1, end"), 30)
    assert times(page) == ("0:04.1", "0:16.099")  # 16.1 - 4.1 is more than 12 where floats are compared
    (kept,) = sent(page)["items"]
    assert (kept["startTime"], kept["endTime"]) == (4.1, 16.099)
    assert kept["endTime"] - kept["startTime"] <= 12


def test_library_items_may_be_longer_but_not_than_the_video(scene: Scene, page: Page) -> None:
    page.goto(scene.at(with_items(item(1, "user-media", startTime=40, endTime=44))))
    drag(page, body(page, "B-roll 1, end"), 40)
    assert times(page) == ("0:40", "1:00")


def test_escape_takes_a_drag_back(scene: Scene, page: Page) -> None:
    page.goto(scene.at(with_items(item(1, startTime=5, endTime=9))))
    drag(page, body(page, "B-roll 1, AI"), 20, drop=False)
    assert times(page) != ("0:05", "0:09")
    page.keyboard.press("Escape")
    page.mouse.up()
    assert times(page) == ("0:05", "0:09")


def test_keys_move_and_resize(scene: Scene, page: Page) -> None:
    page.goto(scene.at(with_items(item(1, startTime=5, endTime=9))))
    block = body(page, "B-roll 1, AI")
    block.focus()
    page.keyboard.press("ArrowRight")
    assert times(page) == ("0:05.1", "0:09.1")
    page.keyboard.press("Shift+ArrowLeft")
    assert times(page) == ("0:04.1", "0:08.1")
    expect(block).to_be_focused()
    expect(block).to_have_attribute("aria-valuetext", "0:04.1 to 0:08.1")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(body(page, "B-roll 1, end")).to_be_focused()
    page.keyboard.press("Shift+ArrowRight")
    assert times(page) == ("0:04.1", "0:09.1")


def test_keys_stop_at_a_neighbour_then_go_over_it(scene: Scene, page: Page) -> None:
    page.goto(scene.at(with_items(item(1, startTime=5, endTime=9), item(2, startTime=9.5, endTime=12))))
    body(page, "B-roll 1, AI").focus()
    page.keyboard.press("Shift+ArrowRight")
    assert times(page) == ("0:05.5", "0:09.5")
    page.keyboard.press("Shift+ArrowRight")
    assert times(page) == ("0:12", "0:16")
    expect(body(page, "B-roll 1, AI")).to_be_focused()
    page.keyboard.press("ArrowLeft")
    assert times(page) == ("0:05.5", "0:09.5")


def test_the_fields_move_the_block(scene: Scene, page: Page) -> None:
    page.goto(scene.at(with_items(item(1, startTime=5, endTime=9))))
    page.locator("summary").filter(has_text="B-roll 1").click()
    start = page.get_by_label("From")
    start.fill("0:07,5")
    expect(body(page, "B-roll 1, AI")).to_have_attribute("aria-valuenow", "7.5")
    start.press("ArrowUp")
    expect(start).to_have_value("0:07.6")
    start.press("Shift+ArrowDown")
    expect(start).to_have_value("0:06.6")


def test_adding_finds_a_free_place_and_counts_the_credits(scene: Scene, page: Page) -> None:
    page.goto(scene.at(with_items(item(1, startTime=0, endTime=10))))
    expect(page.locator("[data-broll-credits]")).to_have_text("1 AI item · 3 AI credits (estimate)")
    page.get_by_role("button", name="Add AI B-roll").click()
    assert times(page, 1) == ("0:10", "0:14")
    expect(page.locator("[data-broll-credits]")).to_have_text("2 AI items · 6 AI credits (estimate)")
    expect(page.get_by_label("What the AI shall show").nth(1)).to_be_focused()
    page.keyboard.type("a boat at dawn")
    assert sent(page)["items"][1] == {
        **{"type": "ai-broll", "startTime": 10, "endTime": 14, "prompt": "a boat at dawn", "layout": "cover"}
    }


def test_removing_can_be_undone(scene: Scene, page: Page) -> None:
    page.goto(scene.at(with_items(item(1, startTime=5, endTime=9), item(2, startTime=20, endTime=24))))
    body(page, "B-roll 1, AI").focus()
    page.keyboard.press("Delete")
    expect(page.locator(".broll-block")).to_have_count(1)
    assert times(page) == ("0:20", "0:24")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".broll-block")).to_have_count(2)
    assert [each["prompt"] for each in sent(page)["items"]] == ["boats 1", "boats 2"]

    # 'No free place' is nothing that could be undone, whatever is clicked afterwards.
    page.goto(scene.at(with_items(item(1, "user-media", startTime=0, endTime=60))))
    page.get_by_role("button", name="Add AI B-roll").click()
    note = page.locator("[data-broll-removed]")
    expect(note).to_contain_text("There is no free place left.")
    page.locator("[data-broll-row] summary").first.click()
    expect(note).to_be_visible()
    expect(page.get_by_role("button", name="Undo")).to_be_hidden()


# --- The library --------------------------------------------------------------------------------------------------


def test_choosing_from_the_library(scene: Scene, page: Page) -> None:
    page.goto(scene.at())
    page.get_by_role("button", name="Add from library").click()
    dialog = page.get_by_role("dialog", name="Choose a video or a picture")
    late = dialog.get_by_role("button", name="late.mp4")
    expect(late).to_be_disabled()
    expect(late).to_contain_text("Not usable yet: getting ready")
    expect(dialog.get_by_role("button", name="tune.mp3")).to_have_count(0)
    dialog.get_by_role("button", name="Pictures").click()
    expect(dialog.get_by_role("button", name="boats.mp4")).to_be_hidden()
    dialog.get_by_role("button", name="nets.png").click()
    expect(dialog).to_be_hidden()
    # A picture takes four layouts only, and so does the server.
    for name, enabled in [("Cover", True), ("Square", True), ("Split 50/50", False), ("Small, top right", False)]:
        radio = page.get_by_role("radio", name=name, exact=True)
        expect(radio).to_be_enabled() if enabled else expect(radio).to_be_disabled()
    page.get_by_role("radio", name="Contain").check()
    assert sent(page)["items"] == [
        {"type": "user-media", "startTime": 0, "endTime": 4, "userMediaId": "id-nets.png", "layout": "contain"}
    ]


def test_a_library_that_is_left_without_a_choice_leaves_no_row_behind(scene: Scene, page: Page) -> None:
    page.goto(scene.at())
    page.get_by_role("button", name="Add from library").click()
    expect(page.get_by_role("dialog", name="Choose a video or a picture")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("[data-broll-row]")).to_have_count(0)
    expect(page.get_by_role("button", name="Add from library")).to_be_focused()
    assert "items" not in sent(page)


def test_an_empty_library_leads_to_the_media_page(scene: Scene, page: Page) -> None:
    Media.objects.all().delete()
    page.goto(scene.at())
    page.get_by_role("button", name="Add from library").click()
    link = page.get_by_role("dialog").get_by_role("link", name="Media")
    expect(link).to_have_attribute("href", f"/t/{scene.team.slug}/media/")
    expect(page.get_by_role("link", name="Open the Media page")).to_have_attribute(
        "href", f"/t/{scene.team.slug}/media/"
    )


# --- Words ----------------------------------------------------------------------------------------------------------


def word(page: Page, text: str) -> Locator:
    return page.get_by_role("option", name=text, exact=True)


def test_words_marked_by_mouse_become_ai_broll_of_exactly_their_time(scene: Scene, page: Page) -> None:
    page.goto(scene.at())
    first, last = word(page, "boats").bounding_box(), word(page, "in").bounding_box()
    assert first
    assert last
    page.mouse.move(first["x"] + 4, first["y"] + 6)
    page.mouse.down()
    page.mouse.move(last["x"] + 4, last["y"] + 6, steps=6)
    page.mouse.up()
    expect(page.locator('[role="option"][aria-selected="true"]')).to_have_text(["boats", "come", "in"])
    expect(page.locator("[data-broll-said-text]")).to_contain_text("“boats come in” · 0:04 to 0:05.2")
    page.get_by_role("button", name="AI from these words").click()
    expect(page.get_by_label("What the AI shall show")).to_have_value("boats come in")
    assert sent(page)["items"] == [
        {"type": "ai-broll", "startTime": 4, "endTime": 5.2, "prompt": "boats come in", "layout": "cover"}
    ]


def test_words_marked_by_keys_alone(scene: Scene, page: Page) -> None:
    page.goto(scene.at())
    word(page, "Do").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Shift+ArrowRight")
    expect(page.locator('[role="option"][aria-selected="true"]')).to_have_text(["you", "mind", "if"])
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Put B-roll here")).to_be_focused()
    page.keyboard.press("Enter")
    page.get_by_role("dialog").get_by_role("button", name="boats.mp4").click()
    assert sent(page)["items"] == [
        {"type": "user-media", "startTime": 0.4, "endTime": 1.6, "userMediaId": "id-boats.mp4"}
    ]


def test_words_marked_by_two_taps(scene: Scene, context: BrowserContext, browser: Any) -> None:
    phone = browser.new_context(viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True)
    phone.add_cookies(context.cookies())
    page = phone.new_page()
    page.goto(scene.at())
    word(page, "start").tap()
    word(page, "harbour?").tap()
    expect(page.locator('[role="option"][aria-selected="true"]')).to_have_text(["start", "with", "the", "harbour?"])
    page.get_by_role("button", name="AI from these words").tap()
    assert times(page) == ("0:02", "0:03.6")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    phone.close()


def test_words_that_are_taken_or_too_many_say_so(scene: Scene, page: Page) -> None:
    page.goto(scene.at(with_items(item(1, startTime=4, endTime=5))))
    expect(word(page, "boats")).to_have_class("is-covered")
    word(page, "come").click()
    expect(page.get_by_text("There is B-roll here already.")).to_be_visible()
    expect(page.get_by_role("button", name="Put B-roll here")).to_be_disabled()
    word(page, "sleeps.").click()
    expect(page.get_by_role("button", name="Put B-roll here")).to_be_enabled()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Put B-roll here")).to_be_hidden()


def test_another_layout_is_a_change_and_an_empty_row_is_none(scene: Scene, page: Page, settings: Any) -> None:
    settings.ROOT_URLCONF = "dashboard.urls"
    items = {"items": [item(1, startTime=1, endTime=5)]}
    project = factories.make_project(scene.team, kind="captions", options=items)
    page.goto(f"{scene.url}/t/{scene.team.slug}/projects/{project.pk}/edit/")
    changed, button = page.locator("#group-items [data-changed]"), page.locator("[data-send]")
    page.locator("#group-items > summary").click()
    page.locator("#group-items [data-broll-row] summary").click()
    page.locator("[name=item-0-layout][value=rounded]").check(force=True)
    expect(changed).to_be_visible()
    expect(button).to_have_text("Send 1 change")
    page.locator("[name=item-0-layout][value=cover]").check(force=True)
    expect(changed).to_be_hidden()
    page.get_by_role("button", name="Add AI B-roll").click()
    for name in ("start", "end"):
        page.locator(f"[name$='-{name}']:visible").last.fill("")
    expect(changed).to_be_hidden()


def test_words_on_the_edit_tab_go_to_submagic_with_their_exact_times(scene: Scene, page: Page, settings: Any) -> None:
    settings.ROOT_URLCONF = "dashboard.urls"
    project = factories.make_project(scene.team, kind="captions", direct_url="https://media.submagic.co/talk.mp4")
    factories.make_transcript(project, SPEECH)
    page.goto(f"{scene.url}/t/{scene.team.slug}/projects/{project.pk}/edit/")
    page.locator("#group-items > summary").click()
    word(page, "nobody").click()
    word(page, "sleeps.").click(modifiers=["Shift"])
    page.get_by_role("button", name="AI from these words").click()
    page.locator("[data-send]").click()
    page.wait_for_function("() => !document.querySelector('[data-send]')")
    (call,) = UpstreamCall.objects.filter(target_id=project.pk)
    item = {"type": "ai-broll", "startTime": 6.4, "endTime": 7.2, "prompt": "nobody sleeps.", "layout": "cover"}
    assert call.body == {"items": [item]}


# --- Presets --------------------------------------------------------------------------------------------------------


def test_a_preset_is_saved_replaced_and_begun_with_while_the_form_stays(
    scene: Scene, page: Page, settings: Any, sandbox: Any
) -> None:
    settings.ROOT_URLCONF = "dashboard.urls"
    page.goto(f"{scene.url}/t/{scene.team.slug}/projects/new/")
    page.get_by_label("Title").fill("Half a title")
    page.locator('[name="kind"][value="captions"]').check()
    page.get_by_label("Name of the preset").fill("Talks")
    page.keyboard.press("Enter")  # saves the preset and does not start the project
    expect(page.locator("[data-preset-news]", has_text="“Talks” is saved.")).to_be_focused()
    page.locator('select[name="template"]').select_option("Sara")
    page.get_by_role("button", name="Save as preset").click()
    page.get_by_role("button", name="Replace “Talks”").click()
    expect(page.get_by_text("“Talks” is saved.")).to_be_visible()
    expect(page.get_by_label("Title")).to_have_value("Half a title")
    preset = Preset.objects.get()
    assert preset.options == {"templateName": "Sara"}
    page.goto(f"{scene.url}/t/{scene.team.slug}/projects/new/")
    page.get_by_label("Start from a preset").select_option(label="Talks · Captions")
    page.get_by_role("button", name="Use it").click()
    page.wait_for_url(f"**/projects/new/?preset={preset.pk}")
    expect(page.locator('select[name="template"]')).to_have_value("Sara")
    page.goto(f"{scene.url}/t/{scene.team.slug}/settings/presets/")
    journey.colours_rest(page)
    assert Axe().run(page).violations_count == 0
    page.get_by_role("link", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_role("heading", name="No presets yet")).to_be_visible()


# --- Music ------------------------------------------------------------------------------------------------------------


def make_tune(path: Path) -> Path:
    with wave.open(str(path), "wb") as tune:
        tune.setnchannels(1)
        tune.setsampwidth(2)
        tune.setframerate(8000)
        tune.writeframes(b"".join(struct.pack("<h", (number * 331) % 2000) for number in range(8000 * 20)))
    return path


def test_music_is_heard_from_its_start_as_loud_as_it_will_be(
    scene: Scene, page: Page, settings: Any, tmp_path: Path
) -> None:
    settings.SANDBOX_URL = "http://127.0.0.1:1"  # its host may be played from; the answer is given here
    tune = make_tune(tmp_path / "tune.wav").read_bytes()
    Media.objects.filter(type=MediaType.AUDIO).update(url="http://127.0.0.1:1/tune.wav")
    page.route("**/tune.wav", lambda route: route.fulfill(body=tune, content_type="audio/wav"))
    page.add_init_script(
        "window.played = []; const play = HTMLMediaElement.prototype.play;"
        "HTMLMediaElement.prototype.play = function () { played.push(this); return play.call(this); };"
    )
    page.goto(scene.at())
    expect(page.get_by_role("button", name="Listen")).to_be_hidden()
    page.get_by_label("Music optional").select_option("id-tune.mp3")
    page.get_by_label("Volume, as a slider").fill("40")
    page.get_by_label("Start at").fill("0:05.5")
    page.get_by_role("button", name="Listen").click()
    page.wait_for_function("() => window.played.length && window.played[0].currentTime >= 5.5")
    assert page.evaluate("() => [window.played[0].volume, window.played[0].paused]") == [0.4, False]
    page.get_by_role("button", name="Stop").click()
    assert page.evaluate("() => window.played[0].paused")
    page.get_by_label("Fade in and out").uncheck()
    assert sent(page)["music"] == {"userMediaId": "id-tune.mp3", "volume": 40, "startFromTime": 5.5, "fade": False}


# --- For everybody ------------------------------------------------------------------------------------------------


def test_axe_finds_nothing(scene: Scene, page: Page) -> None:
    page.goto(scene.at(with_items(item(1, startTime=5, endTime=9), item(2, "user-media", startTime=20, endTime=24))))
    body(page, "B-roll 1, AI").press("Enter")
    word(page, "mind").click()
    journey.colours_rest(page)
    results = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "best-practice"]})
    assert results.violations_count == 0, results.generate_report()
    page.locator("[data-broll-row]").nth(1).locator("summary").click()
    page.locator("[data-broll-row]").nth(1).get_by_role("button", name="Choose").click()
    journey.colours_rest(page)
    results = Axe().run(page, "dialog[open]")
    assert results.violations_count == 0, results.generate_report()


def test_it_works_without_a_script(scene: Scene, browser: Any, context: BrowserContext) -> None:
    plain = browser.new_context(java_script_enabled=False, viewport={"width": 360, "height": 740})
    plain.add_cookies(context.cookies())
    page = plain.new_page()
    page.goto(scene.at())
    rows = page.locator("[data-broll-row]")
    expect(rows).to_have_count(2)
    first = rows.first
    first.get_by_label("From").fill("5")
    first.get_by_label("To", exact=True).fill("20")
    first.locator('label[for$="-ai-kind"]').click()
    first.get_by_label("What the AI shall show").fill("boats")
    expect(first.get_by_label("Video or picture")).to_be_hidden()
    page.get_by_role("button", name="Send").click()
    expect(page.locator("#id_items_error")).to_contain_text("B-roll 1: AI B-roll may last 12 seconds")
    expect(page.locator("#id_items_error")).to_contain_text("B-roll 1: Choose a layout")
    first.get_by_label("To", exact=True).fill("15")
    first.get_by_label("Cover").check()
    page.get_by_role("button", name="Add another row").click()
    expect(rows).to_have_count(4)
    expect(page.locator("#id_items_error")).to_have_count(0)
    page.get_by_role("button", name="Send").click()
    assert json.loads(page.locator("#sent").inner_text())["items"] == [
        {"type": "ai-broll", "startTime": 5, "endTime": 15, "prompt": "boats", "layout": "cover"}
    ]
    plain.close()
