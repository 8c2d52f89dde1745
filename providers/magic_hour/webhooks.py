"""What Magic Hour posts to a webhook, and whether it was Magic Hour (docs.magichour.ai, Webhook Reference).

002 does not describe webhooks. The rules here are those of "Securing Your Webhook Handler" and "Event Types" there
(github.com/magichourhq/docs at f5df0c5d): signed is `{timestamp}.{body}`, the body being the bytes as they came, with
HMAC-SHA256 under the webhook's secret, written as 64 hex digits.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, Self

from providers import reading
from providers.magic_hour.limits import WEBHOOK_SECONDS
from providers.magic_hour.video_project import VideoProject

SIGNATURE_HEADER: Final = "magic-hour-event-signature"
TIMESTAMP_HEADER: Final = "magic-hour-event-timestamp"
_SECONDS: Final = re.compile(r"[0-9]{1,12}")


class BadSignature(Exception):
    """The message must not be believed; `reason` says why, without any of its content or the secret."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def verify(body: bytes, signature: str, timestamp: str, secret: str, now: datetime) -> None:
    """Raise `BadSignature` unless `body` was signed with `secret` within five minutes of `now`, before or after.

    `signature` and `timestamp` are the headers' values ("" for a missing one), `now` an aware time. Inside the window
    the same message may come again, from Magic Hour or from somebody who listened: what it leads to must be idempotent.
    """
    if now.tzinfo is None:
        raise ValueError("now must have a zone")
    if not secret:
        # HMAC takes an empty key, and then everybody could sign.
        raise BadSignature("there is no secret to check it with")
    timestamp = timestamp.strip()
    if not _SECONDS.fullmatch(timestamp):
        raise BadSignature("the timestamp is missing or no number of seconds")
    expected = hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    given = signature.strip().lower()
    if not hmac.compare_digest(expected.encode(), given.encode("utf-8", "replace")):
        raise BadSignature("the signature is missing or wrong")
    if abs(now.timestamp() - int(timestamp)) > WEBHOOK_SECONDS:
        raise BadSignature("it was signed more than five minutes ago or ahead")


class EventType(StrEnum):
    """Those about videos; `audio.` and `image.` have the same three. `canceled` sends nothing."""

    STARTED = "video.started"
    COMPLETED = "video.completed"
    ERRORED = "video.errored"


@dataclass(frozen=True, slots=True)
class Event:
    """`type` as sent; `payload` is what GET of the project answered at that time (Event Types)."""

    type: str
    payload: dict[str, Any]
    raw: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @property
    def known_type(self) -> EventType | None:
        """None for events that are not about videos, and for new ones."""
        try:
            return EventType(self.type)
        except ValueError:
            return None

    @property
    def project_id(self) -> str:
        return reading.identity(self.payload, "id")

    def video_project(self) -> VideoProject:
        """The payload of an event about a video; `BadAnswer` when it is none."""
        return VideoProject.from_json(self.payload)

    @classmethod
    def from_json(cls, data: reading.JSON) -> Self:
        payload = reading.mapping(data, "payload")
        if payload is None:
            reading.refuse("payload is missing")
        reading.identity(payload, "id")
        return cls(type=reading.word(data, "type").strip().lower(), payload=payload, raw=dict(data))

    @classmethod
    def from_body(cls, body: bytes) -> Self:
        """From the bytes of a message that `verify` let pass; `BadAnswer` for what is no event."""
        return cls.from_json(reading.load(body))
