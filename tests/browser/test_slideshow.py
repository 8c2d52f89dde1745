"""A slideshow as a person makes it: begun, photos brought, put in order, saved; the sandbox makes its film."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser import journey
from tests.browser.test_magic_hour import axe_clean
from tests.desk import Desk
from tests.sandbox.picovico.conftest import photo

pytestmark = [pytest.mark.xdist_group("desk"), pytest.mark.timeout(240)]


def is_look(route: Route) -> bool:
    return "look" in (route.request.post_data or "")


def test_from_photos_to_the_film(page: Page, desk: Desk, tmp_path: Path) -> None:
    for name, colour in (("pier.jpg", (200, 60, 30)), ("boat.jpg", (30, 90, 200))):
        (tmp_path / name).write_bytes(photo(colour))
    journey.sign_in(page, desk)
    page.goto(re.sub(r"/t/([a-z-]+)/.*", r"/t/\1/projects/picovico/", page.url))
    axe_clean(page)
    page.get_by_label("Name").fill("A day at sea")
    page.get_by_role("button", name="Begin").click()
    expect(page.get_by_role("heading", name="What the film needs")).to_be_visible(timeout=30_000)
    axe_clean(page)

    page.get_by_label("New photos").set_input_files([str(tmp_path / "pier.jpg"), str(tmp_path / "boat.jpg")])
    page.get_by_role("button", name="Upload and add").click()
    expect(page.locator(".slideshow-row")).to_have_count(2, timeout=30_000)
    expect(page.locator(".slideshow-photo")).to_have_count(2)
    expect(page.get_by_text("Not saved yet.")).to_be_visible()
    page.get_by_role("button", name="Add a text card").click()
    expect(page.locator(".slideshow-row")).to_have_count(3)
    page.get_by_label("Heading").fill("The end")
    # With the keyboard: the focus goes with what is moved.
    page.get_by_role("button", name="Move place 3 up").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Move place 2 up")).to_be_focused()
    expect(page.get_by_label("Heading")).to_have_value("The end")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Move place 1 up")).to_be_focused()
    page.get_by_role("button", name="Move place 1 down").click()
    expect(page.get_by_role("button", name="Move place 2 down")).to_be_focused()
    for seconds in page.get_by_label("Seconds").all():
        seconds.fill("1")

    # Choices in quick succession: one is asked about after the other, and nothing stays locked.
    held: list[Route] = []
    page.route("**/slideshow/", lambda route: held.append(route) if is_look(route) else route.continue_())
    page.get_by_role("radio", name=re.compile("Vanilla Frameless")).check(force=True)
    page.get_by_role("radio", name=re.compile("360p")).check(force=True)
    page.get_by_role("combobox", name="Tune 1").select_option(index=2)
    for _ in range(2):
        while not held:
            page.wait_for_timeout(20)
        held.pop().continue_()
    page.unroute("**/slideshow/")
    expect(page.get_by_text("is missing")).to_have_count(0)
    page.wait_for_timeout(600)
    expect(page.get_by_label("Title")).to_be_editable()
    axe_clean(page)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Saved at Picovico.", exact=True)).to_be_visible(timeout=30_000)
    expect(page.get_by_text("is missing")).to_have_count(0)
    expect(page.get_by_role("button", name="Save and make the film · 40 Mohars")).to_be_visible()

    page.set_viewport_size({"width": 360, "height": 780})
    page.emulate_media(color_scheme="dark")
    page.reload()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "the page is wider than a phone"
    axe_clean(page)
    page.get_by_role("button", name=re.compile("Save and make the film")).click()
    link = page.locator("#show-film")
    expect(link).to_be_visible(timeout=60_000)
    axe_clean(page)
    link.click()
    journey.wait_until_ready(page, seconds=90)
    journey.plays(page, page.locator(".project-player video"))
    for size in ("360p", "480p"):
        page.get_by_label("Size of the picture").get_by_role("link", name=size).click()
        film = page.locator(f".project-player video[src*='-{size.removesuffix('p')}.mp4']")
        expect(film).to_be_visible()
        journey.plays(page, film)
    axe_clean(page)
    expect(page.get_by_role("heading", name="Downloads")).to_be_visible()
    expect(page.get_by_text(re.compile("2 photos, 1 text card"))).to_be_visible()


def test_a_press_while_the_price_changes_spends_nothing(page: Page, desk: Desk) -> None:
    """The button said 40; the choice of a dearer quality is on its way to the desk when it is pressed."""
    journey.sign_in(page, desk)
    page.goto(re.sub(r"/t/([a-z-]+)/.*", r"/t/\1/projects/picovico/", page.url))
    page.get_by_label("Name").fill("Dearer than it said")
    page.get_by_role("button", name="Begin").click()
    button = page.locator("#slideshow-render")
    expect(button).to_contain_text("40 Mohars", timeout=30_000)
    held: list[Route] = []
    page.route("**/slideshow/", lambda route: held.append(route) if is_look(route) else route.continue_())
    page.get_by_role("radio", name=re.compile("720p")).check(force=True)
    button.dblclick()
    while not held:
        page.wait_for_timeout(20)
    held.pop().continue_()
    expect(page.locator(".toast")).to_contain_text("Look at the price, then press again")
    expect(button).to_contain_text("70 Mohars")
    expect(button).to_be_focused()
    # Nor is the second of the two presses done once the price is the old one again.
    page.get_by_role("radio", name=re.compile("360p")).check(force=True)
    while not held:
        page.wait_for_timeout(20)
    held.pop().continue_()
    expect(button).to_contain_text("40 Mohars")
    # What says nothing of a price is done as it was pressed.
    page.get_by_role("radio", name=re.compile("480p")).check(force=True)
    page.get_by_role("button", name="Add a text card").click()
    while not held:
        page.wait_for_timeout(20)
    held.pop().continue_()
    expect(page.locator(".slideshow-row")).to_have_count(1)
    page.unroute("**/slideshow/")
    page.get_by_role("link", name="Delete at Picovico").click()  # an account has one draft at a time
    expect(page.get_by_text("The draft is removed at Picovico for good")).to_be_visible()
    page.get_by_label("Type “delete” to confirm").fill("delete")
    page.get_by_role("button", name="Delete for good").click()
    expect(page.get_by_text("It is deleted at Picovico.", exact=True)).to_be_visible()
