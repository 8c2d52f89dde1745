from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import httpx
import pytest
import time_machine
from django.utils import timezone

from dashboard import budgets, leases
from dashboard.models import ApiKey, Team, User
from publishing_app.actions import feed, publish_calls
from publishing_app.models import Measurement, Post, Publication, PublicationState
from tests import factories
from tests.conftest import InProcessSandbox
from tests.publishing_app import support
from tests.publishing_app.support import BOTH, ask, exported_clip

pytestmark = pytest.mark.django_db
DOCUMENTED = json.loads(
    (Path(__file__).parents[2] / "providers/submagic/fixtures/published.json").read_text(encoding="utf-8")
)


def published(team: Team, bob: User, key: ApiKey, sandbox: InProcessSandbox) -> Publication:
    publication = ask(exported_clip(team, key, sandbox), bob, BOTH)
    assert publication.call_id
    publish_calls.drive(publication.call_id)
    return publication


def entry(number: str = "pub_1", **fields: Any) -> dict[str, Any]:
    post = {"platform": "youtube", "publishStatus": "published", "syncStatus": "synced"}
    return {
        "id": number,
        "projectId": "p1",
        "status": "published",
        "publishedAt": "2026-04-28T12:34:56.000Z",
        "posts": [post | {"analytics": {"views": 10}}],
    } | fields


class Pages(httpx.BaseTransport):
    """A feed of these pages, told apart by the cursor: "" is the first."""

    def __init__(self, pages: dict[str, Any]) -> None:
        self.pages = pages

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        page = self.pages[request.url.params.get("cursor", "")]
        return httpx.Response(200, content=page if isinstance(page, bytes) else json.dumps(page).encode())


def page(entries: list[dict[str, Any]], cursor: str | None = None) -> dict[str, Any]:
    return {"data": entries, "pagination": {"nextCursor": cursor}}


@pytest.fixture
def feed_of(sandbox: InProcessSandbox, monkeypatch: pytest.MonkeyPatch) -> Any:
    return lambda pages: support.put(monkeypatch, Pages(pages))


def test_posts_go_up_and_their_numbers_grow(team: Team, bob: User, api_key: ApiKey, sandbox: InProcessSandbox) -> None:
    publication = published(team, bob, api_key, sandbox)
    feed.sync(api_key.pk)
    publication.refresh_from_db()
    assert publication.state == PublicationState.SENT
    assert {post.publish_status for post in publication.posts.all()} == {"processing"}
    assert not Measurement.objects.exists()

    sandbox.clock.move(minutes=10)
    assert feed.sync(api_key.pk)
    publication.refresh_from_db()
    assert publication.state == PublicationState.PUBLISHED
    first = {post.platform: post.views for post in Post.objects.all()}
    assert set(first) == {"youtube", "tiktok"}
    assert all(views for views in first.values())
    assert Measurement.objects.count() == 2

    sandbox.clock.move(hours=5)
    assert feed.sync(api_key.pk)
    later = {post.platform: post.views for post in Post.objects.all()}
    assert all(later[platform] > first[platform] for platform in first)
    assert Measurement.objects.count() == 4
    assert all(post.measured_at for post in Post.objects.all())


def test_a_platform_that_gives_no_clicks_has_none_and_not_zero(
    team: Team, bob: User, api_key: ApiKey, sandbox: InProcessSandbox
) -> None:
    published(team, bob, api_key, sandbox)
    sandbox.clock.move(hours=1)
    feed.sync(api_key.pk)
    assert Post.objects.get(platform="tiktok").clicks is None
    assert Post.objects.get(platform="youtube").clicks is not None


def test_reading_the_same_twice_changes_nothing(
    team: Team, bob: User, api_key: ApiKey, sandbox: InProcessSandbox
) -> None:
    published(team, bob, api_key, sandbox)
    sandbox.clock.move(hours=1)
    for _ in range(3):
        assert feed.sync(api_key.pk, full=True)
    assert (Publication.objects.count(), Post.objects.count(), Measurement.objects.count()) == (1, 2, 2)


def test_unchanged_numbers_are_written_down_once_an_hour(api_key: ApiKey, feed_of: Any) -> None:
    feed_of({"": page([entry()])})
    start = timezone.now()
    for minutes in (0, 20, 59, 61, 100):
        with time_machine.travel(start + dt.timedelta(minutes=minutes), tick=False):
            assert feed.sync(api_key.pk, full=True)
    assert [row.at - start < dt.timedelta(minutes=2) for row in Measurement.objects.order_by("at")] == [True, False]


def test_the_documented_page_is_taken_as_it_is_printed(team: Team, api_key: ApiKey, feed_of: Any) -> None:
    feed_of({"": DOCUMENTED, "eyJpZCI6InB1Yl83YjJjM2Q0ZSJ9": page([])})
    assert feed.sync(api_key.pk)
    row = Publication.objects.get()
    post = row.posts.get()
    assert row.title == "How I Doubled My Revenue in 30 Days"
    assert not row.is_ours and row.created_by is None
    assert (post.views, post.clicks, post.engagement_rate) == (1234, 120, 0.125)
    assert post.link == "https://youtube.com/watch?v=dQw4w9WgXcQ"
    api_key.refresh_from_db()
    assert api_key.feed_synced_at is not None and api_key.feed_problem == ""


def test_a_publication_made_elsewhere_is_matched_to_our_clip(team: Team, api_key: ApiKey, feed_of: Any) -> None:
    clip = factories.make_clip(factories.make_project(team, api_key=api_key), upstream_id="p1")
    feed_of({"": page([entry()])})
    feed.sync(api_key.pk)
    assert Publication.objects.get().clip == clip


def test_a_wrong_project_of_one_answer_is_put_right_by_the_next(team: Team, api_key: ApiKey, feed_of: Any) -> None:
    clip = factories.make_clip(factories.make_project(team, api_key=api_key), upstream_id="p1")
    feed_of({"": page([entry(projectId="another")])})
    feed.sync(api_key.pk, full=True)
    assert Publication.objects.get().clip is None
    feed_of({"": page([entry()])})
    feed.sync(api_key.pk, full=True)
    assert (Publication.objects.get().clip, Publication.objects.get().upstream_project_id) == (clip, "p1")
    feed_of({"": page([entry(projectId=None)])})
    feed.sync(api_key.pk, full=True)
    assert Publication.objects.get().clip == clip, "an answer without it takes nothing away"


def test_another_teams_clip_with_the_same_id_is_not_matched(
    team: Team, other_team: Team, api_key: ApiKey, feed_of: Any
) -> None:
    factories.make_clip(factories.make_project(other_team), upstream_id="p1")
    feed_of({"": page([entry()])})
    feed.sync(api_key.pk)
    row = Publication.objects.get()
    assert row.clip is None and row.team == team


def test_some_failed_posts_make_it_partly_failed_with_the_full_error(api_key: ApiKey, feed_of: Any) -> None:
    error = "TikTok: the access token expired. " + "x" * 900
    posts = [
        {"platform": "youtube", "publishStatus": "published", "syncStatus": "synced", "analytics": {"views": 3}},
        {"platform": "tiktok", "publishStatus": "failed", "syncStatus": "pending", "error": error},
    ]
    feed_of({"": page([entry(posts=posts)])})
    feed.sync(api_key.pk)
    row = Publication.objects.get()
    assert row.state == PublicationState.PARTLY_FAILED
    chip = next(chip for chip in row.chips if chip.platform == "tiktok")
    assert chip.error == error
    assert "Connect the TikTok account again" in chip.advice


def test_numbers_that_are_gone_keep_the_last_good_ones(api_key: ApiKey, feed_of: Any) -> None:
    feed_of({"": page([entry()])})
    feed.sync(api_key.pk)
    before = Post.objects.get()
    failed = {"platform": "youtube", "publishStatus": "published", "syncStatus": "failed", "analytics": None}
    feed_of({"": page([entry(posts=[failed])])})
    feed.sync(api_key.pk, full=True)
    after = Post.objects.get()
    assert (after.views, after.measured_at) == (10, before.measured_at)
    assert after.numbers_state == "sync failed at Submagic"
    assert Measurement.objects.count() == 1


def test_a_number_that_is_missing_in_one_answer_is_not_lost(api_key: ApiKey, feed_of: Any) -> None:
    post = {"platform": "youtube", "publishStatus": "published", "syncStatus": "synced"}
    for numbers in ({"views": 1000, "likes": 5}, {"likes": 6}, {"views": 1200}):
        feed_of({"": page([entry(posts=[post | {"analytics": numbers}])])})
        assert feed.sync(api_key.pk, full=True)
    kept = Post.objects.get()
    assert (kept.views, kept.likes) == (1200, 6)
    seen = list(Measurement.objects.order_by("at").values_list("views", "likes"))
    assert seen == [(1000, 5), (1000, 6), (1200, 6)], "a curve without a hole"


def youtube(number: str | None, views: int, **more: Any) -> dict[str, Any]:
    return {
        "platform": "youtube", "platformPostId": number, "publishStatus": "published", "syncStatus": "synced",
        "analytics": {"views": views},
    } | more  # fmt: skip


def test_two_posts_of_one_platform_are_two(api_key: ApiKey, feed_of: Any) -> None:
    feed_of({"": page([entry(posts=[youtube("a", 5), youtube("b", 9)]), entry("pub_2")])})
    for _ in range(2):
        assert feed.sync(api_key.pk, full=True)
    assert Publication.objects.count() == 2
    both = Post.objects.filter(publication__upstream_id="pub_1").order_by("views")
    assert [(post.platform_post_id, post.views) for post in both] == [("a", 5), ("b", 9)]
    assert Measurement.objects.count() == 3
    assert len(Publication.objects.get(upstream_id="pub_1").chips) == 2


def test_the_platforms_own_id_may_come_late_go_and_change(api_key: ApiKey, feed_of: Any) -> None:
    stages = [
        [youtube(None, 1), youtube(None, 2)],
        [youtube("a", 3), youtube(None, 4)],
        [youtube("b", 6), youtube("a", 5)],
        [youtube(None, 7), youtube("b", 8)],
        [youtube("c", 9), youtube("b", 10)],
    ]
    for stage in stages:
        feed_of({"": page([entry(posts=stage)])})
        assert feed.sync(api_key.pk, full=True)
        assert Post.objects.count() == 2
    assert list(Post.objects.order_by("views").values_list("platform_post_id", "views")) == [("c", 9), ("b", 10)]


def test_one_that_is_listed_twice_is_one(api_key: ApiKey, feed_of: Any) -> None:
    feed_of({"": page([entry(posts=[youtube("a", 5), youtube("a", 9)])])})
    assert feed.sync(api_key.pk)
    assert Post.objects.get().views == 9
    assert Measurement.objects.get().views == 9


def test_an_entry_that_moves_to_the_next_page_meanwhile_is_measured_once(api_key: ApiKey, feed_of: Any) -> None:
    feed_of({"": page([entry(posts=[youtube("a", 5)])], "2"), "2": page([entry(posts=[youtube("a", 6)])])})
    assert feed.sync(api_key.pk)
    assert Post.objects.get().views == 6
    assert Measurement.objects.get().views == 6


def test_what_nobody_foresaw_is_told_and_tried_again_later(
    api_key: ApiKey, feed_of: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_args: Any) -> None:
        raise RuntimeError("nobody thought of this")

    feed_of({"": page([entry()])})
    with monkeypatch.context() as patched:
        patched.setattr(feed.feed_pages, "take", fail)
        assert not feed.sync(api_key.pk)
    api_key.refresh_from_db()
    assert "cannot take over" in api_key.feed_problem
    assert api_key.next_look_at is not None and api_key.next_look_at > timezone.now()
    assert feed.sync(api_key.pk)
    api_key.refresh_from_db()
    assert api_key.feed_problem == ""


# --- One account under two keys -------------------------------------------------------------------


def test_a_second_key_of_one_account_counts_nothing_twice(team: Team, api_key: ApiKey, feed_of: Any) -> None:
    other = factories.make_key(team, label="Second")
    feed_of({"": page([entry("pub_1"), entry("pub_2")])})
    assert feed.sync(api_key.pk)
    assert feed.sync(other.pk)
    assert Publication.objects.filter(api_key=api_key).count() == Publication.objects.count() == 2
    assert Post.objects.count() == 2
    other.refresh_from_db()
    assert f"by the key “{api_key}” too" in other.feed_problem and "Use Replace" in other.feed_problem
    api_key.refresh_from_db()
    assert api_key.feed_problem == ""


def test_what_a_removed_key_brought_goes_on_with_the_next_one(team: Team, api_key: ApiKey, feed_of: Any) -> None:
    feed_of({"": page([entry("pub_1")])})
    assert feed.sync(api_key.pk)
    ApiKey.objects.update(state=ApiKey.State.REVOKED)
    other = factories.make_key(team, label="Second")
    feed_of({"": page([entry("pub_1", posts=[youtube("a", 77)])])})
    assert feed.sync(other.pk)
    row = Publication.objects.get()
    assert (row.api_key, row.posts.get().views) == (other, 77)
    other.refresh_from_db()
    assert other.feed_problem == ""


def test_what_two_removed_keys_brought_twice_is_no_obstacle(team: Team, api_key: ApiKey, feed_of: Any) -> None:
    """From before a second key of one account was noticed."""
    first, second = (factories.make_key(team, state=ApiKey.State.REVOKED) for _ in range(2))
    for old in (first, second):
        factories.make_publication(team, api_key=old, upstream_id="pub_1")
    feed_of({"": page([entry("pub_1", posts=[youtube("a", 77)])])})
    for _ in range(2):
        assert feed.sync(api_key.pk, full=True)
    assert sorted(Publication.objects.values_list("api_key__state", flat=True)) == ["revoked", "valid"]
    assert Post.objects.get().publication.api_key == api_key


def test_another_teams_key_of_the_account_is_another_matter(other_team: Team, api_key: ApiKey, feed_of: Any) -> None:
    theirs = factories.make_key(other_team)
    feed_of({"": page([entry("pub_1")])})
    assert feed.sync(api_key.pk) and feed.sync(theirs.pk)
    assert Publication.objects.count() == 2


# --- A long list ----------------------------------------------------------------------------------


class Long(httpx.BaseTransport):
    """A feed of so many pages with one entry each; the newest stands first."""

    def __init__(self, pages: int) -> None:
        self.pages = pages
        self.asked: list[str] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        number = request.url.params.get("cursor", "0")
        self.asked.append(number)
        following = str(int(number) + 1) if int(number) + 1 < self.pages else None
        answer = page([entry(f"pub_{number}", posts=[])], following)
        return httpx.Response(200, content=json.dumps(answer).encode())


@pytest.fixture
def live(team: Team) -> ApiKey:
    return factories.make_key(team, environment="live")


def test_a_list_longer_than_the_hours_share_goes_on_where_it_was_left(
    live: ApiKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = Long(130)
    support.put(monkeypatch, long)
    start = timezone.now()
    assert not feed.sync(live.pk)
    assert len(long.asked) == 80
    live.refresh_from_db()
    assert (live.feed_synced_at, live.feed_problem) == (None, "")
    assert live.next_look_at is not None
    with time_machine.travel(start + dt.timedelta(minutes=61)):
        assert feed.sync(live.pk)
    assert long.asked == [str(number) for number in range(130)], "no page twice"
    assert Publication.objects.count() == 130
    live.refresh_from_db()
    assert live.feed_synced_at is not None and live.feed_sweep == {}


def test_it_goes_on_after_a_cut_and_begins_anew_when_the_cursor_is_too_old(
    api_key: ApiKey, sandbox: InProcessSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = Long(5)
    support.put(monkeypatch, long)
    take, calls = feed.feed_pages.take, []

    def cut(*args: Any) -> Any:
        calls.append(1)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return take(*args)

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(feed.feed_pages, "take", cut)
        feed.sync(api_key.pk)
    api_key.refresh_from_db()
    assert api_key.feed_sweep["cursor"] == "2", "what was taken over is kept with the place of the next page"
    ApiKey.objects.update(lease_until=None)
    long.asked.clear()
    assert feed.sync(api_key.pk)
    assert long.asked == ["2", "3", "4"]

    began = (timezone.now() - dt.timedelta(hours=25)).isoformat()
    ApiKey.objects.update(feed_sweep={"cursor": "3", "began": began, "seen": []}, feed_synced_at=None)
    long.asked.clear()
    assert feed.sync(api_key.pk)
    assert long.asked[0] == "0"


def test_what_is_new_is_not_kept_waiting_by_a_long_reading(
    team: Team, live: ApiKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = Long(200)
    support.put(monkeypatch, long)
    began = timezone.now().isoformat()
    ApiKey.objects.update(feed_sweep={"cursor": "90", "began": began, "seen": []}, feed_synced_at=timezone.now())
    factories.make_publication(team, api_key=live, upstream_id="pub_1", state=PublicationState.SENT)
    feed.sync(live.pk)
    assert long.asked[:3] == ["0", "1", "90"]
    # The long reading takes its calls bit by bit, so that there are some for what is under way.
    assert len(long.asked) < 10
    assert budgets.turn(live, feed.ENDPOINT) == 0


def test_a_list_that_leads_back_is_given_up_across_looks_too(api_key: ApiKey, feed_of: Any) -> None:
    feed_of({"": page([entry("a")], "2"), "2": b"not now", "3": page([entry("c")], "2")})
    assert not feed.sync(api_key.pk)
    feed_of({"2": page([entry("b")], "3"), "3": page([entry("c")], "2"), "": page([], "2")})
    assert not feed.sync(api_key.pk)
    api_key.refresh_from_db()
    assert "leads back" in api_key.feed_problem
    assert api_key.feed_sweep == {}


def test_a_list_without_an_end_is_given_up(
    api_key: ApiKey, sandbox: InProcessSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "MOST_PAGES", 7)
    long = Long(1000)
    support.put(monkeypatch, long)
    assert not feed.sync(api_key.pk)
    assert len(long.asked) == 7
    api_key.refresh_from_db()
    assert "did not end" in api_key.feed_problem


BROKEN: list[Any] = [
    b"<html>maintenance</html>",
    b"[]",
    {"data": "none"},
    {"data": [entry("pub_2"), {"status": "published"}]},
    {"data": [entry("pub_2"), entry("pub_3", posts="none")]},
    {"data": [entry("pub_2", posts=[{"platform": 5}])]},
]


@pytest.mark.parametrize("body", BROKEN)
def test_a_malformed_page_applies_nothing_and_keeps_the_last_good_data(
    api_key: ApiKey, feed_of: Any, body: Any
) -> None:
    feed_of({"": page([entry()])})
    feed.sync(api_key.pk)
    api_key.refresh_from_db()
    synced = api_key.feed_synced_at
    feed_of({"": body})
    assert not feed.sync(api_key.pk, full=True)
    api_key.refresh_from_db()
    assert api_key.feed_problem
    assert api_key.feed_synced_at == synced
    assert api_key.next_look_at is not None and api_key.next_look_at > timezone.now()
    assert list(Publication.objects.values_list("upstream_id", flat=True)) == ["pub_1"]
    assert Post.objects.get().views == 10


def test_pages_are_followed_to_the_end(api_key: ApiKey, feed_of: Any) -> None:
    feed_of({"": page([entry("a")], "2"), "2": page([entry("b")], "3"), "3": page([entry("c")])})
    assert feed.sync(api_key.pk)
    assert set(Publication.objects.values_list("upstream_id", flat=True)) == {"a", "b", "c"}


def test_the_history_of_an_account_is_listed_by_its_own_times(team: Team, api_key: ApiKey, feed_of: Any) -> None:
    entries = [entry(name, publishedAt=f"2026-0{month}-01T00:00:00Z") for name, month in (("new", 3), ("old", 1))]
    feed_of({"": page(entries)})
    feed.sync(api_key.pk)
    assert [row.upstream_id for row in Publication.objects.for_list(team)] == ["new", "old"]


def test_a_cursor_that_comes_twice_stops_the_sync(api_key: ApiKey, feed_of: Any) -> None:
    feed_of({"": page([entry("a")], "2"), "2": page([entry("b")], "2")})
    assert not feed.sync(api_key.pk)
    api_key.refresh_from_db()
    assert "leads back" in api_key.feed_problem
    assert api_key.feed_synced_at is None


def test_a_look_while_something_is_under_way_reads_no_further_than_needed(
    team: Team, api_key: ApiKey, feed_of: Any
) -> None:
    factories.make_publication(team, upstream_id="a", state=PublicationState.SENT)
    ApiKey.objects.update(feed_synced_at=timezone.now())
    feed_of({"": page([entry("a")], "2"), "2": b"never asked for"})
    assert feed.sync(api_key.pk)
    assert Publication.objects.get().state == PublicationState.PUBLISHED


def test_the_next_look_is_soon_while_posts_are_under_way_and_at_the_usual_time_after(
    team: Team, bob: User, api_key: ApiKey, sandbox: InProcessSandbox
) -> None:
    published(team, bob, api_key, sandbox)
    feed.sync(api_key.pk)
    api_key.refresh_from_db()
    assert api_key.next_look_at is not None
    assert (api_key.next_look_at - timezone.now()).total_seconds() < 3
    sandbox.clock.move(minutes=5)
    feed.sync(api_key.pk)
    api_key.refresh_from_db()
    assert 15 < (api_key.next_look_at - timezone.now()).total_seconds() < 25


def test_a_refused_key_is_marked_and_asked_no_more(
    api_key: ApiKey, sandbox: InProcessSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    answering = support.Answering(sandbox.transport, lambda _request: True, 401, {"error": "UNAUTHORIZED"})
    support.put(monkeypatch, answering)
    assert not feed.sync(api_key.pk)
    assert not feed.sync(api_key.pk)
    api_key.refresh_from_db()
    assert api_key.state == ApiKey.State.INVALID
    assert answering.asked == 2, "the list, and once more something harmless"


def test_one_401_to_the_feed_stops_nothing(
    api_key: ApiKey, sandbox: InProcessSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    support.put(monkeypatch, support.Answering(sandbox.transport, support.is_feed, 401, {"error": "UNAUTHORIZED"}))
    assert not feed.sync(api_key.pk)
    api_key.refresh_from_db()
    assert api_key.state == ApiKey.State.VALID
    assert api_key.next_look_at is not None and api_key.next_look_at > timezone.now()
    support.put(monkeypatch, sandbox.transport)
    assert feed.sync(api_key.pk)


def test_a_key_that_somebody_reads_is_left_alone(api_key: ApiKey, sandbox: InProcessSandbox) -> None:
    assert leases.claim(api_key, owner="another")
    assert not feed.sync(api_key.pk)
    api_key.refresh_from_db()
    assert api_key.feed_synced_at is None


def test_a_due_key_is_delivered_by_the_sweep(team: Team, bob: User, api_key: ApiKey, sandbox: InProcessSandbox) -> None:
    ApiKey.objects.update(next_look_at=timezone.now())
    assert leases.sweep() == 1
    api_key.refresh_from_db()
    assert api_key.feed_synced_at is not None


# --- Deleted there (R19) --------------------------------------------------------------------------------------------


def old_entries(*numbers: str) -> list[dict[str, Any]]:
    return [entry(number) for number in numbers]


def test_a_post_that_two_whole_readings_do_not_show_is_gone_and_its_numbers_stay(
    team: Team, api_key: ApiKey, feed_of: Any, vera: User, client_of: Any
) -> None:
    feed_of({"": page(old_entries("pub_1", "pub_2"))})
    assert feed.sync(api_key.pk, full=True)
    feed_of({"": page(old_entries("pub_2"))})
    gone = Publication.objects.get(upstream_id="pub_1")
    for absences in (1, 2, 2):
        with time_machine.travel(timezone.now() + dt.timedelta(minutes=1 + absences)):
            assert feed.sync(api_key.pk, full=True)
        gone.refresh_from_db()
        assert (gone.absences, gone.is_gone) == (absences, absences == 2)
    assert gone.state == PublicationState.PUBLISHED and gone.posts.get().views == 10
    assert not Publication.objects.get(upstream_id="pub_2").is_gone
    client = client_of(vera)
    assert "No longer there" in client.get("/t/harbour/publishing/").content.decode()
    assert "no longer shows it" in client.get(gone.get_absolute_url()).content.decode()
    feed_of({"": page(old_entries("pub_1", "pub_2"))})
    with time_machine.travel(timezone.now() + dt.timedelta(minutes=9)):
        assert feed.sync(api_key.pk, full=True)
    gone.refresh_from_db()
    assert gone.absences == 0 and gone.seen_at is not None


def test_half_a_reading_is_none(team: Team, api_key: ApiKey, feed_of: Any) -> None:
    feed_of({"": page(old_entries("pub_1", "pub_2"))})
    assert feed.sync(api_key.pk, full=True)
    feed_of({"": page(old_entries("pub_2"), "more"), "more": b"<html>"})
    for minutes in (2, 3, 4):
        with time_machine.travel(timezone.now() + dt.timedelta(minutes=minutes)):
            assert not feed.sync(api_key.pk, full=True)
    assert not Publication.objects.exclude(absences=0).exists()


def test_a_feed_that_shows_nothing_known_says_nothing_of_posts(team: Team, api_key: ApiKey, feed_of: Any) -> None:
    feed_of({"": page(old_entries("pub_1", "pub_2"))})
    assert feed.sync(api_key.pk, full=True)
    for shown in ([], []):
        feed_of({"": page(shown)})
        with time_machine.travel(timezone.now() + dt.timedelta(minutes=5)):
            assert feed.sync(api_key.pk, full=True)
    assert not Publication.objects.exclude(absences=0).exists()


def test_what_was_just_sent_is_not_missed(
    team: Team, bob: User, api_key: ApiKey, sandbox: InProcessSandbox, feed_of: Any
) -> None:
    feed_of({"": page(old_entries("pub_1"))})
    assert feed.sync(api_key.pk, full=True)
    fresh = factories.make_publication(team, api_key=api_key, state="sent", seen_at=None)
    for _time in range(3):
        assert feed.sync(api_key.pk, full=True)
    fresh.refresh_from_db()
    assert fresh.absences == 0
    with time_machine.travel(timezone.now() + dt.timedelta(minutes=11)):
        assert feed.sync(api_key.pk, full=True)
    fresh.refresh_from_db()
    assert fresh.absences == 1
