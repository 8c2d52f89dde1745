"""Any sequence of tus requests against a model that is nothing but byte strings."""

from __future__ import annotations

import base64
import hashlib
import socket
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule, run_state_machine_as_test

from tests.conformance.wire import BODY_TYPE, Server, metadata, path_of, read
from tests.projects_app.movies import mp4

pytestmark = [pytest.mark.xdist_group("conformance"), pytest.mark.once]
SIZES = st.integers(2000, 400_000)
SHARES = st.floats(0, 1)


@dataclass
class Model:
    path: str
    film: bytes
    offset: int = 0

    @property
    def rest(self) -> bytes:
        return self.film[self.offset :]


def checksum(body: bytes, *, right: bool = True) -> str:
    return f"sha1 {base64.b64encode(hashlib.sha1(body if right else body + b'!').digest()).decode()}"


class Tus(RuleBasedStateMachine):
    server: ClassVar[Server]
    spool: ClassVar[Path]
    uploads: Bundle[Any] = Bundle("uploads")

    def __init__(self) -> None:
        super().__init__()
        self.living: list[Model] = []

    @rule(
        target=uploads,
        size=SIZES,
        share=st.none() | SHARES,
        title=st.text(st.characters(exclude_categories=("C",)), max_size=20),
    )
    def create(self, size: int, share: float | None, title: str) -> Model:
        film = mp4(size)
        first = b"" if share is None else film[: round(share * size)]
        about: dict[str, str | None] = {"Upload_Metadata": metadata(filename="a.mp4", title=title.strip() or "A talk")}
        if share is not None:
            about["Content_Type"] = BODY_TYPE
        answer = self.server.create(size, first, **about)
        assert answer.status == 201, answer
        assert answer.number("upload-offset") == len(first)
        made = Model(path_of(answer), film, len(first))
        self.living.append(made)
        return made

    @rule(upload=uploads, share=SHARES, checked=st.sampled_from(["", "right"]))
    def patch(self, upload: Model, share: float, checked: str) -> None:
        body = upload.rest[: round(share * len(upload.rest))]
        more: dict[str, str | None] = {"Upload_Checksum": checksum(body)} if checked else {}
        answer = self.server.patch(upload.path, body, upload.offset, **more)
        upload.offset += len(body)
        assert (answer.status, answer.number("upload-offset")) == (204, upload.offset)

    @rule(upload=uploads, share=SHARES)
    def patch_with_a_wrong_checksum(self, upload: Model, share: float) -> None:
        body = upload.rest[: round(share * len(upload.rest))]
        answer = self.server.patch(upload.path, body, upload.offset, Upload_Checksum=checksum(body, right=False))
        # A finished upload takes nothing any more, right or wrong.
        assert answer.status == (460 if upload.rest else 204)

    @rule(upload=uploads, away=st.integers(-50_000, 50_000).filter(bool))
    def patch_at_another_offset(self, upload: Model, away: int) -> None:
        at = upload.offset + away
        if 0 <= at <= len(upload.film):
            assert self.server.patch(upload.path, upload.film[at : at + 10], at).status == 409

    @rule(upload=uploads, beyond=st.integers(1, 5000))
    def patch_with_too_much(self, upload: Model, beyond: int) -> None:
        assert self.server.patch(upload.path, upload.rest + bytes(beyond), upload.offset).status == 413

    @rule(upload=uploads, share=SHARES)
    def patch_over_a_line_that_breaks(self, upload: Model, share: float) -> None:
        sent = upload.rest[: round(share * len(upload.rest))]
        about = {
            "Upload-Offset": str(upload.offset),
            "Content-Type": BODY_TYPE,
            "Content-Length": str(len(upload.rest)),
        }
        whole = len(sent) == len(upload.rest)
        with self.server.open("PATCH", upload.path, dict(about)) as sock:
            sock.sendall(sent)
            sock.shutdown(socket.SHUT_WR)
            # Read to its end, because a HEAD while it is still written would make it give way earlier.
            assert read(sock).status == (204 if whole else 400)
        upload.offset += len(sent)

    @rule(upload=uploads, one=SHARES, other=SHARES)
    def two_patch_at_once(self, upload: Model, one: float, other: float) -> None:
        bodies = [upload.rest[: round(share * len(upload.rest))] for share in (one, other)]
        threads = [
            threading.Thread(target=self.server.patch, args=(upload.path, body, upload.offset)) for body in bodies
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        before, upload.offset = upload.offset, self.server.offset(upload.path)
        assert before <= upload.offset <= before + max(map(len, bodies))

    @rule(upload=consumes(uploads))
    def delete(self, upload: Model) -> None:
        status = self.server.ask("DELETE", upload.path).status
        assert status == 204
        self.living.remove(upload)
        for answer in (self.server.ask("HEAD", upload.path), self.server.patch(upload.path, b"", upload.offset)):
            assert answer.status in (404, 410)

    @rule(line=st.sampled_from(["filename", "a b c", "filename ??", ",,", "filename YQ==,filename YQ=="]))
    def create_with_metadata_that_is_none(self, line: str) -> None:
        assert self.server.create(5000, Upload_Metadata=line).status in (400, 415)

    @invariant()
    def every_upload_is_what_was_sent(self) -> None:
        for upload in self.living:
            assert self.server.offset(upload.path) == upload.offset
            number = upload.path.partition("?")[0].rstrip("/").rpartition("/")[2].replace("-", "")
            assert (self.spool / number).read_bytes() == upload.film[: upload.offset]


@pytest.mark.parametrize("examples", [8, pytest.param(30, marks=pytest.mark.slow)])
def test_any_sequence_of_requests(server: Server, spool: Path, examples: int) -> None:
    Tus.server, Tus.spool = server, spool
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        Tus,
        settings=settings(
            max_examples=examples,
            stateful_step_count=15,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
        ),
    )
