"""Anything at all under a secret address: it is kept as it came, changes nothing, and breaks neither view nor worker.

(design: reliability, T9 and I3.) The cells of the matrix "webhook in" are named in the tests.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from django.core.cache import cache
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dashboard import remote
from dashboard.models import ApiKey, Team
from projects_app.actions import hook_bodies, hook_door, webhooks
from projects_app.brake import Brake
from projects_app.models import Verdict, WebhookEvent
from projects_app.views import webhooks as views
from projects_app.views.webhooks import guesses
from tests.odd_json import DEEP, FEW
from tests.projects_app import hooks
from tests.projects_app.hooks import Address, Provider, known, open_address, post

# As many as the design asks for on every change; PostgreSQL has the quick ones.
SLOW = (pytest.mark.slow, pytest.mark.once)
# The bodies of the design that Python reads and a database does not, or that break a parser, at their full size.
NASTY = {
    "deep objects": b'{"a":' * DEEP + b"1" + b"}" * DEEP,
    "deep lists": b"[" * DEEP + b"]" * DEEP,
    "deep and open": b"[" * 1_000_000,
    "wide": b'{"a":[' + b"1," * 500_000 + b"1]}",
    "many names": b"{" + b",".join(b'"%d":1' % number for number in range(60_000)) + b"}",
    "one name, many times": b"{" + b'"projectId":"a",' * 50_000 + b'"projectId":"b"}',
    "NUL": b'{"projectId": "a\\u0000b", "status": "\\u0000"}',
    "raw NUL": b'{"projectId": "a\x00b"}',
    "lone surrogate": b'{"projectId": "\\ud800"}',
    "surrogates the wrong way round": b'{"projectId": "\\udc00\\ud800"}',
    "NaN": b'{"projectId": NaN}',
    "Infinity": b'{"status": -Infinity}',
    "a number out of range": b'{"a": 1e999}',
    "a whole number without end": b'{"a": ' + b"9" * 900_000 + b"}",
    "true as id": b'{"projectId": true, "status": true}',
    "BOM": b'\xef\xbb\xbf{"projectId": "a"}',
    "two BOMs": b"\xef\xbb\xbf\xef\xbb\xbf{}",
    "utf-16": '{"projectId": "a"}'.encode("utf-16"),
    "utf-32": '{"projectId": "a"}'.encode("utf-32"),
    "overlong utf-8": b'{"projectId": "\xc0\xaf"}',
    "a surrogate in utf-8": b'{"projectId": "\xed\xa0\x80"}',
    "cut": b'{"projectId": "a',
    "empty": b"",
    "exactly as large as is kept": b"x" * hook_door.LARGEST,
}


@pytest.fixture
def provider(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Provider:
    settings.SANDBOX_URL = "http://127.0.0.1:8999"
    settings.PUBLIC_URL = "https://desk.harbour.example"
    made = Provider()
    monkeypatch.setattr(remote, "transport", httpx.MockTransport(made))
    return made


@pytest.fixture(autouse=True)
def _no_brake(monkeypatch: pytest.MonkeyPatch) -> None:
    """A fast machine sends more in a second than the door lets in; that has tests of its own."""
    monkeypatch.setattr(views, "brake", Brake(1_000_000))


@pytest.fixture
def addresses(team: Team, api_key: ApiKey) -> dict[str, Address]:
    """Of a call that was answered, and of one whose answer was lost."""
    return {"answered": open_address(team, api_key), "lost": open_address(team, api_key, state="unknown")}


def take(address: Address, body: bytes) -> WebhookEvent | None:
    """One message through the door and through the worker; the event, or None for one too large to keep."""
    hook_door.per_call.forget()
    cache.clear()  # limits have tests of their own
    WebhookEvent.objects.all().delete()
    answer = post(address, body)
    assert (answer.status_code, answer.content) == (413 if len(body) > hook_door.LARGEST else 204, b"")
    if answer.status_code == 413:
        assert not WebhookEvent.objects.exists()
        return None
    event = WebhookEvent.objects.get()
    assert (bytes(event.body), event.sha256) == (body, hashlib.sha256(body).hexdigest())
    webhooks.handle(event.pk)
    event.refresh_from_db()
    assert bytes(event.body) == body
    assert event.verdict != Verdict.WAITING or event.next_look_at is not None  # I9
    return event


def each(cases: int, strategy: st.SearchStrategy[Any], run: Callable[[Any], None], *examples: Any) -> None:
    decorated = given(strategy)(run)
    for one in examples:
        decorated = example(one)(decorated)
    settings(max_examples=cases, **FEW)(decorated)()


@pytest.mark.parametrize("which", ["answered", "lost"])
@pytest.mark.parametrize("body", NASTY.values(), ids=NASTY.keys())
def test_webhook_in_with_a_nasty_body(
    provider: Provider, addresses: dict[str, Address], which: str, body: bytes
) -> None:
    before = known()
    assert take(addresses[which], body) is not None
    assert known() == before


@pytest.mark.parametrize("which", ["answered", "lost"])
@pytest.mark.parametrize("cases", [100, pytest.param(1000, marks=SLOW)])
def test_webhook_in_with_bad_json_is_kept_as_it_came_and_changes_nothing(
    provider: Provider, addresses: dict[str, Address], which: str, cases: int
) -> None:
    address, before = addresses[which], known()

    def run(body: bytes) -> None:
        take(address, body)
        assert known() == before

    each(cases, hooks.rings(), run)
    asked = {call.url.raw_path.decode().removeprefix("/submagic/v1/projects/") for call in provider.calls}
    assert all("/" not in name and "?" not in name for name in asked), asked
    assert provider.reads(hooks.ID) > 0


@pytest.mark.parametrize("cases", [100, pytest.param(1000, marks=SLOW)])
def test_webhook_in_with_raw_bytes_is_kept_as_it_came(
    provider: Provider, addresses: dict[str, Address], cases: int
) -> None:
    before = known()

    def run(body: bytes) -> None:
        event = take(addresses["answered"], body)
        assert event is not None and event.verdict in (Verdict.UNREADABLE, Verdict.NOT_CONFIRMED)
        assert known() == before

    each(cases, st.binary(max_size=3000), run)


def test_webhook_in_over_one_mebibyte_is_refused_and_changes_nothing(
    provider: Provider, addresses: dict[str, Address]
) -> None:
    before = known()
    for size in (1, 2, 1000):
        assert take(addresses["answered"], b"{" * (hook_door.LARGEST + size)) is None
    assert known() == before


# Latin-1 without line ends and NUL, as a web server lets it through.
HEADER = st.text(st.characters(min_codepoint=1, max_codepoint=255, exclude_characters="\r\n"), max_size=400)
NAMES = (
    *("User-Agent", "Accept", "Accept-Language", "Cookie", "Authorization", "Referer", "Origin", "X-Forwarded-For"),
    *("X-Forwarded-Proto", "X-Forwarded-Host", "Forwarded", "HX-Request", "HX-Current-URL", "HX-Boosted", "Range"),
    *("If-None-Match", "If-Modified-Since", "Expect", "Content-Encoding", "X-HTTP-Method-Override", "X-CSRFToken"),
)
METHODS = ("GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "FROB")


@pytest.mark.parametrize("cases", [80, pytest.param(1000, marks=SLOW)])
def test_webhook_in_with_any_method_and_any_headers(
    provider: Provider, addresses: dict[str, Address], cases: int, settings: Any
) -> None:
    settings.TRUSTED_PROXIES = 1
    before = known()

    def run(asked: tuple[str, dict[str, str], str, bytes, str]) -> None:
        hook_door.per_call.forget()
        cache.clear()
        WebhookEvent.objects.all().delete()
        method, headers, kind, body, zone = asked
        cookie = {"HTTP_COOKIE": f"timezone={zone}; clipdesk_session={zone}"}
        answer = post(addresses["answered"], body, method=method, kind=kind, headers=headers, **cookie)
        assert answer.status_code == (204 if method == "POST" else 405)
        kept = WebhookEvent.objects.first()
        assert (kept is not None) == (method == "POST")
        if kept:
            assert bytes(kept.body) == body
            assert len(kept.headers.get("User-Agent", "")) <= 300
        hooks.work()
        assert known() == before

    asked = st.tuples(
        st.sampled_from(("POST",) * len(METHODS) + METHODS),
        st.dictionaries(st.sampled_from(NAMES), HEADER, max_size=6),
        st.sampled_from(("application/json", "text/plain", "multipart/form-data; boundary=x", "a/b", "\xff")),
        st.binary(max_size=50),
        st.text(st.characters(min_codepoint=33, max_codepoint=126, exclude_characters=";,\"\\"), max_size=20),
    )  # fmt: skip
    each(cases, asked, run)


TOKENS = st.one_of(
    st.from_regex(r"[A-Za-z0-9_-]{43}", fullmatch=True),
    st.from_regex(r"[A-Za-z0-9_.~%-]{1,60}", fullmatch=True),
    st.text(st.characters(codec="utf-8", exclude_characters="/?#\0"), min_size=1, max_size=60),
    st.sampled_from(
        ("A" * 42, "A" * 44, "A" * 43 + "\n", "é" * 43, "%00" * 43, "A" * 20_000, "..", ".", "../h", "a b")
    ),
)


@pytest.mark.parametrize("cases", [60, pytest.param(1000, marks=SLOW)])
def test_webhook_in_with_a_forged_token_is_always_the_same_404(
    provider: Provider, addresses: dict[str, Address], cases: int
) -> None:
    before = known()

    def run(asked: tuple[str, bytes]) -> None:
        guesses.forget()
        token, body = asked
        answer = post(f"/h/{quote(token, safe='')}", body)
        if "/" not in token:
            assert (answer.status_code, answer.content) == (404, b"")
        assert not WebhookEvent.objects.exists()
        assert provider.calls == []

    each(cases, st.tuples(TOKENS, st.binary(max_size=100)), run, ("../h", b""))
    assert known() == before


@pytest.mark.parametrize("cases", [400, pytest.param(5000, marks=SLOW)])
def test_what_is_read_of_a_body_is_an_id_and_a_status_that_can_be_stored(cases: int) -> None:
    """The parser alone, so that many more cases fit; it neither raises nor gives what a database refuses."""

    def run(body: bytes) -> None:
        claim = hook_bodies.parse(body)
        if claim:
            assert "\0" not in claim.upstream_id + claim.status
            (claim.upstream_id + claim.status).encode()  # no lone surrogate
            assert len(claim.upstream_id) <= 255 and len(claim.status) <= 60

    each(cases, hooks.rings(), run)
