"""tus 1.0.0, the extensions we announce: creation, creation-with-upload, termination, checksum, expiration."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import zlib
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest

from tests.conformance.wire import BODY_TYPE, Server, metadata, path_of
from tests.projects_app.movies import mp4

pytestmark = [pytest.mark.xdist_group("conformance"), pytest.mark.once]


# --- Creation ------------------------------------------------------------------------------------------------------


def test_creation_answers_201_with_the_address(server: Server, film: bytes) -> None:
    answer = server.create(len(film))
    assert answer.status == 201
    assert server.offset(path_of(answer)) == 0


@pytest.mark.parametrize("length", [None, "", "-1", "abc", "1.5"])
def test_a_length_that_is_no_number_is_400(server: Server, length: str | None) -> None:
    assert server.create(length).status == 400


def test_deferred_length_is_not_announced_and_not_taken(server: Server) -> None:
    assert server.create(None, Upload_Defer_Length="1").status == 400


def test_more_than_the_largest_size_is_413(server: Server) -> None:
    largest = int(server.ask("OPTIONS", server.root).headers["tus-max-size"])
    assert server.create(largest + 1).status == 413


@pytest.mark.parametrize("stated", ["filename a.mp4", "filename YQ==,filename YQ==", " ,", "fil\u00e9 YQ=="])
def test_malformed_metadata_is_400(server: Server, stated: str) -> None:
    assert server.create(1000, Upload_Metadata=stated).status == 400


def test_metadata_comes_back_with_head_as_it_was_sent(server: Server) -> None:
    stated = metadata(filename="talk.mp4", title="Über uns") + ",is_private"
    answer = server.create(1000, Upload_Metadata=stated)
    assert answer.status == 201
    assert server.ask("HEAD", path_of(answer)).headers["upload-metadata"] == stated


@pytest.mark.parametrize(("name", "status"), [("talk.mkv", 415), ("", 415), ("talk.mp4", 201), ("TALK.MOV", 201)])
def test_the_file_name_decides_the_type(server: Server, name: str, status: int) -> None:
    assert server.create(1000, Upload_Metadata=metadata(filename=name)).status == status


def test_an_empty_file_is_refused_with_words(server: Server) -> None:
    answer = server.create(0)
    assert answer.status == 422
    assert "empty" in answer.body.decode()


def test_a_wrong_option_is_refused_with_its_name(server: Server) -> None:
    answer = server.create(1000, Upload_Metadata=metadata(filename="a.mp4", title="x" * 101))
    assert answer.status == 422
    assert answer.body.startswith(b"title: ")


# --- Creation with upload ------------------------------------------------------------------------------------------


def test_the_first_bytes_may_come_with_the_creation(server: Server, film: bytes) -> None:
    answer = server.create(len(film), film[:1000], Content_Type=BODY_TYPE)
    assert (answer.status, answer.headers["upload-offset"]) == (201, "1000")
    path = path_of(answer)
    assert server.offset(path) == 1000
    assert server.patch(path, film[1000:], 1000).status == 204


def test_all_of_it_may_come_with_the_creation(server: Server) -> None:
    film = mp4(5000)
    answer = server.create(len(film), film, Content_Type=BODY_TYPE)
    assert (answer.status, answer.headers["upload-offset"]) == (201, "5000")


def test_a_wrong_file_with_the_creation_is_refused(server: Server) -> None:
    assert server.create(5000, b"%PDF-1.7" * 625, Content_Type=BODY_TYPE).status == 415


# --- Termination ---------------------------------------------------------------------------------------------------


def test_delete_answers_204_and_then_there_is_nothing(server: Server, film: bytes, spool: Path) -> None:
    path = server.made(len(film))
    server.patch(path, film[:1000])
    before = {each.name for each in spool.iterdir()}
    assert server.ask("DELETE", path).status == 204
    assert len({each.name for each in spool.iterdir()} & before) < len(before)
    for answer in (server.ask("HEAD", path), server.patch(path, film[1000:], 1000), server.ask("DELETE", path)):
        assert answer.status in (404, 410)


# --- Checksum ------------------------------------------------------------------------------------------------------


def stated(algorithm: str, digest: bytes) -> str:
    return f"{algorithm} {base64.b64encode(digest).decode()}"


def sums(body: bytes) -> list[str]:
    return [
        stated("sha1", hashlib.sha1(body).digest()),
        stated("sha256", hashlib.sha256(body).digest()),
        stated("md5", hashlib.md5(body).digest()),
        stated("crc32", zlib.crc32(body).to_bytes(4, "big")),
    ]


def test_the_algorithms_are_announced_and_sha1_is_one(server: Server) -> None:
    announced = server.ask("OPTIONS", server.root).headers["tus-checksum-algorithm"].split(",")
    assert "sha1" in announced
    assert {line.split()[0] for line in sums(b"")} == set(announced)


@pytest.mark.parametrize("number", range(4))
def test_a_right_checksum_is_taken(server: Server, film: bytes, number: int) -> None:
    path = server.made(len(film))
    answer = server.patch(path, film[:100_000], Upload_Checksum=sums(film[:100_000])[number])
    assert (answer.status, answer.headers["upload-offset"]) == (204, "100000")


@pytest.mark.parametrize("number", range(4))
def test_a_wrong_one_is_460_and_none_of_its_bytes_is_kept(server: Server, film: bytes, number: int) -> None:
    path = server.made(len(film))
    server.patch(path, film[:1000])
    body = film[1000:2_000_000]
    wrong = body[:-1] + bytes([body[-1] ^ 1])
    assert server.patch(path, wrong, 1000, Upload_Checksum=sums(body)[number]).status == 460
    assert server.offset(path) == 1000
    assert server.patch(path, body, 1000, Upload_Checksum=sums(body)[number]).status == 204


@pytest.mark.parametrize("line", ["sha3 YQ==", "sha1 ??", "nonsense"])
def test_an_algorithm_or_a_value_that_is_none_is_400(server: Server, film: bytes, line: str) -> None:
    path = server.made(len(film))
    assert server.patch(path, film[:1000], Upload_Checksum=line).status == 400
    assert server.offset(path) == 0


def test_bytes_that_cannot_be_checked_because_the_line_broke_are_not_kept(server: Server, film: bytes) -> None:
    path = server.made(len(film))
    about = {
        "Upload-Offset": "0", "Content-Type": BODY_TYPE, "Content-Length": str(len(film)),
        "Upload-Checksum": sums(film)[0],
    }  # fmt: skip
    with server.open("PATCH", path, dict(about)) as sock:
        sock.sendall(film[:2_000_000])
    assert server.offset(path) == 0


# --- Expiration ----------------------------------------------------------------------------------------------------


def test_creation_patch_and_head_tell_when_it_expires(server: Server, film: bytes) -> None:
    created = server.create(len(film))
    path = path_of(created)
    answers = [created, server.patch(path, film[:1000]), server.ask("HEAD", path)]
    now = dt.datetime.now(dt.UTC)
    for answer in answers:
        at = parsedate_to_datetime(answer.headers["upload-expires"])
        assert dt.timedelta(hours=23) < at - now < dt.timedelta(hours=25)


def test_a_finished_upload_expires_no_more(server: Server, film: bytes) -> None:
    path = server.made(len(film))
    answer = server.patch(path, film)
    assert answer.status == 204
    assert "upload-expires" not in answer.headers
