"""What Submagic offers and whether it is well (001 Health Check, Get Languages)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Self

from providers import reading
from providers.errors import BadAnswer, ProviderError

HEALTHY: Final = "healthy"
DEGRADED: Final = "degraded"
UNHEALTHY: Final = "unhealthy"


@dataclass(frozen=True, slots=True)
class Health:
    """`status` as sent and the HTTP `code` beside it: neither alone tells how it is (contract row 45)."""

    status: str
    service: str | None = None
    timestamp: datetime | None = None
    code: int = 200

    @property
    def state(self) -> str:
        """HEALTHY, DEGRADED, UNHEALTHY, or a word of the provider's own. An error code says "unhealthy" whatever the
        body beside it says."""
        return self.status.lower() if 200 <= self.code < 300 else UNHEALTHY

    @property
    def is_healthy(self) -> bool:
        return self.state == HEALTHY

    @property
    def takes_requests(self) -> bool:
        return self.state != UNHEALTHY

    @classmethod
    def from_json(cls, data: reading.JSON) -> Self:
        return cls(
            status=reading.word(data, "status"),
            service=reading.text(data, "service"),
            timestamp=reading.moment(data, "timestamp"),
        )

    @classmethod
    def from_error(cls, error: ProviderError) -> Self | None:
        """What the body of an error answer says; None when it is no health at all."""
        if error.status is None or error.status < 300:
            # A good answer that could not be read whole says nothing.
            return None
        try:
            return replace(cls.from_json(reading.load(error.sample.encode())), code=error.status)
        except BadAnswer:
            return None


@dataclass(frozen=True, slots=True)
class Language:
    name: str
    code: str

    @classmethod
    def from_json(cls, data: reading.JSON) -> Self:
        code = reading.word(data, "code")
        return cls(name=reading.word(data, "name", code), code=code)


def languages_from_json(data: reading.JSON) -> list[Language]:
    if data.get("languages") is None:
        reading.refuse("languages is missing")
    return reading.items(data, "languages", Language.from_json)


def templates_from_json(data: reading.JSON) -> list[str]:
    """Names exactly as sent: they are case-sensitive, and one of them is lower case (contract row 15)."""
    return reading.names(data, "templates")
