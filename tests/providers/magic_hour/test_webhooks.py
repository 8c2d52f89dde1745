"""Whom to believe: signatures over the bytes as they came, a window of five minutes, and what an event says."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import json
from typing import Any

import pytest

from providers.errors import BadAnswer
from providers.magic_hour import BadSignature, Event, EventType, verify
from tests.providers.magic_hour.support import ID, example

SECRET = "whsec-0123456789"
NOW = dt.datetime(2024, 10, 19, 5, 16, 24, tzinfo=dt.UTC)
STAMP = str(int(NOW.timestamp()))
BODY = json.dumps({"type": "video.completed", "payload": example("video_project")}).encode()


def sign(body: bytes = BODY, secret: str = SECRET, stamp: str = STAMP) -> str:
    """As the Python example of "Securing Your Webhook Handler" does, through text."""
    signed = f"{stamp}.{body.decode()}"
    return hmac.new(secret.encode("utf-8"), signed.encode("utf-8"), hashlib.sha256).hexdigest()


def refused(*given: Any, now: dt.datetime = NOW) -> str:
    with pytest.raises(BadSignature) as caught:
        verify(*given, now)
    assert SECRET not in str(caught.value) and caught.value.reason == str(caught.value)
    return caught.value.reason


def test_a_signed_message_is_believed() -> None:
    verify(BODY, sign(), STAMP, SECRET, NOW)
    verify(BODY, f" {sign().upper()} ", STAMP, SECRET, NOW)
    verify(BODY, sign(), STAMP, SECRET, NOW.astimezone(dt.timezone(dt.timedelta(hours=9))))


def test_a_known_signature() -> None:
    """Worked out with openssl: printf '1729314984.{}' | openssl dgst -sha256 -hmac key"""
    now = dt.datetime.fromtimestamp(1729314984, dt.UTC)
    verify(b"{}", "ae31e5909c09a32fefa0156b3dc278768e5daab37964c73167c310e4c22a4bef", "1729314984", "key", now)


@pytest.mark.parametrize("seconds", [-300, -299, 0, 299, 300])
def test_inside_the_window(seconds: int) -> None:
    verify(BODY, sign(), STAMP, SECRET, NOW + dt.timedelta(seconds=seconds))


@pytest.mark.parametrize("seconds", [-86_400, -301, 301, 86_400])
def test_a_replay_outside_the_window_is_refused(seconds: int) -> None:
    assert "five minutes" in refused(BODY, sign(), STAMP, SECRET, now=NOW + dt.timedelta(seconds=seconds))


def test_an_old_message_with_a_new_time_is_refused() -> None:
    later = NOW + dt.timedelta(hours=1)
    stamp = str(int(later.timestamp()))
    assert "signature" in refused(BODY, sign(), stamp, SECRET, now=later)


@pytest.mark.parametrize(
    "body",
    [
        BODY + b" ",
        BODY.replace(b"complete", b"canceled"),
        json.dumps(json.loads(BODY), separators=(",", ":")).encode(),
        b"",
        b"\xff\xfe",
    ],
)
def test_another_body_is_refused(body: bytes) -> None:
    assert "signature" in refused(body, sign(), STAMP, SECRET)


@pytest.mark.parametrize(
    "signature", ["", "0" * 64, sign()[:-1], sign() + "0", sign(secret="other"), "é" * 64, "\ud800"]
)
def test_a_forged_signature_is_refused(signature: str) -> None:
    assert "signature" in refused(BODY, signature, STAMP, SECRET)


@pytest.mark.parametrize("stamp", ["", "now", "-1", "1e9", "1729314984.5", "٣", "9" * 13, "0x10", "+5", "1 2"])
def test_a_timestamp_that_is_no_number_of_seconds_is_refused(stamp: str) -> None:
    assert "timestamp" in refused(BODY, sign(stamp=stamp), stamp, SECRET)


def test_without_a_secret_nobody_is_believed() -> None:
    assert "no secret" in refused(BODY, sign(secret=""), STAMP, "")


def test_a_time_without_a_zone_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="zone"):
        verify(BODY, sign(), STAMP, SECRET, NOW.replace(tzinfo=None))


@pytest.mark.parametrize("kind", ["started", "completed", "errored"])
def test_an_event_about_a_video(kind: str) -> None:
    event = Event.from_body(json.dumps({"type": f"video.{kind}", "payload": example("video_project")}).encode())
    assert (event.known_type, event.project_id) == (EventType(f"video.{kind}"), ID)
    assert event.video_project().is_ready and event.payload == example("video_project")


def test_an_unknown_event_is_kept() -> None:
    event = Event.from_json({"type": "hologram.started", "payload": {"id": "x"}})
    assert (event.type, event.known_type, event.project_id) == ("hologram.started", None, "x")
    with pytest.raises(BadAnswer):
        event.video_project()


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"{", b'{"type": "video.started"}', b'{"type": "video.started", "payload": []}']
    + [b'{"payload": {"id": "x"}}', b'{"type": 7, "payload": {"id": "x"}}', b'{"type": "a", "payload": {}}'],
)
def test_what_is_no_event_is_refused(body: bytes) -> None:
    with pytest.raises(BadAnswer):
        Event.from_body(body)
