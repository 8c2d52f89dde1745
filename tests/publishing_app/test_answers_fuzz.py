"""The published feed and replies to publish calls, mutated from the documents' examples.

(design: reliability, T12, R11 and R19.) A page of the feed is taken whole or not at all, no page of ours breaks, the
next good answer puts everything right; a publish call goes out once and never raises.
"""

from __future__ import annotations

import json
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
from projects_app.models import Clip
from providers import reading, submagic
from providers.errors import BadAnswer
from publishing_app.actions import feed
from publishing_app.models import Measurement, Post, Publication
from tests import factories
from tests.odd_json import FEW, HTML, odd_bytes, written
from tests.projects_app.scripted import Scripted, provider
from tests.providers.submagic.support import example as documented
from tests.publishing_app.support import ask, drive
from tests.rows import WORK, rows, undone

__all__ = ["provider"]

# As many as the design asks for on every change; PostgreSQL has the quick ones.
SLOW = (pytest.mark.slow, pytest.mark.once)
FEED = "/v1/projects/published"
ZONES = ("", "Pacific/Kiritimati", "Pacific/Pago_Pago")
PUBLICATION: dict[str, Any] = documented("published")["data"][0]
CURSORS = ("a", "b", "c")
# As the feed says it; a title and the time of making are ours, and stay as they first were.
SAID = ("upstream_status", "state", "scheduled", "published_at", "upstream_project_id")
NUMBERS = ("publish_status", "sync_status", "error", "url", "views", "likes", "comments", "shares", "engagement_rate")


def document(number: int, cursor: str | None) -> dict[str, Any]:
    entry = {**PUBLICATION, "id": f"pub_{number}"}
    second = {
        **entry["posts"][0],
        "platform": "tiktok",
        "platformPostId": "tt",
        "platformPostUrl": "https://tiktok.com/@a",
    }
    return {
        "data": [entry, {**entry, "id": f"pub_{number}_b", "posts": [*entry["posts"], second]}],
        "pagination": {"nextCursor": cursor},
    }


def tell(provider: Scripted, pages: dict[str, tuple[int, bytes]]) -> None:
    def page(request: httpx.Request) -> httpx.Response:
        status, body = pages.get(request.url.params.get("cursor", ""), pages["c"])
        return httpx.Response(status, content=body)

    provider.on("GET", FEED, page)


def expected(pages: dict[str, tuple[int, bytes]]) -> tuple[dict[str, submagic.Publication], bool]:
    """The entries of the pages up to the first that cannot be read or leads back; and whether the end was reached."""
    found: dict[str, submagic.Publication] = {}
    cursor, seen = "", set[str]()
    while True:
        status, body = pages.get(cursor, pages["c"])
        try:
            page = submagic.PublishedPage.from_json(reading.load(body)) if 200 <= status < 300 else None
        except BadAnswer:
            page = None
        if page is None or (page.next_cursor and page.next_cursor in seen):
            return found, False
        found |= {entry.id: entry for entry in page.items}
        if not page.next_cursor:
            return found, True
        cursor = page.next_cursor
        seen.add(cursor)


def is_whole(entry: submagic.Publication) -> None:
    row = Publication.objects.get(upstream_id=entry.id)
    assert (row.upstream_status, row.scheduled) == (entry.status[:60], entry.scheduled)
    kept = set(row.posts.values_list("platform", "platform_post_id"))
    for post in entry.posts:
        key = (post.platform[:16], (post.platform_post_id or "")[:255])
        assert key in kept or not post.platform_post_id and any(key[0] == platform for platform, _id in kept)
        if post.analytics and post.analytics.views is not None:
            assert Measurement.objects.filter(post__publication=row, post__platform=key[0]).exists()


def pages_of(client: Client, team: Team) -> None:
    slug = team.slug
    asked = [reverse(f"publishing:{name}", args=[slug]) for name in ("publication-list", "analytics", "home-panel")]
    analytics = reverse("publishing:analytics", args=[slug])
    asked += [f"{analytics}?period={period}&sort={sort}" for period, sort in (("all", "views"), ("7", "score"))]
    asked.append(reverse("publishing:analytics-csv", args=[slug]) + "?period=all")
    for row in Publication.objects.all()[:3]:
        asked.append(reverse("publishing:publication-detail", args=[slug, row.pk]))
    for post in Post.objects.all()[:3]:
        asked.append(reverse("publishing:post-detail", args=[slug, post.pk]))
    for path in asked:
        assert client.get(path).status_code < 300, path  # 286: nothing more to poll for


@pytest.fixture
def looker(alice: User, client_of: Callable[[User], Client]) -> Client:
    return client_of(alice)


GOOD = {
    "": (200, written(document(1, "a"))),
    "a": (200, written(document(2, "b"))),
    "b": (200, written(document(3, None))),
    "c": (200, written(documented("published_empty"))),
}


def sync_good(provider: Scripted, key: ApiKey) -> dict[str, Any]:
    """What good pages leave behind of what they list."""
    tell(provider, GOOD)
    key.refresh_from_db()
    # A reading that was broken off in the middle of the list first goes on there; the next one begins at the head.
    for _reading in range(1 + bool(key.feed_sweep)):
        cache.clear()
        assert feed.sync(key.pk, full=True)
    key.refresh_from_db()
    assert (key.feed_problem, key.feed_sweep) == ("", {})
    ids = [f"pub_{number}{more}" for number in (1, 2, 3) for more in ("", "_b")]
    found = Publication.objects.filter(upstream_id__in=ids).order_by("upstream_id")
    listed = Post.objects.filter(publication__in=found, platform_post_id__in=("dQw4w9WgXcQ", "tt"))
    listed = listed.filter(platform__in=("youtube", "tiktok")).order_by("publication__upstream_id", "platform")
    return {
        "publications": list(found.values("upstream_id", *SAID)),
        "posts": list(listed.values("platform", *NUMBERS)),
    }


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("cases", [30, pytest.param(400, marks=SLOW)])
def test_feed_sync_with_bad_json_takes_each_page_whole_or_not_at_all_and_heals(
    provider: Scripted, team: Team, api_key: ApiKey, alice: User, looker: Client, cases: int
) -> None:
    with undone():
        healthy = sync_good(provider, api_key)
    assert [len(part) for part in healthy.values()] == [6, 9]

    def run(asked: tuple[list[tuple[int, bytes]], str]) -> None:
        answers, zone = asked
        pages = dict(zip(("", *CURSORS), answers, strict=True))
        cache.clear()
        with undone():
            User.objects.filter(pk=alice.pk).update(timezone=zone)
            tell(provider, pages)
            entries, is_whole_list = expected(pages)
            assert feed.sync(api_key.pk, full=True) == is_whole_list
            assert set(Publication.objects.values_list("upstream_id", flat=True)) == set(entries)
            for entry in entries.values():
                is_whole(entry)
            key = ApiKey.objects.get(pk=api_key.pk)
            assert bool(key.feed_problem) == (not is_whole_list) and key.next_look_at
            pages_of(looker, team)
            assert sync_good(provider, api_key) == healthy

    def page(number: int) -> st.SearchStrategy[tuple[int, bytes]]:
        bodies = st.sampled_from((None, *CURSORS)).flatmap(lambda cursor: odd_bytes(document(number, cursor)))
        # Half of the pages are good, so that cursors are followed and loops are met.
        fine = st.sampled_from((None, *CURSORS)).map(lambda cursor: written(document(number, cursor)))
        return st.tuples(st.sampled_from((200,) * 12 + (204, 302, 404, 500)), fine | bodies)

    odd = st.tuples(st.tuples(*(page(number) for number in (1, 2, 3, 4))).map(list), st.sampled_from(ZONES))
    settings(max_examples=cases, **FEW)(given(odd)(run))()


def entry(**more: Any) -> bytes:
    return json.dumps({"data": [{**PUBLICATION, "id": "pub_1", **more}], "pagination": {}}).encode()


def posts(*changes: dict[str, Any]) -> bytes:
    return entry(posts=[{**PUBLICATION["posts"][0], **change} for change in changes])


SINGLE = {
    "over 32 MiB": entry(note="x" * (33 << 20)),
    "HTML": HTML,
    "a number of a thousand digits": posts({"analytics": {"views": 10**1000, "engagementRate": -(10**1000)}}),
    "the date of another calendar": entry(publishedAt="2569-11-27T10:00:00Z"),
    "the last second of the calendar": entry(publishedAt="9999-12-31T23:59:59Z", status="scheduled", scheduled=True),
    "the first second of the calendar": entry(publishedAt="0001-01-01T00:00:00Z"),
    "ids alike as far as they are kept": posts({"platformPostId": "x" * 256}, {"platformPostId": "x" * 257}),
    "platforms alike as far as they are kept": posts({"platform": "a" * 16 + "1"}, {"platform": "a" * 16 + "2"}),
    "a page that leads to itself": written(document(1, "c")),
}  # fmt: skip


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("body", SINGLE.values(), ids=SINGLE.keys())
def test_analytics_with_a_single_bad_answer_break_no_page_and_heal(
    provider: Scripted, team: Team, api_key: ApiKey, alice: User, looker: Client, body: bytes, zone: str
) -> None:
    User.objects.filter(pk=alice.pk).update(timezone=zone)
    with undone():
        healthy = sync_good(provider, api_key)
    tell(provider, {"": (200, body), "c": (200, body)})
    is_bad = body.startswith(b"<") or len(body) > 32 << 20 or b'"nextCursor": "c"' in body[-100:]
    assert feed.sync(api_key.pk, full=True) == (not is_bad)
    pages_of(looker, team)
    assert sync_good(provider, api_key) == healthy


# --- Publishing ------------------------------------------------------------------------------------------------------

STATUSES = (200, 201, 202) * 5 + (204, 302, 400, 402, 403, 404, 408, 409, 412, 413, 422, 429, 500, 502, 503)


@pytest.fixture
def clip(team: Team, api_key: ApiKey) -> Clip:
    return factories.make_clip(factories.make_project(team, api_key=api_key), decision="approved")


@pytest.mark.timeout(900)
@pytest.mark.parametrize("cases", [40, pytest.param(300, marks=SLOW)])
def test_publish_now_with_bad_json_is_accepted_or_looked_into_and_goes_out_once(
    provider: Scripted, team: Team, clip: Clip, bob: User, looker: Client, cases: int
) -> None:
    path = f"/v1/projects/{clip.upstream_id}/publish"

    def run(asked: tuple[int, bytes, bytes]) -> None:
        status, body, before = asked
        cache.clear()
        provider.calls.clear()
        with undone():
            provider.on("GET", FEED, httpx.Response(200, content=before))
            provider.on("POST", path, httpx.Response(status, content=body))
            made = drive(ask(Clip.objects.get(pk=clip.pk), bob))
            call = UpstreamCall.objects.get(pk=made.call_id)
            assert call.state in (CallState.ACCEPTED, CallState.UNKNOWN, CallState.REJECTED, CallState.READY)
            assert (made.upstream_id != "") == (call.state == CallState.ACCEPTED)
            assert provider.count("POST", path) == (call.sent_at is not None)
            if call.state != CallState.READY:
                drive(made)
            pages_of(looker, team)
            assert provider.count("POST", path) <= 1

    good = st.just(written(documented("published_empty")))
    odd = st.tuples(
        st.sampled_from(STATUSES),
        odd_bytes(documented("publish_now")),
        st.one_of(good, good, odd_bytes(document(1, None))),
    )
    settings(max_examples=cases, **FEW)(given(odd)(run))()


def test_publish_now_answered_with_the_id_of_another_post_is_looked_into(
    provider: Scripted, team: Team, clip: Clip, bob: User, looker: Client
) -> None:
    other = factories.make_publication(team, clip=clip, upstream_id="pub_taken")
    other.call = factories.make_call(team, operation="publish", state="accepted", target_id=clip.pk)
    other.save(update_fields=["call"])
    path = f"/v1/projects/{clip.upstream_id}/publish"
    provider.on("GET", FEED, httpx.Response(200, content=written(documented("published_empty"))))
    provider.on("POST", path, httpx.Response(200, json={**documented("publish_now"), "id": "pub_taken"}))
    before = rows(Publication, without=WORK)["Publication", other.pk]
    made = drive(ask(clip, bob))
    assert UpstreamCall.objects.get(pk=made.call_id).state == CallState.UNKNOWN
    assert made.upstream_id == ""
    assert provider.count("POST", path) == 1
    assert rows(Publication, without=WORK)["Publication", other.pk] == before
    pages_of(looker, team)
    assert timezone.now() >= made.created_at
