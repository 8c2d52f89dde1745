"""What a request's bytes do to an upload and its relay, where the order of events matters."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
from collections.abc import Callable

import pytest
from django.utils import timezone

from dashboard.models import Team, User
from projects_app import spool, tus
from projects_app.actions import pace, receiving
from projects_app.models import Upload, UploadState
from tests.projects_app.movies import mp4
from tests.projects_app.sending import open_upload

MOVIE = mp4(4_000_000)


class Blocks:
    """A body whose blocks come one by one; `before` runs before a block is given."""

    fast = False  # each commit is done before the next block

    def __init__(self, *blocks: bytes, before: dict[int, Callable[[], None]]) -> None:
        self.blocks = list(blocks)
        self.before = before
        self.given = 0

    def read_into(self, room: memoryview) -> int:
        if not self.blocks:
            return 0
        if action := self.before.pop(self.given, None):
            action()
        block, rest = self.blocks[0][: len(room)], self.blocks[0][len(room) :]
        room[: len(block)] = block
        if rest:
            self.blocks[0] = rest
        else:
            self.blocks.pop(0)
            self.given += 1
        return len(block)

    def finish(self, *, clean: bool) -> None:
        pass


@pytest.fixture
def woken(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many bytes were here at each wake-up of the relay."""
    found: list[int] = []
    monkeypatch.setattr(pace, "wake", lambda upload: found.append(upload.offset))
    return found


def test_last_byte_wakes_the_relay_although_the_same_request_woke_it_before(
    team: Team, bob: User, woken: list[int]
) -> None:
    """A browser that falls silent for half a minute and goes on in the same request: the relay that was woken early
    has given up meanwhile, and leaves the row to the one who brings the last byte."""
    upload = open_upload(team, bob, len(MOVIE))
    later = timezone.now() + dt.timedelta(days=1)

    def relay_gives_up() -> None:
        assert woken, "the relay began while bytes were still coming"
        Upload.objects.filter(pk=upload.pk).update(relay_attempts=1, relayed=0, next_look_at=later)

    body = Blocks(MOVIE[:3_000_000], MOVIE[3_000_000:], before={1: relay_gives_up})
    assert receiving.append(upload=upload, at=0, source=body) == len(MOVIE)
    upload.refresh_from_db()
    assert upload.state == UploadState.RECEIVED
    assert woken[-1] == len(MOVIE)
    assert upload.next_look_at is not None and upload.next_look_at < timezone.now() + dt.timedelta(minutes=5)


def test_who_waited_for_the_writer_that_brought_the_last_byte_is_told_that_it_is_all_here(
    team: Team, bob: User, woken: list[int]
) -> None:
    """It was read as open before the wait; 410 would make a browser give the upload up."""
    upload = open_upload(team, bob, len(MOVIE))
    late = [Upload.objects.get(pk=upload.pk) for _ in range(3)]
    assert receiving.append(upload=upload, at=0, source=Blocks(MOVIE, before={})) == len(MOVIE)
    assert receiving.offset_of(late[0]) == len(MOVIE)
    assert receiving.append(upload=late[1], at=len(MOVIE), source=Blocks(before={})) == len(MOVIE)
    with pytest.raises(receiving.Conflict):
        receiving.append(upload=late[2], at=0, source=Blocks(MOVIE, before={}))


def checksum(body: bytes) -> tus.Checksum:
    return tus.checksum("sha1 " + base64.b64encode(hashlib.sha1(body).digest()).decode())


def readable(upload: Upload) -> int:
    """How many bytes the relay would hand over now."""
    count = 0
    with spool.Reader(upload.pk) as reader:
        try:
            for block in reader.follow(upload.size, stall_seconds=0):
                count += len(block)
        except spool.Stalled:
            pass
    return count


def test_bytes_with_a_checksum_are_handed_over_only_when_it_was_right(team: Team, bob: User, woken: list[int]) -> None:
    upload = open_upload(team, bob, len(MOVIE))
    seen: list[tuple[int, int, list[int]]] = []

    def look() -> None:
        kept = Upload.objects.values_list("offset", flat=True).get(pk=upload.pk)
        seen.append((readable(upload), kept, list(woken)))

    halves = [MOVIE[:1_500_000], MOVIE[1_500_000:3_000_000]]
    source = Blocks(*halves, before={1: look})
    whole = b"".join(halves)
    assert receiving.append(upload=upload, at=0, source=source, checksum=checksum(whole)) == 3_000_000
    assert seen == [(0, 0, [])]
    assert readable(upload) == 3_000_000
    # Without a checksum the rest goes on as always.
    receiving.append(upload=upload, at=3_000_000, source=Blocks(MOVIE[3_000_000:], before={}))
    assert readable(upload) == len(MOVIE)


def test_of_bytes_with_a_wrong_checksum_nothing_is_kept(team: Team, bob: User) -> None:
    upload = open_upload(team, bob, len(MOVIE))
    receiving.append(upload=upload, at=0, source=Blocks(MOVIE[:1000], before={}))
    with pytest.raises(tus.Mismatch):
        source = Blocks(MOVIE[1000:2_000_000], before={})
        receiving.append(upload=upload, at=1000, source=source, checksum=checksum(b"other"))
    upload.refresh_from_db()
    assert (upload.offset, spool.path(upload.pk).stat().st_size, readable(upload)) == (1000, 1000, 1000)
    assert upload.state == UploadState.RECEIVING
