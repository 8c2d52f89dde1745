"""Bodies through a real gunicorn: the fast road, cuts, kills, and who may write."""

from __future__ import annotations

import copy
import hashlib
import http.client
import os
import secrets
import socket
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.test import RequestFactory
from gunicorn.http.body import Body, LengthReader  # type: ignore[import-untyped]
from gunicorn.http.unreader import SocketUnreader  # type: ignore[import-untyped]

from projects_app import receive
from tests.projects_app.desk import Desk
from tests.projects_app.movies import mp4

MEGABYTE = 1024 * 1024
SIZE = 20 * MEGABYTE


def movie(size: int) -> bytes:
    start = mp4(2000)
    # The pictures' box is the last one and runs to the end of the file; random bytes show every fault.
    at = start.rindex(b"mdat") - 4
    return start[:at] + (size - at).to_bytes(4, "big") + b"mdat" + os.urandom(size - at - 8)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """One server for most tests; each takes uploads that no other has."""
    with Desk(tmp_path_factory.mktemp("desk"), [SIZE] * 8 + [3 * MEGABYTE] * 8) as made:
        yield made


@pytest.fixture(scope="module")
def numbers() -> dict[int, Iterator[int]]:
    return {SIZE: iter(range(8)), 3 * MEGABYTE: iter(range(8, 16))}


@pytest.fixture
def desk(served: Desk, numbers: dict[int, Iterator[int]]) -> Desk:
    """Number 0 is a fresh large upload, number 1 a fresh small one."""
    mine = copy.copy(served)
    mine.uploads = [served.uploads[next(numbers[size])] for size in (SIZE, 3 * MEGABYTE)]
    return mine


def wait_for(condition: Callable[[], object], seconds: float = 30) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "it did not happen"
        time.sleep(0.02)


def test_large_body_takes_the_fast_road_and_arrives_unchanged(tmp_path: Path) -> None:
    data = movie(SIZE)
    with Desk(tmp_path, [SIZE], RECEIVE_LOG=str(tmp_path / "roads")) as desk:
        status, headers = desk.patch(data)
        assert (status, headers["upload-offset"]) == (204, str(SIZE))
        assert hashlib.sha256(desk.file()).digest() == hashlib.sha256(data).digest()
        row = desk.row()
        assert (row["state"], row["offset"], row["container"]) == ("received", SIZE, "mp4")
        assert (tmp_path / "roads").read_text().split() == ["SocketSource"]


@pytest.fixture
def hook(desk: Desk) -> str:
    """The secret address of a call of this desk; only its hash is in the database, so one is put there."""
    token = secrets.token_urlsafe(32)
    with sqlite3.connect(desk.data / "desk.sqlite3") as database:
        database.execute(
            "update dashboard_upstreamcall set hook_hash = ? where target_id ="
            " (select project_id from projects_upload where id = ?)",
            [hashlib.sha256(token.encode()).hexdigest(), desk.uploads[0]["id"]],
        )
    return f"/h/{token}"


def post_in_chunks(desk: Desk, path: str, *chunks: bytes) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", desk.port, timeout=30)
    try:
        # An iterable without a length: Transfer-Encoding: chunked.
        connection.request("POST", path, iter(chunks), {"Content-Type": "application/json"}, encode_chunked=True)
        return connection.getresponse().status
    finally:
        connection.close()


def bodies(desk: Desk, path: str) -> list[bytes]:
    digest = hashlib.sha256(path.removeprefix("/h/").encode()).hexdigest()
    with sqlite3.connect(desk.data / "desk.sqlite3") as database:
        rows = database.execute(
            "select body from projects_webhookevent where call_id ="
            " (select id from dashboard_upstreamcall where hook_hash = ?) order by received_at",
            [digest],
        )
        return [bytes(row[0]) for row in rows]


def test_webhook_in_chunks_is_stored_whole(desk: Desk, hook: str) -> None:
    first, second = b'{"projectId": "p-0000001", ', b'"status": "completed"}'
    assert post_in_chunks(desk, hook, first, second) == 204
    assert post_in_chunks(desk, hook, b'{"projectId": "p-0000002"}') == 204
    assert bodies(desk, hook) == [first + second, b'{"projectId": "p-0000002"}']


def test_webhook_in_too_many_chunks_is_refused(desk: Desk, hook: str) -> None:
    with suppress(BrokenPipeError, ConnectionResetError):
        assert post_in_chunks(desk, hook, *[b"x" * 65536] * 17) == 413
    assert bodies(desk, hook) == []


def test_connection_goes_on_after_a_fast_body(desk: Desk) -> None:
    """gunicorn's books about the body are right, so the next request on the connection is read from its start."""
    data = movie(SIZE)
    with desk.begin_patch(MEGABYTE) as sock:
        sock.sendall(data[:MEGABYTE])
        assert b" 204 " in sock.recv(65536).split(b"\r\n")[0]
        head = "\r\n".join(f"{name}: {value}" for name, value in desk.headers.items())
        sock.sendall(f"HEAD {desk.uploads[0]['url']} HTTP/1.1\r\nHost: 127.0.0.1\r\n{head}\r\n\r\n".encode())
        answer = sock.recv(65536)
        assert b" 200 " in answer.split(b"\r\n")[0]
        assert f"Upload-Offset: {MEGABYTE}".encode() in answer


def test_cut_connection_keeps_every_byte_that_came(desk: Desk) -> None:
    data = movie(3 * MEGABYTE)
    sock = desk.begin_patch(len(data), number=1)
    sock.sendall(data[:1_300_001])
    sock.close()
    wait_for(lambda: desk.row(1)["offset"] == 1_300_001)
    assert desk.offset(1) == 1_300_001
    assert desk.patch(data[1_300_001:], 1_300_001, 1)[0] == 204
    assert desk.file(1) == data


def test_stalled_writer_is_replaced_by_a_head_at_once(desk: Desk) -> None:
    data = movie(3 * MEGABYTE)
    with desk.begin_patch(len(data), number=1) as stalled:
        stalled.sendall(data[:1_000_000])
        wait_for(lambda: len(desk.file(1)) == 1_000_000)
        # It gives way: without that the answer would be a refusal, after ten seconds.
        assert desk.offset(1) == 1_000_000
        # The replaced one is told, and what it still sends changes nothing.
        stalled.settimeout(10)
        assert b" 423 " in stalled.recv(65536).split(b"\r\n")[0]
        assert desk.patch(data[1_000_000:], 1_000_000, 1)[0] == 204
    assert desk.file(1) == data


def test_writer_in_another_process_is_replaced_too(tmp_path: Path) -> None:
    data = movie(3 * MEGABYTE)
    desk = Desk(tmp_path, [len(data)])
    try:
        desk.start(workers=2)
        # Several, so that at least one of them is in the other process than the HEAD.
        stalled = []
        for _ in range(4):
            at = desk.offset()
            stalled.append(desk.begin_patch(len(data) - at, at))
            stalled[-1].sendall(data[at : at + 200_000])
            wait_for(lambda expected=at + 200_000: len(desk.file()) == expected)  # type: ignore[misc]
        at = desk.offset()
        assert at == 800_000
        assert desk.patch(data[at:], at)[0] == 204
        assert desk.file() == data
        for sock in stalled:
            sock.close()
    finally:
        desk.kill()


def test_four_writers_at_once_leave_one_good_file(desk: Desk) -> None:
    data = movie(3 * MEGABYTE)
    statuses: list[int] = []
    threads = [threading.Thread(target=lambda: statuses.append(desk.patch(data, 0, 1)[0])) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert set(statuses) <= {204, 409, 423}
    at = desk.offset(1)
    assert desk.patch(data[at:], at, 1)[0] == 204
    assert desk.file(1) == data


def test_killed_server_loses_nothing_it_acknowledged(tmp_path: Path) -> None:
    data = movie(SIZE)
    desk = Desk(tmp_path, [SIZE])
    try:
        desk.start()
        with desk.begin_patch(SIZE) as sock:
            sock.sendall(data[: 18 * MEGABYTE])
            wait_for(lambda: desk.row()["offset"] >= 16 * MEGABYTE)
            desk.kill()
        acknowledged, written = desk.row()["offset"], len(desk.file())
        desk.start()
        at = desk.offset()
        assert at == written >= acknowledged  # not a byte of what it had is asked for again
        assert desk.patch(data[at:], at)[0] == 204
        assert hashlib.sha256(desk.file()).digest() == hashlib.sha256(data).digest()
    finally:
        desk.kill()


def test_chunked_body_is_taken(desk: Desk) -> None:
    data = movie(3 * MEGABYTE)
    with socket.create_connection(("127.0.0.1", desk.port), 20) as sock:
        head = "\r\n".join(f"{name}: {value}" for name, value in desk.headers.items())
        sock.sendall(
            f"PATCH {desk.uploads[1]['url']} HTTP/1.1\r\nHost: 127.0.0.1\r\nUpload-Offset: 0\r\n"
            f"Content-Type: application/offset+octet-stream\r\nTransfer-Encoding: chunked\r\n{head}\r\n\r\n".encode()
        )
        for at in range(0, len(data), 500_000):
            chunk = data[at : at + 500_000]
            sock.sendall(f"{len(chunk):x}\r\n".encode() + chunk + b"\r\n")
        sock.sendall(b"0\r\n\r\n")
        assert b" 204 " in sock.recv(65536).split(b"\r\n")[0]
    assert desk.file(1) == data


def test_file_that_is_no_video_is_refused_while_it_is_sent(desk: Desk) -> None:
    with desk.begin_patch(SIZE) as sock:
        sock.sendall(b"<!doctype html>" + b"x" * 1000)
        sock.settimeout(10)
        assert b" 415 " in sock.recv(65536).split(b"\r\n")[0]
    assert desk.call("HEAD")[0] == 410


# --- Roads ---------------------------------------------------------------------------------------------------------


def request(body: bytes, **environ: Any) -> Any:
    made = RequestFactory().generic("PATCH", "/", body, "application/offset+octet-stream")
    made.META.update(environ)
    return made


def test_other_servers_take_the_ordinary_road() -> None:
    source = receive.source_of(request(b"x" * 100_000), 100_000)
    assert not source.fast
    room = memoryview(bytearray(256 * 1024))
    counts = []
    while count := source.read_into(room):
        counts.append(count)
    assert sum(counts) == 100_000
    assert max(counts) <= 64 * 1024


def test_socket_alone_does_not_make_the_fast_road() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        source = receive.source_of(request(b"abc", **{"gunicorn.socket": ours}), 3)
        assert not source.fast


def test_a_peer_that_fell_silent_is_not_waited_for_when_its_connection_is_closed() -> None:
    """gunicorn drains a failed request's connection in the thread that accepts everybody's: two seconds for each of
    those who will never send anything again."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        body = Body(LengthReader(SocketUnreader(ours), 100))
        asked = request(b"", **{"gunicorn.socket": ours, "wsgi.input": body})
        source = receive.source_of(asked, 100)
        assert source.fast
        with pytest.raises(receive.Idle):
            source.read_into(memoryview(bytearray(10)))
        source.finish(clean=False)
        ours.setblocking(False)
        assert ours.recv(1) == b"", "the end, and not 'nothing yet'"
        ours.sendall(b"answer")
        assert theirs.recv(10) == b"answer"


def test_body_that_ends_early_is_a_cut() -> None:
    class Short(BytesIO):
        pass

    source = receive.OrdinarySource(Short(b"abc"), 10, None)
    room = memoryview(bytearray(64))
    assert source.read_into(room) == 3
    with pytest.raises(receive.Cut):
        source.read_into(room)


def test_slots_are_counted(settings: Any) -> None:
    settings.UPLOAD_MAX_ACTIVE = 2
    with receive.slot() as first, receive.slot() as second, receive.slot() as third:
        assert (first, second, third) == (True, True, False)
    with receive.slot() as again:
        assert again
