"""The provider's leg alone: how fast our sender is over TLS, and whether it hears an early refusal."""

from __future__ import annotations

import http.client
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.desk import Sink
from bench.measure import Rounds, interleave, say
from bench.sink import REFUSALS
from bench.tls import certificate
from providers.errors import ProviderError, TooLarge
from providers.http import Timeouts
from providers.multipart import UploadBody
from providers.submagic import SubmagicClient, UploadMagicClips
from providers.watching import WatchingTransport

BLOCK = 256 * 1024
KEY = "sk-" + "0" * 64
REQUEST = UploadMagicClips(title="Bench", language="en")
# Over TLS a server cannot reset the connection in the middle of a record in a way that differs from closing it.
TLS_REFUSALS = ("close", "mid", "linger", "stall")


class Blocks:
    """`size` zero bytes, counted as they are taken."""

    def __init__(self, size: int) -> None:
        self.size, self.given = size, 0

    def __iter__(self) -> Iterator[bytes]:
        block = bytes(BLOCK)
        while self.given < self.size:
            step = block[: min(BLOCK, self.size - self.given)]
            self.given += len(step)
            yield step


def client_of(sink: Sink, trusted: ssl.SSLContext | None) -> SubmagicClient:
    transport = WatchingTransport(trusted) if trusted else None
    timeouts = Timeouts(read=30, slow_read=30, write=10)
    return SubmagicClient(KEY, base_url=f"{sink.url}/submagic", transport=transport, timeouts=timeouts)


def body_of(blocks: Blocks) -> UploadBody:
    return UploadBody(
        filename="talk.mp4", size=blocks.size, content_type="video/mp4", chunks=iter(blocks), before_end=lambda: None
    )


def early(sink: Sink, how: str, trusted: ssl.SSLContext | None, size: int) -> tuple[bool, float]:
    """Was the refusal heard, and how many megabytes went out for nothing?"""
    sink.mode(refuse=how)
    blocks = Blocks(size)
    heard = False
    with client_of(sink, trusted) as client:
        try:
            client.upload_magic_clips(REQUEST, body_of(blocks))
        except TooLarge:
            heard = True
        except ProviderError as error:
            say(f"  {how}: {error!r}")
    # In "mid" the server itself takes 50 MB before it answers.
    wasted = blocks.given - (50_000_000 if how == "mid" else 0)
    return heard, max(0, wasted) / 1e6


def measure(folder: Path, *, size: int, early_size: int, rounds: int) -> tuple[dict[str, Any], Rounds]:
    cert = certificate(folder / "sink.pem")
    trusted = ssl.create_default_context(cafile=str(cert))
    answered: dict[str, int] = {}
    wasted = 0.0
    with Sink(folder) as plain, Sink(folder, cert=cert) as secure:
        for name, sink, context, ways in (
            ("http", plain, None, REFUSALS),
            ("tls", secure, trusted, TLS_REFUSALS),
        ):
            say(f"early refusals over {name}")
            results = [early(sink, how, context, early_size) for how in ways]
            answered[name] = sum(heard for heard, _mb in results)
            wasted = max([wasted, *(mb for _heard, mb in results)])
            say("  " + "  ".join(f"{how} {h} {mb:.1f} MB" for how, (h, mb) in zip(ways, results, strict=True)))

        def run(side: str) -> dict[str, float]:
            secure.mode()
            if side == "ours":
                with client_of(secure, trusted) as client:
                    client.upload_magic_clips(REQUEST, body_of(Blocks(size)))
            else:
                with_http_client(secure, trusted, size)
            entry = secure.log()[-1]
            assert entry["whole"]
            return {"rate": size / (entry["answered"] - entry["opened"]) / 1e6}

        say("the provider's leg over TLS, against http.client")
        run("ours"), run("http_client")
        result = interleave(["http_client", "ours"], run, rounds=rounds, patience=rounds)
    figures = {
        "early_reply_answered": f"{answered['http']}/{len(REFUSALS)}",
        "early_reply_answered_tls": f"{answered['tls']}/{len(TLS_REFUSALS)}",
        "early_reply_wasted_mb": round(wasted, 1),
        "outbound_tls_vs_http_client": round(result.ratio("ours.rate", "http_client.rate"), 3),
        "outbound_tls_spread": result.spread("ours.rate", "http_client.rate"),
    }
    return figures, result


def with_http_client(sink: Sink, trusted: ssl.SSLContext, size: int) -> None:
    """The standard library's own way with the same framing and the same blocks."""
    boundary = "bench"
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="talk.mp4"\r\n\r\n'.encode()
    tail = f"\r\n--{boundary}--\r\n".encode()
    connection = http.client.HTTPSConnection("127.0.0.1", sink.port, context=trusted, timeout=60)
    try:
        connection.putrequest("POST", "/submagic/v1/magic-clips/upload")
        connection.putheader("Content-Type", f"multipart/form-data; boundary={boundary}")
        connection.putheader("Content-Length", str(len(head) + size + len(tail)))
        connection.endheaders(head)
        for block in Blocks(size):
            connection.send(block)
        connection.send(tail)
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 201
    finally:
        connection.close()
