"""Magic Hour: video projects that were made there, by id. Everything a caller needs is re-exported here."""

from __future__ import annotations

from providers.clock import ClockReading
from providers.http import Exchange, Timeouts
from providers.magic_hour.account import Account
from providers.magic_hour.client import BASE_URL, MagicHourClient
from providers.magic_hour.video_project import Download, ProjectError, VideoProject, VideoStatus
from providers.magic_hour.webhooks import (
    SIGNATURE_HEADER,
    TIMESTAMP_HEADER,
    BadSignature,
    Event,
    EventType,
    verify,
)
from providers.ratelimit import RateHeaders

__all__ = [
    "BASE_URL",
    "SIGNATURE_HEADER",
    "TIMESTAMP_HEADER",
    "Account",
    "BadSignature",
    "ClockReading",
    "Download",
    "Event",
    "EventType",
    "Exchange",
    "MagicHourClient",
    "ProjectError",
    "RateHeaders",
    "Timeouts",
    "VideoProject",
    "VideoStatus",
    "verify",
]
