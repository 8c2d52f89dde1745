from __future__ import annotations

import os
import stat
import threading
import time
import uuid
from pathlib import Path
from typing import Any

import pytest

from projects_app import spool


@pytest.fixture
def upload_id(settings: Any) -> uuid.UUID:
    settings.SPOOL_FLOOR_BYTES = 0
    pk = uuid.uuid4()
    spool.create(pk, 1_000_000)
    return pk


def put(pk: uuid.UUID, data: bytes, at: int = 0) -> None:
    with spool.writing(pk) as writer:
        writer.write(memoryview(data), at)
        writer.sync()


def test_file_and_folder_are_for_the_owner_only(upload_id: uuid.UUID) -> None:
    where = spool.path(upload_id)
    assert stat.S_IMODE(where.stat().st_mode) == 0o600
    assert stat.S_IMODE(where.parent.stat().st_mode) == 0o700


def test_name_is_made_of_the_id_alone(upload_id: uuid.UUID, settings: Any) -> None:
    assert spool.path(upload_id) == Path(settings.SPOOL_DIR) / upload_id.hex


def test_room_is_reserved_behind_the_end(upload_id: uuid.UUID) -> None:
    info = spool.path(upload_id).stat()
    assert info.st_size == 0
    if info.st_blocks == 0:
        pytest.skip("this file system cannot reserve")
    assert info.st_blocks * 512 >= 1_000_000


def test_floor_stays_free(settings: Any) -> None:
    pk = uuid.uuid4()
    settings.SPOOL_FLOOR_BYTES = 1 << 60
    with pytest.raises(spool.SpoolFull):
        spool.create(pk, 1)
    assert not spool.path(pk).exists()


def test_more_than_is_free_is_refused_before_the_first_byte(settings: Any) -> None:
    settings.SPOOL_FLOOR_BYTES = 0
    pk = uuid.uuid4()
    with pytest.raises(spool.SpoolFull):
        spool.create(pk, 1 << 60)
    assert not spool.path(pk).exists()


def test_same_id_is_never_opened_twice(upload_id: uuid.UUID) -> None:
    with pytest.raises(FileExistsError):
        spool.create(upload_id, 10)


def test_bytes_come_back_as_written(upload_id: uuid.UUID) -> None:
    data = os.urandom(300_000)
    put(upload_id, data[:100_000])
    put(upload_id, data[100_000:], 100_000)
    with spool.Reader(upload_id) as reader:
        assert b"".join(reader.follow(len(data), stall_seconds=1)) == data


def test_two_that_fit_alone_do_not_both_get_the_last_room(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Made at the same moment, each saw the room that the other was about to take."""
    left = 1_500_000
    really = spool.free_bytes

    def free() -> int:
        seen = left - sum(path.stat().st_blocks * 512 for path in Path(settings.SPOOL_DIR).iterdir())
        time.sleep(0.05)
        assert really() > 0
        return seen

    monkeypatch.setattr(spool, "free_bytes", free)
    outcomes: list[str] = []

    def make() -> None:
        try:
            spool.create(uuid.uuid4(), 1_000_000)
            outcomes.append("made")
        except spool.SpoolFull:
            outcomes.append("full")

    threads = [threading.Thread(target=make) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["full", "full", "full", "made"]


def test_truncated_file_keeps_its_start_and_its_room(upload_id: uuid.UUID) -> None:
    put(upload_id, b"a" * 5000)
    with spool.writing(upload_id) as writer:
        writer.truncate(2000, of=1_000_000)
        assert writer.size == 2000
    info = spool.path(upload_id).stat()
    assert info.st_size == 2000
    assert info.st_blocks * 512 >= 1_000_000 or info.st_blocks * 512 < 20_000  # the latter: cannot reserve


def test_reader_follows_a_growing_file(upload_id: uuid.UUID) -> None:
    data = os.urandom(600_000)
    got: list[bytes] = []

    def read() -> None:
        with spool.Reader(upload_id) as reader:
            got.extend(reader.follow(len(data), stall_seconds=20))

    thread = threading.Thread(target=read)
    thread.start()
    with spool.writing(upload_id) as writer:
        for at in range(0, len(data), 50_000):
            writer.write(memoryview(data[at : at + 50_000]), at)
            time.sleep(0.005)
    thread.join(20)
    assert b"".join(got) == data


def test_reader_gives_up_on_a_file_that_stays_short(upload_id: uuid.UUID) -> None:
    put(upload_id, b"x" * 10)
    with spool.Reader(upload_id) as reader:
        blocks = reader.follow(20, stall_seconds=0.05)
        assert next(blocks) == b"x" * 10
        with pytest.raises(spool.Stalled):
            next(blocks)


def test_what_the_watcher_raises_ends_the_reading(upload_id: uuid.UUID) -> None:
    def watch(position: int) -> None:
        raise RuntimeError

    with spool.Reader(upload_id) as reader, pytest.raises(RuntimeError):
        next(reader.follow(20, stall_seconds=60, watch=watch))


def test_reader_keeps_what_was_removed(upload_id: uuid.UUID) -> None:
    put(upload_id, b"still here")
    with spool.Reader(upload_id) as reader:
        spool.remove(upload_id)
        assert reader.read(0, 10) == b"still here"
    with pytest.raises(spool.Missing):
        spool.Reader(upload_id)


def test_newcomer_gets_the_file_when_the_present_writer_gives_way(upload_id: uuid.UUID) -> None:
    gave_way = threading.Event()

    def first() -> None:
        with spool.writing(upload_id) as writer:
            ready.set()
            while not writer.is_wanted:
                time.sleep(0.005)
            gave_way.set()

    ready = threading.Event()
    thread = threading.Thread(target=first)
    thread.start()
    assert ready.wait(5)
    with spool.writing(upload_id) as writer:
        assert gave_way.is_set()
        assert not writer.is_wanted
    thread.join(5)


def test_writer_that_does_not_give_way_makes_the_newcomer_busy(upload_id: uuid.UUID) -> None:
    with spool.writing(upload_id) as first:
        with pytest.raises(spool.Busy), spool.writing(upload_id, patience=0.05):
            pass
        assert first.is_wanted


def test_missing_file_is_told(settings: Any) -> None:
    with pytest.raises(spool.Missing), spool.writing(uuid.uuid4()):
        pass


def test_stored_lists_our_names_only(upload_id: uuid.UUID) -> None:
    (spool.path(upload_id).parent / "notes.txt").write_text("not ours")
    assert set(spool.stored()) == {upload_id}


def test_removing_twice_is_no_error(upload_id: uuid.UUID) -> None:
    spool.remove(upload_id)
    spool.remove(upload_id)
    assert spool.stored() == {}


# --- Bytes that are not known to be right --------------------------------------------------------------------------


def read_all(pk: uuid.UUID, size: int) -> bytes:
    """What a reader gets before it gives up waiting for more."""
    got = b""
    with spool.Reader(pk) as reader:
        try:
            for block in reader.follow(size, stall_seconds=0):
                got += block
        except spool.Stalled:
            pass
    return got


def test_hidden_bytes_are_not_read_before_they_are_shown(upload_id: uuid.UUID) -> None:
    with spool.writing(upload_id) as writer:
        writer.write(memoryview(b"a" * 1000), 0)
        assert read_all(upload_id, 3000) == b"a" * 1000
        writer.hide(1000)
        writer.write(memoryview(b"b" * 1000), 1000)
        assert read_all(upload_id, 3000) == b"a" * 1000
        writer.show(2000)
        assert read_all(upload_id, 3000) == b"a" * 1000 + b"b" * 1000


def test_a_later_writer_shows_what_it_writes_once_something_was_hidden(upload_id: uuid.UUID) -> None:
    with spool.writing(upload_id) as writer:
        writer.hide(0)
        writer.write(memoryview(b"wrong"), 0)
        writer.truncate(0, of=1_000_000)
    with spool.writing(upload_id) as writer:
        writer.write(memoryview(b"right"), 0)
        assert read_all(upload_id, 10) == b""
        writer.show(5)
    assert read_all(upload_id, 10) == b"right"


def test_nothing_of_a_removed_upload_stays(upload_id: uuid.UUID) -> None:
    with spool.writing(upload_id) as writer:
        writer.hide(0)
    assert set(spool.stored()) == {upload_id}
    spool.remove(upload_id)
    assert list(spool.path(upload_id).parent.glob(f"{upload_id.hex}*")) == []
