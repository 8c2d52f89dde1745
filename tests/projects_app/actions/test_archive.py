"""What goes into the archive, by people and by itself, and what leaves it."""

from __future__ import annotations

import datetime as dt
import os
import uuid
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.utils import timezone

from dashboard import heartbeat
from dashboard.models import AuditEvent, Role, Team, User
from projects_app import archive_files
from projects_app.actions import archive, archive_copies, archive_tidying
from projects_app.actions.projects import NotNow
from projects_app.models import ArchivedVideo, ArchivePolicy, Clip, Keep
from tests import factories

pytestmark = pytest.mark.django_db
OLD = dt.timedelta(days=2)


@pytest.fixture
def clip(team: Team) -> Clip:
    return factories.make_clip(factories.make_project(team), title="The meeting")


def states() -> dict[str, str]:
    rows = ArchivedVideo.objects.select_related("clip", "export__project")
    return {row.clip.title if row.clip else f"export of {row.project.title}": row.state for row in rows}


def age(pk: uuid.UUID, by: dt.timedelta, ending: str = "") -> None:
    at = (timezone.now() - by).timestamp()
    os.utime(archive_files.path(pk, ending), (at, at))


def test_asking_twice_is_one_row_and_one_line(clip: Clip, bob: User) -> None:
    first, second = archive.keep(thing=clip, by=bob), archive.keep(thing=clip, by=bob)
    assert first == second
    assert list(AuditEvent.objects.values_list("verb", flat=True)) == ["archive.asked"]


def test_there_must_be_something_to_keep(clip: Clip, bob: User) -> None:
    Clip.objects.update(video="")
    with pytest.raises(NotNow):
        archive.keep(thing=Clip.objects.get(), by=bob)
    assert not ArchivedVideo.objects.exists() and not AuditEvent.objects.exists()


def test_what_is_kept_stays_when_the_provider_has_it_no_more(clip: Clip, bob: User) -> None:
    made = factories.make_archived(clip)
    Clip.objects.update(video="")
    assert archive.keep(thing=Clip.objects.get(), by=bob) == made
    assert states() == {"The meeting": "kept"}


# --- By itself ------------------------------------------------------------------------------------------------------


def wishing(team: Team, keep: Keep) -> None:
    ArchivePolicy.objects.create(team=team, keep=keep)


@pytest.mark.parametrize(
    ("wish", "expected"),
    [
        (None, {"yes"}),
        (Keep.APPROVED, {"yes"}),
        (Keep.NOTHING, set()),
        (Keep.ALL, {"yes", "no", "perhaps", "export of Film"}),
    ],
)
def test_each_teams_wish_is_followed(team: Team, other_team: Team, wish: Keep | None, expected: set[str]) -> None:
    if wish:
        wishing(team, wish)
    wishing(other_team, Keep.NOTHING)
    factories.make_clip(factories.make_project(other_team), title="theirs", decision="approved")
    project = factories.make_project(team)
    for title, decision in (("yes", "approved"), ("no", "rejected"), ("perhaps", "undecided")):
        factories.make_clip(project, title=title, decision=decision)
    factories.make_clip(project, title="nothing to see", decision="approved", video="")
    film = factories.make_project(team, kind="captions", title="Film")
    factories.make_export(film)
    factories.make_export(film, state="running", direct_url="")
    archive.keep_by_itself()
    assert set(states()) == expected
    assert archive.keep_by_itself() == 0
    assert not AuditEvent.objects.exists(), "nobody asked"


def test_a_few_at_a_time(clip: Clip) -> None:
    for _ in range(4):
        factories.make_clip(clip.project, decision="approved")
    assert [archive.keep_by_itself(most=3), archive.keep_by_itself(most=3)] == [3, 0]
    ArchivedVideo.objects.update(state="removed")
    assert [archive.keep_by_itself(most=3), archive.keep_by_itself(most=3)] == [1, 0]


def test_no_team_waits_for_all_of_anothers(clip: Clip, other_team: Team) -> None:
    wishing(clip.team, Keep.ALL)
    for _ in range(6):
        factories.make_clip(clip.project)
        factories.make_export(factories.make_project(clip.team, kind="captions"))
    theirs = factories.make_clip(factories.make_project(other_team), decision="approved")
    assert archive.keep_by_itself(most=4) == 4
    rows = list(ArchivedVideo.objects.all())
    assert theirs in [row.clip for row in rows]
    assert any(row.export for row in rows), "the clips of a team do not all go before its exports"


def test_what_is_old_is_looked_for_now_and_then(clip: Clip, bob: User) -> None:
    assert archive.keep_by_itself() == 0
    long_ago = timezone.now() - dt.timedelta(days=9)
    factories.make_clip(clip.project, decision="approved", decided_at=long_ago)
    new = factories.make_clip(clip.project, decision="approved")
    assert archive.keep_by_itself() == 1 and ArchivedVideo.objects.get().clip == new
    cache.clear()  # an hour later
    assert archive.keep_by_itself() == 1


def test_nothing_by_itself_ends_what_waits_and_nobody_asked_for(
    clip: Clip, alice: User, django_capture_on_commit_callbacks: Any
) -> None:
    for _ in range(3):
        factories.make_clip(clip.project, decision="approved")
    archive.keep_by_itself()
    asked = archive.keep(thing=clip, by=alice)
    with django_capture_on_commit_callbacks(execute=True):
        archive.wish(team=clip.team, keep=Keep.NOTHING, by=alice)
        ArchivedVideo.objects.filter(pk=asked.pk).update(state="kept", sha256="x", size=1, kept_at=timezone.now())
    assert list(ArchivedVideo.objects.values_list("pk", flat=True)) == [asked.pk]
    with django_capture_on_commit_callbacks(execute=True):
        archive.wish(team=clip.team, keep=Keep.APPROVED, by=alice)
    assert archive.keep_by_itself() == 3, "all of it is looked through again"


def test_what_was_taken_out_does_not_come_back_by_itself(
    clip: Clip, bob: User, django_capture_on_commit_callbacks: Any
) -> None:
    Clip.objects.update(decision="approved", decided_at=timezone.now())
    made = factories.make_archived(clip)
    with django_capture_on_commit_callbacks(execute=True):
        assert archive.remove(archived=made, by=bob)
    assert not archive.remove(archived=made, by=bob)
    assert archive_files.stored() == []
    assert archive.keep_by_itself() == 0
    assert list(AuditEvent.objects.values_list("verb", "data__size")) == [("archive.removed", 4)]
    assert archive.keep(thing=clip, by=bob).state == "waiting"
    assert ArchivedVideo.objects.count() == 1


def test_a_wish_is_written_once(team: Team) -> None:
    admin = factories.make_member(team, Role.ADMIN)
    assert not archive.wish(team=team, keep=Keep.APPROVED, by=admin), "that is what it is anyway"
    assert archive.wish(team=team, keep=Keep.ALL, by=admin)
    assert not archive.wish(team=team, keep=Keep.ALL, by=admin)
    assert ArchivePolicy.of(team) == Keep.ALL
    assert AuditEvent.objects.get().data == {"before": "approved", "after": "all"}


# --- Once an hour -----------------------------------------------------------------------------------------------------


def names() -> dict[uuid.UUID, str]:
    return {file.pk: file.ending for file in archive_files.stored()}


def test_what_nobody_needs_is_put_aside_and_goes_later(clip: Clip) -> None:
    """However old the file is: what counts is since when nobody needs it."""
    archive.is_connected()
    kept = factories.make_archived(clip)
    failed = factories.make_archived(factories.make_clip(clip.project), state="failed", sha256="")
    gone = factories.make_archived(factories.make_clip(clip.project), state="removed")
    moved = factories.make_archived(factories.make_clip(clip.project), node="other")
    strange = uuid.uuid4()
    archive_files.path(strange).write_bytes(b"x")
    (archive_files.path(kept.pk).parent / "README").write_text("not ours")
    for pk in (kept.pk, failed.pk, gone.pk, moved.pk, strange):
        age(pk, dt.timedelta(days=400))
    cache.set("worker:other", timezone.now().isoformat())
    everything = {kept.pk: "", failed.pk: "", gone.pk: ".left", moved.pk: ".left", strange: ".left"}
    assert (archive_tidying.tidy(), names()) == (0, everything)
    assert (archive_tidying.tidy(), names()) == (0, everything)
    for pk in (gone.pk, moved.pk, strange):
        age(pk, OLD, ".left")
    assert archive_tidying.tidy() == 1
    assert names() == {kept.pk: "", failed.pk: "", moved.pk: ".left", strange: ".left"}
    for pk in (moved.pk, strange):
        age(pk, dt.timedelta(days=31), ".left")
    assert archive_tidying.tidy() == 2
    assert (archive_files.path(kept.pk).parent / "README").exists()


def test_a_restored_backup_finds_its_files_again(clip: Clip) -> None:
    """The rows were away for a while."""
    archive.is_connected()
    row = factories.make_archived(clip)
    age(row.pk, dt.timedelta(days=400))
    ArchivedVideo.objects.all().delete()
    archive_tidying.tidy()
    assert names() == {row.pk: ".left"}
    row.save(force_insert=True)
    archive_tidying.tidy()
    assert names() == {row.pk: ""}
    assert ArchivedVideo.objects.get().is_kept


def test_parts_of_what_nobody_waits_for_go_after_a_day(clip: Clip) -> None:
    archive.is_connected()
    waiting = factories.make_archived(clip, state="waiting")
    gone = factories.make_archived(factories.make_clip(clip.project), state="removed")
    for row in (waiting, gone):
        archive_files.path(row.pk).rename(archive_files.path(row.pk, ".part"))
        age(row.pk, OLD, ".part")
    assert archive_tidying.tidy() == 1
    assert names() == {waiting.pk: ".part"}


@pytest.mark.parametrize("how", ["missing", "short"])
def test_a_lost_file_is_fetched_again(clip: Clip, how: str) -> None:
    archive.is_connected()
    row = factories.make_archived(clip)
    where = archive_files.path(row.pk)
    where.unlink() if how == "missing" else where.write_bytes(b"fi")
    others = factories.make_archived(factories.make_clip(clip.project))
    elsewhere = factories.make_archived(factories.make_clip(clip.project), node="other")
    archive_files.path(elsewhere.pk).unlink()
    archive_tidying.tidy()
    row.refresh_from_db()
    assert row.state == "waiting" and "fetched again" in row.problem and row.next_look_at
    assert AuditEvent.objects.get().verb == "archive.lost"
    for each in (others, elsewhere):
        each.refresh_from_db()
        assert each.is_kept


def test_what_was_lost_and_is_back_is_looked_at_again(clip: Clip) -> None:
    archive.is_connected()
    row = factories.make_archived(clip, state="failed", problem="The provider does not have this video any more.")
    archive_tidying.tidy()
    row.refresh_from_db()
    assert (row.state, row.problem) == ("waiting", "")
    archive_copies.copy(row.pk)
    row.refresh_from_db()
    assert row.is_kept and archive_files.size_of(row.pk) == row.size


@pytest.mark.parametrize("new", ["container", "folder of two"])
def test_another_name_of_the_node_is_no_reason_to_delete_anything(clip: Clip, settings: Any, new: str) -> None:
    archive.is_connected()
    row = factories.make_archived(clip)
    settings.NODE = "renamed"
    if new == "folder of two":
        cache.set("worker:test", timezone.now().isoformat())
    waiting = archive.keep(thing=factories.make_clip(clip.project), by=None)
    for _ in range(3):
        assert archive_tidying.tidy() == 0
        archive_copies.copy(waiting.pk)
    assert names() == {row.pk: ""}
    waiting.refresh_from_db()
    assert waiting.is_waiting and "not connected" in waiting.problem


def test_a_file_in_its_place_is_not_overwritten_by_an_older_one(clip: Clip) -> None:
    archive.is_connected()
    row = factories.make_archived(clip)
    archive_files.path(row.pk, ".left").write_bytes(b"older")
    assert archive_tidying.tidy() == 0
    assert archive_files.path(row.pk).read_bytes() == b"film"
    age(row.pk, dt.timedelta(days=31), ".left")
    assert archive_tidying.tidy() == 1
    assert names() == {row.pk: ""}


def test_who_takes_it_out_meanwhile_does_not_stop_the_others(clip: Clip, monkeypatch: pytest.MonkeyPatch) -> None:
    archive.is_connected()
    rows = [factories.make_archived(factories.make_clip(clip.project)) for _ in range(2)]
    for row in rows:
        archive_files.path(row.pk).rename(archive_files.path(row.pk, ".left"))
    listed = archive_files.stored()
    archive_files.remove(rows[0].pk)
    monkeypatch.setattr(archive_files, "stored", lambda: listed)
    archive_tidying.tidy()
    assert archive_files.size_of(rows[1].pk) == rows[1].size


def test_a_disk_that_goes_away_in_the_middle(clip: Clip, monkeypatch: pytest.MonkeyPatch) -> None:
    archive.is_connected()
    row = factories.make_archived(clip)
    archive_files.path(row.pk).unlink()
    monkeypatch.setattr(archive_files, "is_mine", lambda: False)
    archive_tidying.tidy()
    row.refresh_from_db()
    assert row.is_kept


def test_a_disk_that_is_not_there_is_no_reason_to_do_anything(clip: Clip) -> None:
    archive.is_connected()
    row = factories.make_archived(clip)
    folder = archive_files.path(row.pk).parent
    folder.rename(folder.with_name("elsewhere"))
    waiting = archive.keep(thing=factories.make_clip(clip.project), by=None)
    archive_tidying.tidy()
    archive_copies.copy(waiting.pk)
    row.refresh_from_db()
    waiting.refresh_from_db()
    assert row.is_kept and not AuditEvent.objects.exists()
    assert waiting.is_waiting and "not connected" in waiting.problem
    assert waiting.next_look_at and waiting.next_look_at > timezone.now()
    assert archive_files.marked_for() is None
    if folder.exists():
        folder.rmdir()
    folder.with_name("elsewhere").rename(folder)
    archive_tidying.tidy()
    assert archive_files.size_of(row.pk) == row.size


def test_what_a_gone_node_had_begun_is_begun_anew(clip: Clip, monkeypatch: pytest.MonkeyPatch) -> None:
    row = archive.keep(thing=clip, by=None)
    kept = factories.make_archived(factories.make_clip(clip.project), node="old")
    ArchivedVideo.objects.filter(pk=row.pk).update(node="old", received=10, etag='"x"')

    def node() -> str:
        archive_tidying.free_of_gone_nodes()
        return ArchivedVideo.objects.get(pk=row.pk).node

    monkeypatch.setattr(heartbeat, "is_gone", lambda node: node == "old")
    assert [node(), node()] == ["old", "old"], "it may only just have begun"
    ArchivedVideo.objects.update(created_at=timezone.now() - heartbeat.GONE_AFTER * 2)
    assert [node(), node()] == ["old", "old"], "it may be an emptied cache"
    with time_machine.travel(timezone.now() + dt.timedelta(hours=1)):
        assert node() == ""
    row.refresh_from_db()
    assert (row.received, row.etag) == (0, "")
    assert ArchivedVideo.objects.get(pk=kept.pk).node == "old"
