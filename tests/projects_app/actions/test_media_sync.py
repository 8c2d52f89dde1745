"""Reading the list: what it adds, makes ready, takes away and proves."""

from __future__ import annotations

import datetime as dt
from typing import Any

import httpx
import pytest
from django.core.cache import cache
from django.db import connection
from django.utils import timezone

from dashboard import budgets
from dashboard.models import ApiKey, AuditEvent, CallState, Team, UpstreamCall, User
from projects_app import media_csp
from projects_app.actions import media, media_calls, media_evidence, media_sync
from projects_app.actions.projects import NotNow
from projects_app.models import Media, MediaState
from tests import factories
from tests.projects_app import libraries as lib
from tests.projects_app.scripted import Scripted


def waiting(team: Team, bob: User, api_key: ApiKey, **fields: Any) -> Media:
    row = factories.make_media(
        team,
        api_key=api_key,
        created_by=bob,
        state=MediaState.WAITING,
        upstream_id=lib.ID,
        accepted_at=timezone.now(),
        next_look_at=timezone.now(),
        url="",
        seen_at=None,
        **fields,
    )
    row.call = factories.make_call(team, operation="create_media", state="accepted", target_id=row.pk)
    row.save()
    return row


def lost(provider: Scripted, team: Team, bob: User, api_key: ApiKey, url: str = lib.URL) -> Media:
    provider.on("POST", lib.CREATE, httpx.ReadTimeout("no answer"))
    row = lib.add_link(team, bob, api_key, url)
    assert lib.deliver(row).state == CallState.UNKNOWN
    return row


# --- What the list says --------------------------------------------------------------------------------------------


def test_what_nobody_added_here_is_found(provider: Scripted, team: Team, api_key: ApiKey) -> None:
    made = timezone.now() - dt.timedelta(days=3)
    provider.on("GET", lib.CREATE, lib.listed(lib.entry(createdAt=made.isoformat())))
    assert media_sync.sync(api_key) == 0
    row = Media.objects.get()
    assert row.is_found
    assert (row.state, row.name, row.type) == (MediaState.READY, "waves.mp4", "VIDEO")
    assert (row.width, row.height, row.duration, row.size) == (1920, 1080, 12.3, 15_000_000)
    assert row.created_at == made
    assert media_csp.remembered(team.pk) == ["https://cdn.submagic.co"]
    assert AuditEvent.objects.get(verb="media.found").data["count"] == 1


def test_reading_twice_changes_nothing(provider: Scripted, team: Team, api_key: ApiKey) -> None:
    provider.on("GET", lib.CREATE, lib.listed(lib.entry()))
    media_sync.sync(api_key)
    before = Media.objects.values("pk", "created_at", "ready_at", "state").get()
    media_sync.sync(api_key)
    assert Media.objects.values("pk", "created_at", "ready_at", "state").get() == before


def test_a_look_makes_it_ready(provider: Scripted, team: Team, bob: User, api_key: ApiKey) -> None:
    row = waiting(team, bob, api_key)
    provider.on("GET", lib.CREATE, lib.listed(), lib.listed(lib.entry()))
    media_sync.look(row.pk)
    row.refresh_from_db()
    assert row.state == MediaState.WAITING
    assert row.next_look_at and row.next_look_at > timezone.now()
    cache.clear()  # as if that read was long ago
    media_sync.look(row.pk)
    row.refresh_from_db()
    assert row.state == MediaState.READY
    assert row.ready_at is not None
    assert row.created_by == bob


def test_entries_that_wait_together_share_one_read(provider: Scripted, team: Team, bob: User, api_key: ApiKey) -> None:
    rows = [
        factories.make_media(
            team, api_key=api_key, state="waiting", accepted_at=timezone.now() - dt.timedelta(minutes=5), seen_at=None
        )
        for _ in range(5)
    ]
    provider.on("GET", lib.CREATE, lib.listed())
    for row in rows:
        media_sync.look(row.pk)
    assert provider.count("GET", lib.CREATE) == 1
    assert not Media.objects.filter(next_look_at=None).exists()


def test_all_pages_are_read(provider: Scripted, team: Team, api_key: ApiKey) -> None:
    provider.on(
        "GET", lib.CREATE, lib.listed(lib.entry("a"), cursor="c1"), lib.listed(lib.entry("b"), cursor="c2"),
        lib.listed(lib.entry("c")),
    )  # fmt: skip
    media_sync.sync(api_key)
    assert set(Media.objects.values_list("upstream_id", flat=True)) == {"a", "b", "c"}
    assert [call.url.params.get("cursor") for call in provider.calls] == [None, "c1", "c2"]
    assert provider.calls[0].url.params["limit"] == "100"


def test_a_list_that_leads_back_changes_nothing(provider: Scripted, team: Team, api_key: ApiKey) -> None:
    factories.make_media(team, api_key=api_key, seen_at=timezone.now() - dt.timedelta(hours=1))
    provider.on("GET", lib.CREATE, lib.listed(lib.entry("a"), cursor="c1"))
    assert media_sync.sync(api_key) > 0
    assert provider.count("GET", lib.CREATE) == 2
    assert Media.objects.get().state == MediaState.READY
    assert "end" in media_sync.library(api_key).problem


def test_the_other_list_shape_is_read_too(provider: Scripted, team: Team, api_key: ApiKey) -> None:
    provider.on(
        "GET", lib.CREATE, httpx.Response(200, json={"data": [lib.entry()], "pagination": {"nextCursor": None}})
    )
    media_sync.sync(api_key)
    assert Media.objects.count() == 1


def test_what_is_listed_no_more_is_gone_and_may_come_back(provider: Scripted, team: Team, api_key: ApiKey) -> None:
    provider.on("GET", lib.CREATE, lib.listed(lib.entry()), lib.listed(), lib.listed(lib.entry()))
    states = []
    for _ in range(3):
        media_sync.sync(api_key)
        states.append(Media.objects.get().state)
    assert states == [MediaState.READY, MediaState.GONE, MediaState.READY]


def test_a_library_belongs_to_its_key(provider: Scripted, team: Team, api_key: ApiKey) -> None:
    other = factories.make_media(team, api_key=factories.make_key(team), seen_at=lib.later(hours=-1))
    provider.on("GET", lib.CREATE, lib.listed())
    media_sync.sync(api_key)
    other.refresh_from_db()
    assert other.state == MediaState.READY


def test_trouble_keeps_what_is_known(provider: Scripted, team: Team, api_key: ApiKey) -> None:
    provider.on("GET", lib.CREATE, lib.listed(lib.entry()), httpx.Response(503))
    media_sync.sync(api_key)
    seen = media_sync.library(api_key).synced_at
    assert media_sync.sync(api_key) > 0
    found = media_sync.library(api_key)
    assert found.synced_at == seen
    assert found.problem
    assert Media.objects.get().state == MediaState.READY


def test_reads_wait_for_the_keys_limit(
    provider: Scripted, team: Team, bob: User, api_key: ApiKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = waiting(team, bob, api_key)
    monkeypatch.setattr(budgets, "turn", lambda key, endpoint, *, click=False: 900.0)
    media_sync.look(row.pk)
    row.refresh_from_db()
    assert not provider.calls
    assert row.next_look_at and row.next_look_at > lib.later(seconds=800)


def test_the_time_of_the_last_read_survives_an_emptied_cache(provider: Scripted, team: Team, api_key: ApiKey) -> None:
    provider.on("GET", lib.CREATE, lib.listed(lib.entry()))
    media_sync.sync(api_key)
    cache.clear()
    assert media_sync.library(api_key).synced_at == Media.objects.get().seen_at


@pytest.mark.parametrize(("minutes", "slow"), [(10, False), (20, True)])
def test_a_picture_that_never_becomes_ready_is_asked_for_rarely(
    team: Team, bob: User, api_key: ApiKey, minutes: int, slow: bool
) -> None:
    row = waiting(team, bob, api_key, type="IMAGE")
    row.accepted_at = timezone.now() - dt.timedelta(minutes=minutes)
    assert row.is_slow == slow
    live = factories.make_key(team, environment="live")
    row.api_key = live
    assert (media_sync.pace(row) >= 600) == slow


def test_opening_the_page_wishes_for_an_old_list_once(
    provider: Scripted, team: Team, api_key: ApiKey, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks() as wanted:
        assert media_sync.wish(api_key)
        assert media_sync.wish(api_key)
    assert len(wanted) == 1
    provider.on("GET", lib.CREATE, lib.listed())
    media_sync.sync(api_key)
    with django_capture_on_commit_callbacks() as wanted:
        assert not media_sync.wish(api_key)
    assert not wanted


# --- Evidence -------------------------------------------------------------------------------------------------------


def test_the_lost_one_is_found_by_its_name(provider: Scripted, team: Team, bob: User, api_key: ApiKey) -> None:
    row = lost(provider, team, bob, api_key)
    provider.on("GET", lib.CREATE, lib.listed(lib.entry("old", createdAt="2024-01-10T08:00:00Z"), lib.entry()))
    media_calls.deliver(lib.call_of(row).pk)
    row.refresh_from_db()
    assert (row.state, row.upstream_id) == (MediaState.READY, lib.ID)
    assert lib.call_of(row).state == CallState.ACCEPTED
    assert Media.objects.count() == 2
    assert provider.count("POST", lib.CREATE) == 1


def test_a_lost_file_is_found_by_its_size(provider: Scripted, team: Team, bob: User, api_key: ApiKey) -> None:
    provider.on("POST", lib.UPLOAD, httpx.ReadTimeout("no answer"))
    row = lib.add_file(team, bob, api_key)
    lib.deliver(row)
    entry = lib.entry(fileName="upload-1.mp4", metadata={"fileSize": row.size})
    provider.on("GET", lib.CREATE, lib.listed(entry))
    media_calls.deliver(lib.call_of(row).pk)
    row.refresh_from_db()
    assert row.state == MediaState.READY
    lib.deliver(row)
    assert not lib.has_file(row)


@pytest.mark.parametrize(
    "entries",
    [
        [],
        [{"fileName": "other.mp4"}],
        [{"createdAt": "2024-01-10T08:00:00Z"}],
        [{"createdAt": None}],
        [{"type": "IMAGE"}],
        [{}, {"id": "second"}],
    ],
    ids=["nothing", "another name", "from before", "no time", "another type", "two fit"],
)
def test_what_is_no_proof_is_left_to_a_person(
    provider: Scripted, team: Team, bob: User, api_key: ApiKey, entries: list[dict[str, Any]]
) -> None:
    row = lost(provider, team, bob, api_key)
    provider.on("GET", lib.CREATE, lib.listed(*(lib.entry() | each for each in entries)))
    media_calls.deliver(lib.call_of(row).pk)
    row.refresh_from_db()
    assert row.state == MediaState.UNKNOWN
    assert lib.call_of(row).next_look_at is not None
    assert Media.objects.filter(call=None).count() == len(entries)


def test_two_lost_ones_of_one_name_are_left_to_a_person(
    provider: Scripted, team: Team, bob: User, api_key: ApiKey
) -> None:
    rows = [lost(provider, team, bob, api_key) for _ in range(2)]
    provider.on("GET", lib.CREATE, lib.listed(lib.entry()))
    media_sync.sync(api_key)
    for row in rows:
        row.refresh_from_db()
        assert row.state == MediaState.UNKNOWN


def test_one_that_is_being_sent_is_not_taken_for_the_lost_one(
    provider: Scripted, team: Team, bob: User, api_key: ApiKey
) -> None:
    row = lost(provider, team, bob, api_key)
    other = lib.add_link(team, bob, api_key)
    UpstreamCall.objects.filter(pk=other.call_id).update(state=CallState.SENDING, sent_at=timezone.now())
    provider.on("GET", lib.CREATE, lib.listed(lib.entry()))
    media_sync.sync(api_key)
    row.refresh_from_db()
    assert row.state == MediaState.UNKNOWN


def test_a_file_of_the_same_name_and_another_size_is_not_the_lost_one(
    provider: Scripted, team: Team, bob: User, api_key: ApiKey
) -> None:
    provider.on("POST", lib.UPLOAD, httpx.ReadTimeout("no answer"))
    row = lib.add_file(team, bob, api_key, name="waves.mp4")
    lib.deliver(row)
    provider.on("GET", lib.CREATE, lib.listed(lib.entry(metadata={"fileSize": (row.size or 0) + 1})))
    media_sync.sync(api_key)
    row.refresh_from_db()
    assert row.state == MediaState.UNKNOWN


def test_one_that_a_person_left_is_not_taken_for_the_lost_one(
    provider: Scripted, team: Team, bob: User, api_key: ApiKey
) -> None:
    left = lost(provider, team, bob, api_key)
    media.give_up(media=left, by=bob)
    row = lost(provider, team, bob, api_key)
    provider.on("GET", lib.CREATE, lib.listed(lib.entry()))
    media_sync.sync(api_key)
    row.refresh_from_db()
    assert row.state == MediaState.UNKNOWN


def test_one_that_was_listed_before_its_answer_was_lost_is_found_all_the_same(
    provider: Scripted, team: Team, bob: User, api_key: ApiKey
) -> None:
    """Another entry's look reads the list while this one is still waited for."""

    def listed_first(request: httpx.Request) -> httpx.Response:
        media_sync.sync(api_key)
        raise httpx.ReadTimeout("no answer", request=request)

    provider.on("GET", lib.CREATE, lib.listed(lib.entry()))
    provider.on("POST", lib.CREATE, listed_first)
    row = lib.add_link(team, bob, api_key)
    assert lib.deliver(row).state == CallState.UNKNOWN
    assert Media.objects.count() == 2
    lib.deliver(row)
    assert (row.state, row.upstream_id) == (MediaState.READY, lib.ID)
    assert Media.objects.get() == row


def test_an_answer_that_meets_a_read_of_the_list_is_kept(
    provider: Scripted, team: Team, bob: User, api_key: ApiKey
) -> None:
    """The read has added the entry as found, and the answer's transaction could not see that yet."""
    provider.on("POST", lib.CREATE, lib.created())
    row = lib.add_link(team, bob, api_key)

    def found() -> None:
        factories.make_media(team, api_key=api_key, upstream_id=lib.ID)

    take_over = media._take_over
    tried: list[str] = []

    def too_early(entry: Media, upstream_id: str) -> dict[str, Any]:
        facts = {} if not tried else take_over(entry, upstream_id)
        tried.append(upstream_id)
        return facts

    found()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(media, "_take_over", too_early)
        lib.deliver(row)
    assert len(tried) == 2
    assert lib.call_of(row).state == CallState.ACCEPTED
    assert (row.upstream_id, row.state) == (lib.ID, MediaState.READY)
    assert Media.objects.count() == 1


def test_a_read_that_meets_an_answer_takes_it_over(provider: Scripted, team: Team, bob: User, api_key: ApiKey) -> None:
    """The answer came after the read had looked which entries are known."""
    provider.on("GET", lib.CREATE, lib.listed(lib.entry()))
    row = factories.make_media(team, api_key=api_key, state=MediaState.QUEUED, upstream_id="")

    begun: list[str] = []

    def answered(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        # Undone with the read's own transaction, of which it is no part, so it is done again behind that.
        is_first = not begun and sql.startswith('INSERT INTO "projects_media"')
        if is_first or (len(begun) == 1 and sql.startswith("SELECT")):
            begun.append(sql)
            Media.objects.filter(pk=row.pk).update(upstream_id=lib.ID, state=MediaState.WAITING)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(answered):
        assert media_sync.sync(api_key) == 0.0
    assert len(begun) == 2
    row.refresh_from_db()
    assert (row.state, row.upstream_id) == (MediaState.READY, lib.ID)
    assert Media.objects.count() == 1


def test_a_person_says_which_it_is(provider: Scripted, team: Team, bob: User, api_key: ApiKey) -> None:
    row = lost(provider, team, bob, api_key)
    provider.on("GET", lib.CREATE, lib.listed(lib.entry(fileName="renamed.mp4")))
    media_sync.sync(api_key)
    (found,) = media_evidence.candidates(row)
    media.claim(media=row, found=found, by=bob)
    row.refresh_from_db()
    assert (row.state, row.upstream_id) == (MediaState.READY, lib.ID)
    assert Media.objects.count() == 1
    with pytest.raises(NotNow):
        media.claim(media=row, found=row, by=bob)


def test_an_entry_that_another_has_is_not_taken(provider: Scripted, team: Team, bob: User, api_key: ApiKey) -> None:
    row = lost(provider, team, bob, api_key)
    other = waiting(team, bob, api_key)
    with pytest.raises(NotNow):
        media.claim(media=row, found=other, by=bob)


def test_the_list_may_show_it_before_its_answer_is_here(
    provider: Scripted, team: Team, bob: User, api_key: ApiKey
) -> None:
    def listed_first(request: httpx.Request) -> httpx.Response:
        media_sync.sync(api_key)
        return lib.created()

    provider.on("GET", lib.CREATE, lib.listed(lib.entry()))
    provider.on("POST", lib.CREATE, listed_first)
    row = lib.add_link(team, bob, api_key)
    lib.deliver(row)
    assert Media.objects.get() == row
    assert (row.state, row.width, row.created_by) == (MediaState.READY, 1920, bob)


# --- With the sandbox ----------------------------------------------------------------------------------------------


def test_the_whole_way_with_the_sandbox(sandbox: Any, team: Team, bob: User, api_key: ApiKey) -> None:
    by_link = lib.add_link(team, bob, api_key, "http://127.0.0.1:8999/submagic/samples/hills-picture.png")
    lib.deliver(by_link)
    assert by_link.state == MediaState.WAITING
    sandbox.clock.move(minutes=20)
    media_sync.sync(api_key)
    by_link.refresh_from_db()
    assert (by_link.state, by_link.type) == (MediaState.READY, "IMAGE")
    assert (by_link.width, by_link.height) == (1280, 720)
    assert Media.objects.usable_with(api_key).get() == by_link
