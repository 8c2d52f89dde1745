"""Rendering a project (001 Export Project)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Self

from providers import reading
from providers.submagic import statuses
from providers.submagic.sending import only_set, refuse_unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportOptions:
    """None is "as the project": its own fps, width and height."""

    fps: int | None = None
    width: int | None = None
    height: int | None = None
    webhook_url: str | None = None

    def to_json(self) -> dict[str, Any]:
        return only_set(fps=self.fps, width=self.width, height=self.height, webhookUrl=self.webhook_url)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Self:
        """From the API's spelling, as `to_json` gives it; raises ValueError for other fields."""
        refuse_unknown(values, "fps", "width", "height", "webhookUrl")
        return cls(
            fps=values.get("fps"),
            width=values.get("width"),
            height=values.get("height"),
            webhook_url=values.get("webhookUrl"),
        )


@dataclass(frozen=True, slots=True)
class Exported:
    """The export has begun; its end is seen by reading the project."""

    id: str
    status: str
    message: str | None = None
    raw: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def from_json(cls, data: reading.JSON) -> Self:
        return cls(
            id=reading.identity(data, "projectId", "id"),
            status=reading.text(data, "status") or statuses.ProjectStatus.EXPORTING,
            message=reading.text(data, "message"),
            raw=dict(data),
        )
