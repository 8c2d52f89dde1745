"""Copying a video to the archive, from a real host on this machine that breaks, refuses and changes its mind."""

from __future__ import annotations

import errno
import hashlib
import itertools
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from dashboard import budgets, leases
from dashboard.models import ApiKey, AuditEvent, Team, User
from projects_app import archive_files, archive_links
from projects_app.actions import archive, archive_copies, archive_downloads, archive_tidying, readers
from projects_app.models import ArchivedVideo, Clip
from providers.errors import ProjectNotFound
from tests import factories
from tests.projects_app.media_host import Host, host
from tests.projects_app.movies import mp4

__all__ = ["host"]

pytestmark = pytest.mark.django_db

FILM = mp4(400_000)


@pytest.fixture
def clip(team: Team, host: Host) -> Clip:
    return factories.make_clip(factories.make_project(team), video=host.put("/clip.mp4", FILM), title="A talk: part 1")


class Asked:
    """Stands for the provider's client and reader: a fresh link, or why there is none."""

    def __init__(self, answer: str | Exception) -> None:
        self.answer, self.reads, self.endpoint = answer, 0, "projects.get"

    @contextmanager
    def client(self, key: ApiKey) -> Iterator[Asked]:
        yield self

    def read(self, _client: Any, _upstream_id: str) -> str:
        self.reads += 1
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    def links(self, thing: Clip, fresh: str) -> None:
        Clip.objects.filter(pk=thing.pk).update(video=fresh)

    def addresses(self, fresh: str) -> list[str]:
        return [fresh]


@pytest.fixture
def provider_says(monkeypatch: pytest.MonkeyPatch) -> Callable[[str | Exception], Asked]:
    def says(answer: str | Exception) -> Asked:
        asked = Asked(answer)
        monkeypatch.setattr(readers, "of", lambda key: asked)
        return asked

    return says


def begun(clip: Clip, by: User | None = None) -> ArchivedVideo:
    return archive.keep(thing=clip, by=by)


def tried(row: ArchivedVideo) -> ArchivedVideo:
    archive_copies.copy(row.pk)
    row.refresh_from_db()
    return row


def is_whole(row: ArchivedVideo, film: bytes = FILM) -> bool:
    same = archive_files.path(row.pk).read_bytes() == film
    return same and (row.state, row.size, row.sha256) == ("kept", len(film), hashlib.sha256(film).hexdigest())


def test_a_copy_is_whole_checked_and_told(clip: Clip, bob: User, host: Host) -> None:
    row = tried(begun(clip, bob))
    assert is_whole(row)
    assert (row.container, row.duration, row.problem, row.next_look_at) == ("mp4", 12.5, "", None)
    assert row.kept_at and row.filename == "a-talk-part-1.mp4"
    verbs = AuditEvent.objects.order_by("id").values_list("verb", "actor__name")
    assert list(verbs) == [("archive.asked", "Bob"), ("archive.kept", "Bob")]
    assert [(each.pk, each.ending) for each in archive_files.stored()] == [(row.pk, "")]
    assert not leases.is_held(row)
    tried(row)
    begun(clip, bob)
    assert len(host.asked) == 1, "what is kept was fetched once more"


def test_a_broken_connection_goes_on_where_it_was(clip: Clip, host: Host) -> None:
    host.script = ["cut 150000", "cut 100000"]
    row = tried(begun(clip))
    assert row.state == "waiting" and "It is tried again." in row.problem
    assert row.next_look_at and row.next_look_at > timezone.now()
    assert tried(tried(row)).state == "kept"
    assert is_whole(row)
    assert [header for _path, header in host.asked] == ["", "bytes=150000-", "bytes=250000-"]


def test_another_version_is_begun_anew(clip: Clip, host: Host) -> None:
    host.script = ["cut 150000"]
    row = tried(begun(clip))
    other = mp4(300_000, seconds=20.0)
    host.put("/clip.mp4", other)
    assert is_whole(tried(row), other)
    assert row.duration == 20.0


@pytest.mark.parametrize("lost", ["etag", "boot"])
def test_bytes_of_which_nothing_is_sure_are_fetched_again(
    clip: Clip, host: Host, monkeypatch: pytest.MonkeyPatch, lost: str
) -> None:
    host.has_etags = lost != "etag"
    host.script = ["cut 150000"]
    row = tried(begun(clip))
    if lost == "boot":
        monkeypatch.setattr("projects_app.durable.boot", lambda: "another start of the machine")
    assert is_whole(tried(row))
    assert [header for _path, header in host.asked] == ["", ""]


def test_a_worker_that_died_before_the_row_was_written(clip: Clip, host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file has its name already; nothing is fetched again."""

    class Killed(BaseException):
        pass

    def killed(*args: Any, **values: Any) -> None:
        raise Killed

    row = begun(clip)
    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(archive_copies.audit, "record", killed)
        archive_copies.copy(row.pk)
    row.refresh_from_db()
    assert row.state == "waiting" and archive_files.size_of(row.pk) == len(FILM)
    ArchivedVideo.objects.update(lease_owner="", lease_until=None)
    assert is_whole(tried(row))
    assert len(host.asked) == 1


def test_a_host_that_says_no_length(clip: Clip, host: Host) -> None:
    host.has_lengths = False
    assert is_whole(tried(begun(clip)))


def test_cut_without_a_length_is_noticed_by_the_video_itself(clip: Clip, host: Host, provider_says: Any) -> None:
    provider_says(clip.video)
    host.has_lengths = host.has_etags = False
    host.script = ["cut 150000"]
    row = tried(begun(clip))
    assert row.state == "waiting" and "no whole MP4 or MOV" in row.problem
    assert is_whole(tried(row))


@pytest.mark.parametrize("wrong", [b"<html>Access denied</html>" * 400, b"", FILM[:100]])
def test_something_else_than_a_video_is_not_kept(clip: Clip, host: Host, provider_says: Any, wrong: bytes) -> None:
    provider_says(host.put("/clip.mp4", wrong))
    row = tried(begun(clip))
    assert row.state == "waiting" and "no whole MP4 or MOV" in row.problem
    assert archive_files.size_of(row.pk) is None


def test_an_old_link_is_read_anew_once(clip: Clip, host: Host, provider_says: Any) -> None:
    host.script = ["403"]
    asked = provider_says(host.put("/fresh.mp4", FILM))
    assert is_whole(tried(begun(clip)))
    assert [path for path, _header in host.asked] == ["/clip.mp4", "/fresh.mp4"]
    assert asked.reads == 1


def test_a_page_instead_of_the_film_is_an_old_link_too(clip: Clip, host: Host, provider_says: Any) -> None:
    host.put("/clip.mp4", b"<html>This link has expired.</html>" * 100)
    provider_says(host.put("/fresh.mp4", FILM))
    assert is_whole(tried(begun(clip)))


def test_without_a_turn_it_waits_and_that_is_no_failed_try(
    clip: Clip, host: Host, provider_says: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    host.script = ["403"]
    asked = provider_says(host.url + "/clip.mp4")
    how: list[dict[str, Any]] = []

    def turn(key: ApiKey, endpoint: str, **values: Any) -> float:
        how.append(values)
        return 120.0

    monkeypatch.setattr(budgets, "turn", turn)
    row = tried(begun(clip))
    assert (row.state, row.looks, asked.reads) == ("waiting", 0, 0) and "waits its turn" in row.problem
    assert row.next_look_at and 119 < (row.next_look_at - timezone.now()).total_seconds() < 133
    assert how == [{"evenly": True}], "neither the reads kept for people, nor the looks' turns"


def test_what_the_provider_deleted_is_said_at_once(clip: Clip, host: Host, provider_says: Any) -> None:
    host.files.clear()
    provider_says(ProjectNotFound("There is no such project."))
    row = tried(begun(clip))
    assert row.state == "failed" and row.problem == "The provider does not have this video any more."
    other = begun(factories.make_clip(clip.project, video=host.url + "/x.mp4"))
    Clip.objects.filter(archived=other).update(video="")
    assert tried(other).problem == "The provider does not have this video any more."


def test_it_is_tried_for_a_while_and_then_said(clip: Clip, host: Host, provider_says: Any) -> None:
    host.files.clear()
    provider_says(clip.video)
    row = begun(clip)
    waits = []
    for _number in range(archive_copies.MOST_TRIES - 1):
        before = timezone.now()
        assert tried(row).state == "waiting"
        assert row.next_look_at
        waits.append(round((row.next_look_at - before).total_seconds()))
    assert waits == sorted(waits) and 10 <= waits[0] <= 11 and waits[-1] >= 2560
    row = tried(row)
    assert row.state == "failed" and "does not work any more (HTTP 404)" in row.problem
    assert row.next_look_at is None
    assert AuditEvent.objects.filter(verb="archive.failed").count() == 1
    host.put("/clip.mp4", FILM)
    assert is_whole(tried(begun(clip)))


@pytest.mark.parametrize(
    ("first", "to"),
    [("https://media.example.org/clip.mp4", ""), ("", "http://169.254.169.254/latest"), ("", "file:///etc/passwd")],
)
def test_nothing_is_taken_from_elsewhere(clip: Clip, host: Host, first: str, to: str) -> None:
    if first:
        Clip.objects.update(video=first)
    host.script = [f"to {to}"] if to else []
    row = tried(begun(clip))
    assert row.state == "failed"
    assert len(host.asked) == (0 if first else 1)
    assert archive_files.size_of(row.pk) is None


def test_a_redirect_within_the_host_is_followed(clip: Clip, host: Host) -> None:
    host.script = ["to /b.mp4"]
    host.put("/b.mp4", FILM)
    assert is_whole(tried(begun(clip)))


def test_redirects_without_an_end(clip: Clip, host: Host) -> None:
    host.script = ["to /clip.mp4"] * 9
    assert "without an end" in tried(begun(clip)).problem


# --- Room -----------------------------------------------------------------------------------------------------------


def test_a_full_archive_says_so_and_takes_no_more(clip: Clip, bob: User, host: Host, settings: Any) -> None:
    settings.ARCHIVE_BYTES_PER_TEAM = 700_000
    tried(begun(clip))
    second = factories.make_clip(clip.project, video=host.put("/second.mp4", FILM))
    row = tried(begun(second, bob))
    assert row.state == "failed" and "archive is full" in row.problem
    assert ArchivedVideo.objects.for_team(clip.team).used_bytes() == len(FILM)


def test_what_nobody_asked_for_waits_until_there_is_room(
    clip: Clip, bob: User, host: Host, settings: Any, django_capture_on_commit_callbacks: Any
) -> None:
    settings.ARCHIVE_BYTES_PER_TEAM = 700_000
    kept = tried(begun(clip))
    second = factories.make_clip(clip.project, video=host.put("/second.mp4", FILM), decision="approved")
    assert archive.keep_by_itself() == 1
    archive_copies.copy(ArchivedVideo.objects.get(clip=second).pk)
    assert not ArchivedVideo.objects.filter(clip=second).exists()
    assert not AuditEvent.objects.filter(verb="archive.failed").exists()
    assert archive.is_full(clip.team_id) and archive.keep_by_itself() == 0
    with django_capture_on_commit_callbacks(execute=True):
        archive.remove(archived=kept, by=bob)
    assert archive.keep_by_itself() == 1
    assert is_whole(tried(ArchivedVideo.objects.get(clip=second)))


def test_a_full_archive_without_a_length_either(clip: Clip, bob: User, host: Host, settings: Any) -> None:
    host.has_lengths = False
    settings.ARCHIVE_BYTES_PER_TEAM = 300_000
    row = tried(begun(clip, bob))
    assert row.state == "failed" and "archive is full" in row.problem
    assert archive_files.stored() == []


def test_a_full_disk_waits_until_somebody_makes_room(
    clip: Clip, host: Host, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    with monkeypatch.context() as patch, django_capture_on_commit_callbacks(execute=True):
        patch.setattr(archive_files, "free_bytes", lambda: 0)
        row = tried(begun(clip))
        for name in ("/b.mp4", "/c.mp4"):
            begun(factories.make_clip(clip.project, video=host.put(name, FILM)))
    assert row.state == "waiting" and "no room" in row.problem and row.looks == 0
    tries = Counter(path for path, _header in host.asked)
    assert set(tries) == {"/clip.mp4", "/b.mp4", "/c.mp4"} and max(tries.values()) <= 2, "they wake each other for ever"
    assert is_whole(tried(row))


def test_room_that_an_earlier_try_reserved_is_its_own(clip: Clip, host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    host.script = ["cut 100000"]
    row = tried(begun(clip))
    taken = archive_files.path(row.pk, archive_files.PART).stat().st_blocks * 512
    if taken < len(FILM):
        pytest.skip("this file system reserves nothing")
    monkeypatch.setattr(archive_files, "free_bytes", lambda: 0)
    assert is_whole(tried(row))


def test_without_a_length_the_disk_is_watched(clip: Clip, host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    host.has_lengths = False
    monkeypatch.setattr(archive_downloads, "TELL_SECONDS", 0.0)
    with monkeypatch.context() as patch:
        room = itertools.chain([1], itertools.repeat(0))
        patch.setattr(archive_files, "free_bytes", lambda: next(room))
        row = tried(begun(clip))
    assert row.state == "waiting" and "no room" in row.problem
    assert archive_files.path(row.pk, archive_files.PART).stat().st_size == 0
    assert is_whole(tried(row))


def test_a_disk_that_cannot_be_written_says_why(clip: Clip, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(fd: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr(archive_files, "sync", broken)
        row = tried(begun(clip))
    assert row.state == "waiting" and "Input/output error" in row.problem
    assert row.next_look_at and row.next_look_at > timezone.now()
    assert archive_files.path(row.pk, archive_files.PART).stat().st_size == 0, "what was written is not believed"
    assert is_whole(tried(row))


# --- Others at the same time ----------------------------------------------------------------------------------------


def test_what_was_taken_out_while_it_came_is_not_kept(
    clip: Clip, bob: User, host: Host, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    row = begun(clip)
    look = archive_downloads.containers.look

    def meanwhile(*args: Any) -> Any:
        with django_capture_on_commit_callbacks(execute=True):
            archive.remove(archived=ArchivedVideo.objects.get(pk=row.pk), by=bob)
        return look(*args)

    monkeypatch.setattr(archive_downloads.containers, "look", meanwhile)
    assert tried(row).state == "removed"
    assert archive_files.stored() == []


def test_a_second_worker_leaves_it_alone(clip: Clip, host: Host) -> None:
    row = begun(clip)
    with leases.held(ArchivedVideo.objects.get(pk=row.pk)) as hold:
        assert hold
        assert tried(row).state == "waiting"
    with archive_files.part(row.pk):  # one that lost its lease still writes
        assert tried(row).state == "waiting"
    assert host.asked == []
    assert is_whole(tried(row))


def test_no_more_than_two_at_once_and_the_next_is_woken(
    clip: Clip, host: Host, django_capture_on_commit_callbacks: Any
) -> None:
    rows = [begun(factories.make_clip(clip.project, video=clip.video)) for _ in range(3)]
    for _ in range(archive_copies.AT_ONCE):
        assert archive_copies._lines.acquire(blocking=False)
    try:
        assert tried(rows[0]).state == "waiting" and host.asked == []
    finally:
        for _ in range(archive_copies.AT_ONCE):
            archive_copies._lines.release()
    with django_capture_on_commit_callbacks(execute=True):
        tried(rows[1])
    assert list(ArchivedVideo.objects.values_list("state", flat=True)) == ["kept"] * 3


def test_another_nodes_copy_is_not_this_ones(clip: Clip, host: Host, settings: Any) -> None:
    host.script = ["cut 1000"]
    row = tried(begun(clip))
    settings.NODE = "other"
    assert tried(row).node == "test"
    assert len(host.asked) == 1


# --- Files that are here already ------------------------------------------------------------------------------------


def test_a_file_that_is_back_counts_again_whatever_the_machine_did(
    clip: Clip, host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = tried(begun(clip))
    kept_at = row.kept_at
    ArchivedVideo.objects.update(state="waiting", etag="", received=0)
    monkeypatch.setattr("projects_app.durable.boot", lambda: "another start of the machine")
    host.files.clear()
    assert is_whole(tried(row)) and row.kept_at == kept_at
    assert len(host.asked) == 1


def test_try_again_of_what_was_lost_still_knows_it(
    clip: Clip, bob: User, host: Host, provider_says: Any, tmp_path: Path
) -> None:
    row = tried(begun(clip))
    where = archive_files.path(row.pk)
    where.rename(tmp_path / "on the old disk")
    host.files.clear()
    provider_says(ProjectNotFound("no"))
    ArchivedVideo.objects.update(state="waiting", etag="")
    assert tried(row).state == "failed"
    assert tried(begun(clip, bob)).state == "failed"
    (tmp_path / "on the old disk").rename(where)
    archive_tidying.tidy()
    assert is_whole(tried(row))


def test_a_mov_that_was_whole_before_the_row_was_is_one(clip: Clip, host: Host, monkeypatch: Any) -> None:
    host.put("/clip.mp4", FILM.replace(b"ftypisom", b"ftypqt  ", 1))
    row = begun(clip)
    with monkeypatch.context() as patch, pytest.raises(RuntimeError):
        patch.setattr(archive_copies.audit, "record", lambda **_values: _raise())
        archive_copies.copy(row.pk)
    row = tried(row)
    assert (row.state, row.container, row.duration, row.filename) == ("kept", "mov", 12.5, "a-talk-part-1.mov")
    assert len(host.asked) == 1


def _raise() -> None:
    raise RuntimeError("the database went away")


def test_another_file_in_its_place_is_not_believed_and_not_lost(clip: Clip, host: Host, provider_says: Any) -> None:
    row = tried(begun(clip))
    ArchivedVideo.objects.update(state="waiting", etag="", received=0)
    archive_files.path(row.pk).write_bytes(FILM[:-1] + b"x")
    host.files.clear()
    asked = provider_says(ProjectNotFound("no"))
    assert tried(row).state == "failed"
    assert archive_files.size_of(row.pk) == len(FILM), "it may be all that is left of it"
    archive_tidying.tidy()
    assert tried(row).state == "failed" and asked.reads == 1, "it is looked at once, and not every hour"
    host.put("/clip.mp4", FILM)
    assert is_whole(tried(begun(clip)))


@pytest.fixture
def edited(clip: Clip, host: Host) -> ArchivedVideo:
    """Kept, and then the clip was edited and exported at its provider."""
    row = tried(begun(clip))
    assert archive_links.is_current(row)
    Clip.objects.update(video=host.put("/edited.mp4", mp4(200_000)))
    row = ArchivedVideo.objects.get()
    assert not archive_links.is_current(row)
    return row


def test_a_newer_version_takes_the_place_of_the_old_when_it_is_whole(
    edited: ArchivedVideo, bob: User, host: Host
) -> None:
    host.script = ["cut 50000"]
    before = edited.kept_at
    row = tried(begun(Clip.objects.get(), bob))
    assert is_whole(row) and row.renews and row.is_under_way, "the old one stays in use"
    assert begun(Clip.objects.get(), bob).looks == 1, "asking once more changes nothing"
    row = tried(row)
    assert is_whole(row, mp4(200_000)) and not row.renews
    assert archive_links.is_current(ArchivedVideo.objects.get())
    assert before and row.kept_at and row.kept_at > before
    assert [header for _path, header in host.asked] == ["", "", "bytes=50000-"]


@pytest.mark.parametrize("why", ["gone", "full"])
def test_a_newer_version_that_cannot_be_had_leaves_the_old(
    edited: ArchivedVideo, bob: User, host: Host, provider_says: Any, settings: Any, why: str
) -> None:
    if why == "gone":
        host.files.clear()
        provider_says(ProjectNotFound("no"))
    else:
        settings.ARCHIVE_BYTES_PER_TEAM = 100_000
    row = tried(begun(Clip.objects.get(), bob))
    assert is_whole(row) and not row.is_under_way and row.problem
    assert [file.ending for file in archive_files.stored()] == [""]
    assert not archive_links.is_current(row)


def test_a_person_who_asks_for_what_waits_by_itself_counts(clip: Clip, bob: User, host: Host, settings: Any) -> None:
    row = begun(clip)
    assert begun(clip, bob) == row
    row.refresh_from_db()
    assert row.asked_by == bob and AuditEvent.objects.get().verb == "archive.asked"
    settings.ARCHIVE_BYTES_PER_TEAM = 1000
    assert tried(row).state == "failed", "it does not vanish"


def test_what_is_lost_while_it_is_to_be_renewed_waits_for_nothing_for_ever(
    edited: ArchivedVideo, bob: User, host: Host, provider_says: Any
) -> None:
    row = begun(Clip.objects.get(), bob)
    assert row.renews
    archive_files.path(row.pk).unlink()
    host.files.clear()
    provider_says(ProjectNotFound("no"))
    archive_tidying.tidy()
    row = tried(row)
    assert (row.state, row.is_under_way) == ("failed", False), "nothing would ever come of it, and nobody is told"


# --- Exports --------------------------------------------------------------------------------------------------------


def test_each_export_is_kept_from_its_own_link(team: Team, host: Host) -> None:
    """The project's link is the newest one's, but maybe of one that this desk does not know of yet."""
    fresh = host.put("/file?path=a.mp4&sign=2", mp4(5_000))
    project = factories.make_project(team, kind="captions", direct_url=fresh)
    same = factories.make_export(project, direct_url="https://gone.submagic.co/file?path=a.mp4&sign=1")
    other = factories.make_export(project, direct_url=host.put("/file?path=b.mp4", FILM))
    first, second = tried(archive.keep(thing=same, by=None)), tried(archive.keep(thing=other, by=None))
    assert is_whole(first, mp4(5_000)) and is_whole(second)


# --- What is shown --------------------------------------------------------------------------------------------------


def test_how_far_it_is(clip: Clip) -> None:
    row = begun(clip)
    assert row.percent is None
    row.size, row.received = 1000, 333
    assert row.percent == 33


def test_a_title_in_any_script_is_a_file_name(clip: Clip) -> None:
    row = begun(clip)
    row.clip = factories.make_clip(clip.project, title="Über 城: *?")
    assert row.filename == "über-城.mp4"
