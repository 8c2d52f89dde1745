"""The socket-watching transport over TLS, where a readable socket need not mean an answer."""

from __future__ import annotations

import datetime as dt
import ipaddress
import ssl
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from providers.errors import NotSent, TooLarge
from providers.submagic import SubmagicClient, UploadBody, UploadMagicClips
from providers.watching import WatchingTransport
from tests.providers.submagic.support import KEY, Peer, example, serving

BLOCK = 256 * 1024
REQUEST = UploadMagicClips(title="T", language="en")


@pytest.fixture(scope="module")
def contexts(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server's and a client's side, of a certificate made for this run."""
    folder: Path = tmp_path_factory.mktemp("tls")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return server, ssl.create_default_context(cafile=str(folder / "cert.pem"))


def upload(url: str, trust: ssl.SSLContext | None, chunks: Iterator[bytes], size: int) -> str:
    transport = WatchingTransport(trust)
    with SubmagicClient(KEY, base_url=url, transport=transport) as client:
        return client.upload_magic_clips(REQUEST, UploadBody("a.mp4", size, "video/mp4", chunks, lambda: None)).id


def test_upload_over_tls_is_not_mistaken_by_session_tickets(contexts: tuple[ssl.SSLContext, ssl.SSLContext]) -> None:
    size = 12 * BLOCK
    peers: list[Peer] = []

    def accept(peer: Peer) -> None:
        assert peer.until(b"\r\n\r\n")
        peer.sock.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        assert peer.until(b"--\r\n")
        peer.answer("202 Accepted", example("upload_magic_clips"))

    with serving(accept, peers, tls=contexts[0]) as url:
        assert upload(url, contexts[1], iter([b"a" * BLOCK] * 12), size) == example("upload_magic_clips")["id"]
    assert peers[0].body.count(b"a" * BLOCK) == 12
    assert peers[0].header("content-length") == str(len(peers[0].body))


def test_early_413_over_tls_stops_the_upload(contexts: tuple[ssl.SSLContext, ssl.SSLContext]) -> None:
    sent = 0

    def counted() -> Iterator[bytes]:
        nonlocal sent
        for _ in range(400):
            sent += BLOCK
            yield b"a" * BLOCK

    def refuse(peer: Peer) -> None:
        assert peer.until(b"\r\n\r\n")
        peer.sock.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        assert peer.until(b"video/mp4\r\n\r\n")
        peer.answer("413 Payload Too Large", {"error": "PAYLOAD_TOO_LARGE", "message": "too large"})
        peer.rest()

    with serving(refuse, tls=contexts[0]) as url, pytest.raises(TooLarge):
        upload(url, contexts[1], counted(), 400 * BLOCK)
    assert sent < 200 * BLOCK


def test_certificate_that_is_not_trusted_sends_nothing(contexts: tuple[ssl.SSLContext, ssl.SSLContext]) -> None:
    peers: list[Peer] = []
    with serving(lambda peer: peer.rest(), peers, tls=contexts[0]) as url, pytest.raises(NotSent):
        upload(url, None, iter([b"a"]), 1)
    assert all(KEY.encode() not in peer.received for peer in peers)


def test_proxy_of_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")

    def accept(peer: Peer) -> None:
        assert peer.until(b"\r\n\r\n")
        peer.answer("200 OK", example("health"))

    with serving(accept) as url, SubmagicClient(KEY, base_url=url) as client:
        assert client.health().is_healthy


def test_each_call_has_a_connection_of_its_own() -> None:
    peers: list[Peer] = []

    def accept(peer: Peer) -> None:
        assert peer.until(b"\r\n\r\n")
        peer.answer("200 OK", example("health"))
        peer.rest()

    with serving(accept, peers) as url, SubmagicClient(KEY, base_url=url) as client:
        client.health()
        client.health()
    assert len(peers) == 2


def test_answer_that_never_comes_is_a_read_timeout() -> None:
    def mute(peer: Peer) -> None:
        assert peer.until(b"\r\n\r\n")
        peer.rest()

    with serving(mute) as url, httpx.Client(transport=WatchingTransport()) as client, pytest.raises(httpx.ReadTimeout):
        client.get(url, timeout=0.1)
