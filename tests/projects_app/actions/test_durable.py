"""What is acknowledged is on the disk; what the disk refused is not counted (reliability I1, R1, R4; adr/0006)."""

from __future__ import annotations

import errno
import os
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied

from dashboard.models import Team, User
from projects_app import durable, receive, spool
from projects_app.actions import pace, receive_session, receiving
from projects_app.models import Upload, UploadState
from tests.projects_app.actions.test_receiving import Blocks, checksum
from tests.projects_app.movies import ftyp, moov, mp4
from tests.projects_app.sending import open_upload

MOVIE = mp4(6_000_000)


class Fast(Blocks):
    """Syncs run beside its blocks."""

    fast = True


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small steps, so that a small file goes through all of it."""
    monkeypatch.setattr(receive_session, "COMMIT_BYTES", 500_000)
    monkeypatch.setattr(receive_session, "COMMIT_PAUSE", 0.0)
    monkeypatch.setattr(receive_session, "FIRST_COMMIT_BYTES", 100_000)
    monkeypatch.setattr(pace, "wake", lambda upload: None)


@pytest.fixture
def upload(team: Team, bob: User) -> Upload:
    return open_upload(team, bob, len(MOVIE))


def counted(upload: Upload) -> tuple[int, int]:
    """What the row counts, and what is in the file."""
    upload.refresh_from_db()
    return upload.offset, spool.path(upload.pk).stat().st_size


def blocks_of(data: bytes, size: int = 300_000) -> list[bytes]:
    return [data[at : at + size] for at in range(0, len(data), size)]


class Disk:
    """Stands in for fdatasync: notes how long the file was at each sync, and fails when it is told to."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.synced: list[int] = []
        self.fails: Callable[[int], bool] = lambda length: False
        self.really = os.fdatasync
        monkeypatch.setattr(os, "fdatasync", self)

    def __call__(self, fd: int) -> None:
        length = os.fstat(fd).st_size
        if self.fails(length):
            # Like Linux: told once, and the next sync of these bytes says that all is well.
            self.fails = lambda length: False
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        self.really(fd)
        self.synced.append(length)


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    return Disk(monkeypatch)


@pytest.mark.parametrize("kind", [Blocks, Fast])
def test_nothing_is_counted_that_was_not_synced(
    upload: Upload, disk: Disk, kind: type[Blocks], monkeypatch: pytest.MonkeyPatch
) -> None:
    recorded: list[tuple[int, int]] = []
    really = receive_session.Session._record

    def record(self: Any, durable_to: int) -> None:
        recorded.append((durable_to, max(disk.synced)))
        really(self, durable_to)

    monkeypatch.setattr(receive_session.Session, "_record", record)
    assert receiving.append(upload=upload, at=0, source=kind(*blocks_of(MOVIE), before={})) == len(MOVIE)
    assert len(recorded) >= 2
    assert all(durable_to <= synced for durable_to, synced in recorded)
    assert recorded == sorted(recorded), "the row never goes back"
    assert recorded[-1][0] == len(MOVIE)


@pytest.mark.parametrize("kind", [Blocks, Fast])
@pytest.mark.parametrize("behind", [500_000, 3_000_000, len(MOVIE) - 1])
def test_bytes_that_the_disk_refused_are_not_acknowledged_and_are_dropped(
    upload: Upload, disk: Disk, kind: type[Blocks], behind: int
) -> None:
    disk.fails = lambda length: length > behind
    with pytest.raises(OSError, match="Input/output"):
        receiving.append(upload=upload, at=0, source=kind(*blocks_of(MOVIE), before={}))
    row, file = counted(upload)
    assert row == file <= max(disk.synced, default=0)
    assert upload.state == UploadState.RECEIVING
    # It goes on from there, and arrives whole.
    assert receiving.offset_of(upload) == row
    receiving.append(upload=upload, at=row, source=Blocks(MOVIE[row:], before={}))
    assert spool.path(upload.pk).read_bytes() == MOVIE


def test_a_pause_on_a_fast_line_never_takes_the_row_back(upload: Upload, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sync that began before the pause ends after the one of the pause, with an older mark."""
    monkeypatch.setattr(receive_session, "COMMIT_SECONDS", 0.0)
    seen: list[int] = []
    really = os.fdatasync

    def slowly(fd: int) -> None:
        if threading.current_thread() is not threading.main_thread():
            time.sleep(0.05)  # longer than the next few blocks take
        really(fd)

    monkeypatch.setattr(os, "fdatasync", slowly)

    class Pausing(Fast):
        def read_into(self, room: memoryview) -> int:
            time.sleep(0.01)
            seen.append(Upload.objects.values_list("offset", flat=True).get(pk=upload.pk))
            if len(seen) % 3 == 0:
                raise receive.Idle
            return super().read_into(room)

    receiving.append(upload=upload, at=0, source=Pausing(*blocks_of(MOVIE), before={}))
    assert seen == sorted(seen)
    assert seen[-1] > 5_000_000


def test_how_much_may_be_read_is_durable_too(upload: Upload, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a power cut the relay would wait for bytes that are all there."""
    synced: set[str] = set()
    really = os.fdatasync

    def sync(fd: int) -> None:
        synced.add(os.path.basename(os.readlink(f"/proc/self/fd/{fd}")))
        really(fd)

    monkeypatch.setattr(os, "fdatasync", sync)
    source = Blocks(*blocks_of(MOVIE), before={})
    receiving.append(upload=upload, at=0, source=source, checksum=checksum(MOVIE))
    assert synced == {upload.pk.hex, f"{upload.pk.hex}.shown"}


def test_what_an_earlier_start_of_the_machine_left_is_never_counted(
    upload: Upload, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also when the first one who clears it away is interrupted."""
    receiving.append(upload=upload, at=0, source=Blocks(MOVIE[:1000], before={}))
    with spool.path(upload.pk).open("ab") as file:
        file.write(b"?" * 500)
    monkeypatch.setattr(durable, "boot", lambda: "another start")
    with monkeypatch.context() as broken:
        broken.setattr(spool.Writer, "truncate", lambda *args, **kwargs: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            receiving.offset_of(Upload.objects.get(pk=upload.pk))
    assert receiving.offset_of(Upload.objects.get(pk=upload.pk)) == 1000
    assert counted(upload) == (1000, 1000)


# --- What ends a request that lasts ---------------------------------------------------------------------------------


@pytest.fixture
def always_asking(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receive_session, "ASK_SECONDS", 0.0)


@pytest.mark.parametrize("with_checksum", [False, True])
def test_a_cancelled_upload_takes_no_more_bytes(upload: Upload, always_asking: None, with_checksum: bool) -> None:
    def cancel() -> None:
        Upload.objects.filter(pk=upload.pk).update(state=UploadState.CANCELLED)

    source = Blocks(*blocks_of(MOVIE), before={5: cancel})
    stated = checksum(MOVIE) if with_checksum else None
    with pytest.raises(receiving.Gone):
        receiving.append(upload=upload, at=0, source=source, checksum=stated)
    assert source.given <= 7


def test_who_may_not_any_more_is_stopped_in_the_middle_of_a_request(upload: Upload, always_asking: None) -> None:
    source = Blocks(*blocks_of(MOVIE), before={})

    def may_go_on() -> None:
        if source.given > 5:
            raise PermissionDenied("not any more")

    with pytest.raises(PermissionDenied):
        receiving.append(upload=upload, at=0, source=source, may_go_on=may_go_on)
    row, file = counted(upload)
    assert row == file == 6 * 300_000, "what came until then is kept"


# --- What is in it --------------------------------------------------------------------------------------------------


def test_a_file_that_was_cut_short_is_refused_before_it_is_handed_over(team: Team, bob: User) -> None:
    """The index is in front, the pictures reach beyond the end."""
    whole = mp4(3_000_000)
    cut = open_upload(team, bob, 2_000_000)
    source = Blocks(*blocks_of(whole[:2_000_000]), before={})
    with pytest.raises(receiving.uploads.Unacceptable, match="cut short"):
        receiving.append(upload=cut, at=0, source=source)
    assert source.given == 0, "told by the first block"
    cut.refresh_from_db()
    assert cut.state == UploadState.REFUSED


@pytest.mark.parametrize("kind", [Blocks, Fast])
@pytest.mark.parametrize("with_checksum", [False, True])
def test_an_index_of_nothing_is_refused_before_the_last_byte_is_counted(
    team: Team, bob: User, kind: type[Blocks], with_checksum: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receive_session, "COMMIT_SECONDS", 0.0)  # the last block is due by itself
    counted_to: list[int] = []
    really = receive_session.Session._record

    def record(self: Any, durable_to: int) -> None:
        counted_to.append(durable_to)
        really(self, durable_to)

    monkeypatch.setattr(receive_session.Session, "_record", record)
    data = ftyp() + moov(10) + bytes(1_000_000)
    upload = open_upload(team, bob, len(data))
    with pytest.raises(receiving.uploads.Unacceptable):
        stated = checksum(data) if with_checksum else None
        receiving.append(upload=upload, at=0, source=kind(*blocks_of(data), before={}), checksum=stated)
    upload.refresh_from_db()
    assert upload.state == UploadState.REFUSED
    assert len(data) not in counted_to


def test_closing_tells_of_the_sync_that_nobody_asked_about_yet() -> None:
    """The system tells once of bytes that it could not write."""

    class Refused(spool.Writer):
        def __init__(self) -> None:
            """No file: it would be refused anyway."""

        def sync(self) -> None:
            raise OSError(errno.EIO, "the disk refused")

    background = durable.Background(Refused())
    background.begin(1_000_000)
    with pytest.raises(OSError, match="refused"):
        background.close()
    assert not background.is_running
