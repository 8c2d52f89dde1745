"""tus 1.0.0, "Core Protocol": each MUST and SHOULD, on a real gunicorn."""

from __future__ import annotations

import socket
import threading
import time

import pytest

from tests.conformance.wire import BODY_TYPE, Server, read

pytestmark = [pytest.mark.xdist_group("conformance"), pytest.mark.once]


# --- Headers: Tus-Resumable, Tus-Version ---------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["HEAD", "PATCH", "DELETE", "POST"])
def test_every_answer_names_the_version(server: Server, film: bytes, method: str) -> None:
    path = server.root if method == "POST" else server.made(len(film))
    assert server.ask(method, path).headers["tus-resumable"] == "1.0.0"


@pytest.mark.parametrize("version", ["0.2.2", "2.0.0", ""])
@pytest.mark.parametrize("method", ["HEAD", "PATCH", "DELETE", "POST"])
def test_another_version_is_412_with_ours_and_is_not_processed(
    server: Server, film: bytes, method: str, version: str
) -> None:
    path = server.made(len(film))
    answer = server.ask(
        method, server.root if method == "POST" else path, b"x" if method == "PATCH" else b"",
        Tus_Resumable=version, Upload_Offset="0", Content_Type=BODY_TYPE, Upload_Length="5",
    )  # fmt: skip
    assert answer.status == 412
    assert answer.headers["tus-version"] == "1.0.0"
    assert server.offset(path) == 0


def test_no_version_at_all_is_412(server: Server, film: bytes) -> None:
    path = server.made(len(film))
    for method in ("HEAD", "PATCH"):
        assert server.ask(method, path, Tus_Resumable=None).status == 412


# --- OPTIONS -------------------------------------------------------------------------------------------------------


def test_options_need_no_version_and_tell_what_is_spoken(server: Server, film: bytes) -> None:
    for path in (server.root, server.made(len(film))):
        answer = server.ask("OPTIONS", path, Tus_Resumable=None)
        assert answer.status in (200, 204)
        assert "1.0.0" in answer.headers["tus-version"].split(",")
        assert int(answer.headers["tus-max-size"]) >= 10 * 1000**3
        assert answer.headers["tus-extension"] == "creation,creation-with-upload,termination,checksum,expiration"


# --- HEAD ----------------------------------------------------------------------------------------------------------


def test_head_tells_offset_and_length_and_is_not_cached(server: Server, film: bytes) -> None:
    path = server.made(len(film))
    answer = server.ask("HEAD", path)
    assert answer.status in (200, 204)
    assert (answer.headers["upload-offset"], answer.headers["upload-length"]) == ("0", str(len(film)))
    assert "no-store" in answer.headers["cache-control"]
    assert answer.body == b""


@pytest.mark.parametrize("path", ["00000000-0000-4000-8000-000000000000/", "no-such-thing/"])
def test_head_of_nothing_is_404_without_an_offset(server: Server, path: str) -> None:
    answer = server.ask("HEAD", server.root + path)
    assert answer.status in (403, 404, 410)
    assert "upload-offset" not in answer.headers


# --- PATCH ---------------------------------------------------------------------------------------------------------


def test_patch_answers_204_with_the_new_offset(server: Server, film: bytes) -> None:
    path = server.made(len(film))
    first = server.patch(path, film[:1000])
    assert (first.status, first.headers["upload-offset"]) == (204, "1000")
    assert server.offset(path) == 1000
    last = server.patch(path, film[1000:], 1000)
    assert (last.status, last.headers["upload-offset"]) == (204, str(len(film)))
    assert server.offset(path) == len(film)


@pytest.mark.parametrize("kind", ["application/octet-stream", "text/plain", None])
def test_another_content_type_is_415(server: Server, film: bytes, kind: str | None) -> None:
    path = server.made(len(film))
    assert server.patch(path, film[:10], Content_Type=kind).status == 415
    assert server.offset(path) == 0


@pytest.mark.parametrize("at", [1, 999, 1001, 3_000_000])
def test_another_offset_is_409_and_changes_nothing(server: Server, film: bytes, at: int) -> None:
    path = server.made(len(film))
    server.patch(path, film[:1000])
    answer = server.patch(path, film[at : at + 10], at)
    assert answer.status in (409, 413)
    assert server.offset(path) == 1000


@pytest.mark.parametrize("at", [None, "", "-1", "abc", "1.5", "0x10"])
def test_an_offset_that_is_no_number_is_400(server: Server, film: bytes, at: str | None) -> None:
    path = server.made(len(film))
    assert server.patch(path, film[:10], at).status == 400
    assert server.offset(path) == 0


def test_patch_of_nothing_is_404(server: Server) -> None:
    assert server.patch(server.root + "00000000-0000-4000-8000-000000000000/", b"x").status == 404


def test_more_than_was_announced_is_refused_before_it_is_taken(server: Server, film: bytes) -> None:
    path = server.made(len(film))
    server.patch(path, film[:1000])
    assert server.patch(path, film[1000:] + b"x", 1000).status == 413
    assert server.offset(path) == 1000


def test_a_wrong_offset_comes_before_too_many_bytes(server: Server, film: bytes) -> None:
    """PATCH: "If the offsets do not match, the Server MUST respond with the 409 Conflict status"."""
    path = server.made(len(film))
    server.patch(path, film[:1000])
    assert server.patch(path, film[1000:], 1001).status == 409
    assert server.patch(path, b"x" * 10, len(film)).status == 409
    assert server.offset(path) == 1000


def test_an_empty_patch_is_taken(server: Server, film: bytes) -> None:
    path = server.made(len(film))
    answer = server.patch(path, b"")
    assert (answer.status, answer.headers["upload-offset"]) == (204, "0")


def test_as_many_bytes_as_possible_are_stored_when_the_line_breaks(server: Server, film: bytes) -> None:
    path = server.made(len(film))
    about = {"Upload-Offset": "0", "Content-Type": BODY_TYPE, "Content-Length": str(len(film))}
    with server.open("PATCH", path, dict(about)) as sock:
        sock.sendall(film[:2_000_000])
        sock.shutdown(socket.SHUT_WR)
        assert read(sock).status == 400
    assert server.offset(path) == 2_000_000
    assert server.patch(path, film[2_000_000:], 2_000_000).status == 204


def test_a_body_in_chunks_is_taken(server: Server, film: bytes) -> None:
    path = server.made(len(film))
    about = {"Upload-Offset": "0", "Content-Type": BODY_TYPE, "Transfer-Encoding": "chunked"}
    with server.open("PATCH", path, dict(about)) as sock:
        for at in range(0, len(film), 100_000):
            block = film[at : at + 100_000]
            sock.sendall(f"{len(block):x}\r\n".encode() + block + b"\r\n")
        sock.sendall(b"0\r\n\r\n")
        answer = read(sock)
    assert (answer.status, answer.headers["upload-offset"]) == (204, str(len(film)))


def test_a_client_that_waits_for_100_continue_gets_it(server: Server, film: bytes) -> None:
    path = server.made(len(film))
    about = {"Upload-Offset": "0", "Content-Type": BODY_TYPE, "Content-Length": "1000", "Expect": "100-continue"}
    with server.open("PATCH", path, dict(about)) as sock:
        assert sock.recv(100).startswith(b"HTTP/1.1 100 ")
        sock.sendall(film[:1000])
        assert read(sock).status == 204


# --- One at a time -------------------------------------------------------------------------------------------------


def test_a_stalled_request_gives_way_to_a_head_and_its_bytes_are_kept(server: Server, film: bytes) -> None:
    path = server.made(len(film))
    about = {"Upload-Offset": "0", "Content-Type": BODY_TYPE, "Content-Length": str(len(film))}
    with server.open("PATCH", path, dict(about)) as stalled:
        stalled.sendall(film[:1_000_000])
        # What has not arrived yet could not be kept, and the file on disk grows in larger steps than that.
        time.sleep(2)
        # It gives way: without that the answer would be a refusal, after ten seconds.
        assert server.offset(path) == 1_000_000
        assert server.patch(path, film[1_000_000:], 1_000_000).status == 204


def test_four_at_once_leave_one_true_file(server: Server, film: bytes) -> None:
    path = server.made(len(film))
    threads = [threading.Thread(target=lambda: server.patch(path, film[:1_500_000])) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    at = server.offset(path)
    assert 0 <= at <= 1_500_000
    answer = server.patch(path, film[at:], at)
    # Were a single byte wrong, the boxes would not add up, and it would be refused.
    assert (answer.status, answer.headers["upload-offset"]) == (204, str(len(film)))


# --- X-HTTP-Method-Override ----------------------------------------------------------------------------------------


def test_the_method_may_stand_in_a_header(server: Server, film: bytes) -> None:
    path = server.made(len(film))
    answer = server.ask(
        "POST", path, film[:10], X_HTTP_Method_Override="PATCH", Upload_Offset="0", Content_Type=BODY_TYPE
    )
    assert (answer.status, answer.headers["upload-offset"]) == (204, "10")
    assert server.ask("POST", path, X_HTTP_Method_Override="DELETE").status == 204
    assert server.ask("HEAD", path).status in (404, 410)


def test_other_methods_are_405(server: Server, film: bytes) -> None:
    for path in (server.root, server.made(len(film))):
        for method in ("GET", "PUT"):
            assert server.ask(method, path).status == 405
