"""A video project as Magic Hour tells it (002 Get Video Project)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, Self

from providers import reading

LONGEST_URL: Final = 4096


class VideoStatus(StrEnum):
    """The documented ones (002, `status`). An unknown one is kept as it came and means "in progress".

    `draft` is "not used" in one text of the official client and "created but not submitted" in another, so it is shown
    and nothing is decided by it (contract 1b). `canceled` comes without a webhook.
    """

    DRAFT = "draft"
    QUEUED = "queued"
    RENDERING = "rendering"
    COMPLETE = "complete"
    ERROR = "error"
    CANCELED = "canceled"


FINAL: Final = frozenset({VideoStatus.COMPLETE, VideoStatus.ERROR, VideoStatus.CANCELED})


@dataclass(frozen=True, slots=True)
class ProjectError:
    """Why a render failed, in Magic Hour's words; each is "" when it was not told."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Download:
    """A finished file. The link is a secret and dies at `expires_at`; a new look gives a new one."""

    url: str
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class VideoProject:
    """Everything but `id` and `status` may be absent. `raw` is the whole answer.

    status           in lower case; `known_status` is None for one that the documents do not name
    type             as sent, upper case in the documents, and an open list (FACE_SWAP, TEXT_TO_VIDEO, …)
    width, height    pixels; None also for the documented -1 ("can be ignored")
    enabled          True is there, False is deleted: the document says it the other way round (contract 1b)
    start_seconds, end_seconds   of the input video, seconds
    fps              pictures a second; an estimate until the status is complete
    credits_charged  an estimate until the status is complete; after a failure without what was given back

    The deprecated `download` and `total_frame_cost` are in `raw` and nothing stands on them.
    """

    id: str
    status: str
    type: str = ""
    name: str | None = None
    created_at: datetime | None = None
    width: int | None = None
    height: int | None = None
    enabled: bool = True
    start_seconds: float | None = None
    end_seconds: float | None = None
    fps: float | None = None
    credits_charged: int | None = None
    error: ProjectError | None = None
    downloads: tuple[Download, ...] = ()
    raw: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @property
    def known_status(self) -> VideoStatus | None:
        try:
            return VideoStatus(self.status)
        except ValueError:
            return None

    @property
    def is_final(self) -> bool:
        """Nothing more happens to it: rendered, failed, canceled or deleted."""
        return self.known_status in FINAL or not self.enabled

    @property
    def is_ready(self) -> bool:
        """Complete, not deleted, and with a file to fetch."""
        return self.enabled and self.known_status is VideoStatus.COMPLETE and bool(self.downloads)

    @classmethod
    def from_json(cls, data: reading.JSON) -> Self:
        return cls(
            id=reading.identity(data, "id"),
            status=reading.word(data, "status").strip().lower(),
            type=(reading.text(data, "type") or "")[: reading.LONGEST_ID],
            name=reading.text(data, "name"),
            created_at=reading.moment(data, "created_at"),
            width=reading.pixels(data, "width"),
            height=reading.pixels(data, "height"),
            enabled=_enabled(data),
            start_seconds=reading.number(data, "start_seconds"),
            end_seconds=reading.number(data, "end_seconds"),
            fps=reading.number(data, "fps"),
            credits_charged=credits(data, "credits_charged"),
            error=_error(data),
            downloads=_downloads(data),
            raw=dict(data),
        )


def credits(data: reading.JSON, name: str) -> int | None:
    """A number of credits; documented as whole, so a fraction is rounded rather than lost."""
    value = reading.number(data, name)
    return None if value is None else round(value)


def _enabled(data: reading.JSON) -> bool:
    """Whether a project is gone is no decoration: anything but true, false or nothing is refused."""
    value = reading.flag(data, "enabled")
    if value is None and data.get("enabled") is not None:
        reading.refuse("enabled is neither true nor false")
    return value is not False


def _error(data: reading.JSON) -> ProjectError | None:
    told = data.get("error")
    if isinstance(told, str):
        return ProjectError("", told[: reading.LONGEST_TEXT]) if told else None
    if not isinstance(told, dict):
        return None
    return ProjectError(reading.text(told, "code") or "", reading.text(told, "message") or "")


def _downloads(data: reading.JSON) -> tuple[Download, ...]:
    """Only what can be a link; an entry that cannot is left out, and the others stay."""
    listed = data.get("downloads")
    found = []
    for entry in listed if isinstance(listed, list) else []:
        url = entry.get("url") if isinstance(entry, dict) else None
        if isinstance(url, str) and len(url) <= LONGEST_URL and url.startswith(("https://", "http://")):
            found.append(Download(url, reading.moment(entry, "expires_at")))
    return tuple(found)
