"""What the provider says to calls that must not be repeated, and its lists, mutated from the documents' examples.

(design: reliability, T12 and R10.) A send never raises, goes out once, and ends as accepted with everything or as
something that is looked into; a list is taken over whole or not at all.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.models import ApiKey, CallState, Team, UpstreamCall, User
from projects_app import catalogue
from projects_app.actions import exports, media_calls, media_sync, project_calls
from projects_app.models import Export, ExportState, Media, MediaState, Project
from providers import reading
from providers.errors import BadAnswer
from providers.submagic.user_media import UserMediaPage
from tests import factories
from tests.odd_json import FEW, odd_bytes, written
from tests.projects_app import libraries as lib
from tests.projects_app.json_calls import CREATE, call_of
from tests.projects_app.scripted import Scripted
from tests.providers.submagic.support import example as documented
from tests.rows import rows, undone

LONG = (pytest.mark.slow, pytest.mark.once)
ID = "3f1c9a52-7a64-4d5b-9d40-2f6f6d1c8a01"
TAKEN = "7d2b0d3e-0000-4000-8000-00000000aaaa"
STATUSES = (200, 201, 202) * 5 + (204, 302, 400, 402, 403, 404, 408, 409, 412, 413, 415, 422, 429, 500, 502, 503)
SETTLED = (CallState.ACCEPTED, CallState.UNKNOWN, CallState.REJECTED, CallState.READY)


@pytest.fixture
def looker(alice: User, client_of: Callable[[User], Client]) -> Client:
    return client_of(alice)


def replies(name: str, **more: Any) -> st.SearchStrategy[tuple[int, bytes]]:
    return st.tuples(st.sampled_from(STATUSES), odd_bytes({**documented(name), **more}))


def each(cases: int, strategy: st.SearchStrategy[Any], run: Callable[[Any], None]) -> None:
    def one(asked: Any) -> None:
        cache.clear()
        with undone():
            run(asked)

    settings(max_examples=cases, **FEW)(given(strategy)(one))()


def is_shown(client: Client, project: Project) -> None:
    for name in ("project-detail", "project-status", "project-exports"):
        assert client.get(reverse(f"projects:{name}", args=[project.team.slug, project.pk])).status_code < 300
    assert client.get(reverse("projects:project-list", args=[project.team.slug])).status_code == 200


def create(provider: Scripted, project: Project, status: int, body: bytes) -> UpstreamCall:
    provider.on("POST", CREATE, httpx.Response(status, content=body))
    project_calls.deliver(call_of(project).pk)
    call = call_of(project)
    assert call.state in SETTLED
    project.refresh_from_db()
    if call.state == CallState.ACCEPTED:
        assert project.upstream_id == call.upstream_id != ""
        assert (project.state, call.settled_at is None) == ("processing", False)
    else:
        assert (project.upstream_id, call.upstream_id, call.reply) == ("", "", {})
        assert call.state == CallState.REJECTED or call.next_look_at is not None  # I9
    # A second delivery sends nothing, whatever came of the first.
    if call.state != CallState.READY:
        project_calls.deliver(call.pk)
    return call


@pytest.mark.timeout(900)
@pytest.mark.parametrize("cases", [40, pytest.param(300, marks=LONG)])
def test_create_by_url_with_bad_json_is_accepted_whole_or_looked_into(
    provider: Scripted, waiting: Project, looker: Client, cases: int
) -> None:
    def run(asked: tuple[int, bytes]) -> None:
        provider.calls.clear()
        mine = Project.objects.get(pk=waiting.pk)
        create(provider, mine, *asked)
        assert provider.count("POST", CREATE) == 1
        is_shown(looker, mine)

    each(cases, replies("create_magic_clips", id=ID), run)


def test_create_by_url_answered_with_the_id_of_another_project_is_looked_into(
    provider: Scripted, waiting: Project, looker: Client
) -> None:
    """It cannot be both; a machine must neither believe it nor send the call again."""
    other = factories.make_project(waiting.team, api_key=waiting.api_key, upstream_id=TAKEN)
    body = json.dumps({"id": TAKEN, "status": "processing"}).encode()
    call = create(provider, waiting, 201, body)
    assert call.state == CallState.UNKNOWN
    assert provider.count("POST", CREATE) == 1
    other.refresh_from_db()
    assert other.upstream_id == TAKEN
    is_shown(looker, waiting)


@pytest.mark.timeout(900)
@pytest.mark.parametrize("cases", [40, pytest.param(250, marks=LONG)])
def test_export_with_bad_json_is_accepted_or_looked_into(
    provider: Scripted, team: Team, api_key: ApiKey, bob: User, looker: Client, cases: int
) -> None:
    made = factories.make_project(
        team, api_key=api_key, kind="captions", upstream_id=ID, direct_url="https://d1.cloudfront.net/old.mp4",
        upstream_updated_at=timezone.now(), finished_at=timezone.now(),
    )  # fmt: skip
    path = f"/v1/projects/{ID}/export"

    def run(asked: tuple[int, bytes]) -> None:
        status, body = asked
        provider.calls.clear()
        provider.on("POST", path, httpx.Response(status, content=body))
        export = exports.ask(project=Project.objects.get(pk=made.pk), by=bob, form_token=uuid.uuid4())
        assert export.call is not None
        project_calls.deliver(export.call.pk)
        export = Export.objects.select_related("call").get(pk=export.pk)
        assert export.call is not None
        assert export.state == {
            CallState.ACCEPTED: ExportState.RUNNING,
            CallState.UNKNOWN: ExportState.UNKNOWN,
            CallState.REJECTED: ExportState.FAILED,
            CallState.READY: ExportState.ASKED,
        }.get(CallState(export.call.state))
        assert provider.count("POST", path) == 1
        is_shown(looker, made)

    each(cases, replies("export_project", projectId=ID), run)


# --- The media library -----------------------------------------------------------------------------------------------


@pytest.mark.timeout(900)
@pytest.mark.parametrize("cases", [30, pytest.param(200, marks=LONG)])
def test_adding_media_with_bad_json_is_accepted_or_looked_into(
    provider: Scripted, team: Team, api_key: ApiKey, bob: User, looker: Client, cases: int
) -> None:
    provider.on("GET", lib.CREATE, lib.listed())

    def run(asked: tuple[int, bytes]) -> None:
        status, body = asked
        provider.calls.clear()
        provider.on("POST", lib.CREATE, httpx.Response(status, content=body))
        row = lib.add_link(team, bob, api_key)
        assert row.call_id
        media_calls.deliver(row.call_id)
        call = UpstreamCall.objects.get(pk=row.call_id)
        row.refresh_from_db()
        assert call.state in SETTLED
        assert (row.upstream_id != "") == (call.state == CallState.ACCEPTED)
        assert provider.count("POST", lib.CREATE) == 1
        assert looker.get(reverse("projects:media-list", args=[team.slug])).status_code == 200

    each(cases, replies("create_user_media"), run)


def test_adding_media_answered_with_an_id_that_is_known_already_raises_nothing(
    provider: Scripted, team: Team, api_key: ApiKey, bob: User, looker: Client
) -> None:
    other = factories.make_media(team, api_key=api_key, upstream_id=lib.ID)
    provider.on("GET", lib.CREATE, lib.listed(lib.entry()))
    provider.on("POST", lib.CREATE, lib.created(lib.ID))
    row = lib.add_link(team, bob, api_key)
    assert row.call_id
    media_calls.deliver(row.call_id)
    assert UpstreamCall.objects.get(pk=row.call_id).state in SETTLED
    assert Media.objects.filter(upstream_id=lib.ID).count() == 1
    assert looker.get(reverse("projects:media-list", args=[team.slug])).status_code == 200
    assert other.team == team


LISTED = {
    "items": [lib.entry(), lib.entry("a1b2c3d4-e5f6-7890-abcd-ef1234567890", type="AUDIO")],
    "hasMore": True,
    "nextCursor": "b",
}
LAST = {"items": [lib.entry("00000000-0000-4000-8000-000000000003", type="IMAGE")], "hasMore": False}


def listing(pages: dict[str, bytes]) -> list[str] | None:
    """The ids of the whole list; None when it cannot be read to its end."""
    found: dict[str, None] = {}
    cursor, seen = "", set[str]()
    while True:
        try:
            page = UserMediaPage.from_json(reading.load(pages.get(cursor, pages["b"])))
        except BadAnswer:
            return None
        found |= dict.fromkeys(entry.id for entry in page.items)
        cursor = page.next_cursor or ""
        if not cursor:
            return list(found)
        if cursor in seen:
            return None
        seen.add(cursor)


@pytest.mark.timeout(900)
@pytest.mark.parametrize("cases", [40, pytest.param(300, marks=LONG)])
def test_media_list_with_bad_json_is_taken_whole_or_not_at_all_and_heals(
    provider: Scripted, team: Team, api_key: ApiKey, alice: User, looker: Client, cases: int
) -> None:
    row = factories.make_media(
        team, api_key=api_key, state=MediaState.WAITING, upstream_id=lib.ID, accepted_at=timezone.now(), seen_at=None
    )

    def tell(pages: dict[str, bytes]) -> None:
        def page(request: httpx.Request) -> httpx.Response:
            return httpx.Response(200, content=pages.get(request.url.params.get("cursor", ""), pages["b"]))

        provider.on("GET", lib.CREATE, page)

    def run(asked: tuple[bytes, bytes, str]) -> None:
        first, last, zone = asked
        User.objects.filter(pk=alice.pk).update(timezone=zone)
        before = rows(Media)
        tell({"": first, "b": last})
        media_sync.look(row.pk)
        ids = listing({"": first, "b": last})
        if ids is None:
            assert rows(Media) == before
        else:
            assert set(Media.objects.values_list("upstream_id", flat=True)) == {lib.ID, *ids}
            assert (Media.objects.get(pk=row.pk).state == MediaState.READY) == (lib.ID in ids)
        seen = [reverse("projects:media-list", args=[team.slug])]
        seen += [reverse("projects:media-detail", args=[team.slug, each.pk]) for each in Media.objects.all()[:3]]
        assert {looker.get(path).status_code for path in seen} == {200}
        cache.clear()
        tell({"": written(LISTED), "b": written(LAST)})
        assert media_sync.sync(api_key) == 0.0
        good = Media.objects.get(pk=row.pk)
        assert (good.state, good.name, good.width, good.duration) == (MediaState.READY, "waves.mp4", 1920, 12.3)
        assert Media.objects.filter(state=MediaState.READY).count() >= 3

    zones = st.sampled_from(("", "Pacific/Kiritimati", "Pacific/Pago_Pago"))
    each(cases, st.tuples(odd_bytes(LISTED), odd_bytes(LAST), zones), run)


# --- Languages and templates -----------------------------------------------------------------------------------------


@pytest.mark.timeout(900)
@pytest.mark.parametrize("cases", [40, pytest.param(250, marks=LONG)])
def test_lists_of_choices_with_bad_json_break_no_form_and_heal(
    provider: Scripted, team: Team, api_key: ApiKey, looker: Client, cases: int
) -> None:
    lists = {
        "/v1/languages": "languages",
        "/v1/templates": "templates",
        "/v1/hook-title/templates": "hook_title_templates",
    }
    form = reverse("projects:project-new", args=[team.slug])

    def run(asked: tuple[int, bytes, bytes, bytes]) -> None:
        status, *bodies = asked
        for path, body in zip(lists, bodies, strict=True):
            provider.on("GET", path, httpx.Response(status, content=body))
        assert looker.get(form).status_code == 200
        assert looker.get(form + "?source=url&kind=captions").status_code == 200
        cache.clear()
        for path, name in lists.items():
            provider.on("GET", path, httpx.Response(200, json=documented(name)))
        assert catalogue.languages(api_key).problem == ""
        assert catalogue.templates(api_key).values == documented("templates")["templates"]

    odd = [odd_bytes(documented(name)) for name in lists.values()]
    each(cases, st.tuples(st.sampled_from((200, 200, 200, 404, 503)), *odd), run)


def test_what_is_drawn_is_mostly_still_json() -> None:
    """The net itself: a mutation that always broke the JSON would test nothing but its parser."""
    seen = {"json": 0, "odd": 0}

    def run(body: bytes) -> None:
        try:
            reading.load(body)
            seen["json"] += 1
        except BadAnswer:
            seen["odd"] += 1

    settings(max_examples=300, database=None, derandomize=True, **FEW)(given(odd_bytes(documented("published")))(run))()
    assert seen["json"] > 90 and seen["odd"] > 30, seen
