"""What holds for every part of a page that reads itself anew. Here, where all apps are in sight."""

from __future__ import annotations

import re
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from dashboard.models import ApiKey, Team, User
from tests import factories
from tests.polling import HTMX, again_of

VOID = {"input", "img", "br", "hr", "source", "rect", "circle", "path"}


class Focusable(HTMLParser):
    """The elements that can have the focus, by their start tags."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag == "input" and values.get("type") == "hidden":
            return
        is_one = tag in ("button", "input", "select", "textarea", "summary") or (tag == "a" and "href" in values)
        if (is_one or values.get("tabindex") == "0" or "controls" in values) and values.get("tabindex") != "-1":
            self.found.append((tag, values))


def _project(team: Team, key: ApiKey, **fields: Any) -> Any:
    return factories.make_project(team, api_key=key, **fields)


def clips_coming(team: Team, key: ApiKey) -> str:
    made = _project(team, key, state="processing", look_problem="It did not answer.")
    factories.make_upload(made, state="received", offset=1000)
    factories.make_clip(made)
    return str(made.get_absolute_url())


def captions_exported_anew(team: Team, key: ApiKey) -> str:
    video = "https://media.submagic.co/v.mp4?Expires=1"
    made = _project(team, key, kind="captions", state="exporting", direct_url=video, outdated_since=timezone.now())
    factories.make_export(made, state="running", call=factories.make_call(team, api_key=key, operation="export"))
    return str(made.get_absolute_url())


def exports(team: Team, key: ApiKey) -> str:
    made = _project(team, key, kind="captions", state="ready", outdated_since=timezone.now())
    for state in ("asked", "running", "unknown", "done", "done"):
        call = factories.make_call(team, api_key=key, operation="export")
        factories.make_export(made, state=state, call=call, options={"templateName": "Sara"})
    return reverse("projects:project-exports", args=[team.slug, made.pk])


def change_lost(team: Team, key: ApiKey) -> str:
    made = _project(team, key, kind="captions", preview_url="https://app.submagic.co/view/x")
    body = {"removeSilencePace": "fast"}
    factories.make_call(
        team, api_key=key, operation="update", target_id=made.pk, state="unknown", body=body, sent_at=timezone.now()
    )
    return reverse("projects:project-edit", args=[team.slug, made.pk])


def media_on_its_way(team: Team, key: ApiKey) -> str:
    factories.make_preset(team)
    row = factories.make_media(team, state="queued", api_key=key, call=factories.make_call(team, api_key=key))
    return str(row.get_absolute_url())


def post_going_out(team: Team, key: ApiKey) -> str:
    clip = factories.make_clip(_project(team, key))
    row = factories.make_publication(team, clip=clip, state="sent", platforms={"youtube": {"title": "A"}})
    factories.make_post(row, "youtube", publish_status="processing")
    factories.make_post(row, "tiktok", publish_status="failed", error="Token expired")
    return str(row.get_absolute_url())


def posts(team: Team, key: ApiKey) -> str:
    post_going_out(team, key)
    return reverse("publishing:publication-list", args=[team.slug])


def home(team: Team, key: ApiKey) -> str:
    factories.make_call(team, api_key=key, state="unknown")
    factories.make_call(team, api_key=key, state="rejected", operation="export")
    return reverse("dashboard:home", args=[team.slug])


def home_of_projects(team: Team, key: ApiKey) -> str:
    clips_coming(team, key)
    _project(team, key, state="failed")
    return reverse("projects:home-panel", args=[team.slug])


def home_of_posts(team: Team, key: ApiKey) -> str:
    post_going_out(team, key)
    return reverse("publishing:home-panel", args=[team.slug])


PAGES = [
    clips_coming, captions_exported_anew, exports, change_lost, media_on_its_way, post_going_out, posts, home,
    home_of_projects, home_of_posts,
]  # fmt: skip


@pytest.fixture
def owner(alice: User, client_of: Callable[[User], Client]) -> Client:
    return client_of(alice)


@pytest.mark.parametrize("make", PAGES)
def test_it_is_left_alone_while_it_looks_the_same(
    owner: Client, team: Team, api_key: ApiKey, make: Callable[[Team, ApiKey], str]
) -> None:
    page = owner.get(make(team, api_key))
    assert owner.get(again_of(page), headers=HTMX).status_code == 204


@pytest.mark.parametrize("make", PAGES)
def test_the_focus_finds_its_place_again(
    owner: Client, team: Team, api_key: ApiKey, make: Callable[[Team, ApiKey], str]
) -> None:
    """htmx gives the focus back to the element with the same id; so whatever can have it has one, and once only."""
    again = again_of(owner.get(make(team, api_key)))
    part: HttpResponse = owner.get(re.sub("stamp=[0-9a-z]+", "stamp=old", again), headers=HTMX)
    assert part.status_code == 200
    parser = Focusable()
    parser.feed(part.content.decode())
    assert parser.found
    nameless = [(tag, values.get("class"), values.get("href")) for tag, values in parser.found if not values.get("id")]
    assert nameless == []
    ids = re.findall(r'\sid="([^"]+)"', part.content.decode())
    assert len(ids) == len(set(ids))
