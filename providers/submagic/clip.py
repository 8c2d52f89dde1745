"""A Magic Clip inside its project (001 Get Project, `magicClips`). Its id is a project id of its own."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Self

from providers import reading
from providers.submagic.video import Video


@dataclass(frozen=True, slots=True)
class ViralityScores:
    """As sent. The documents call all of them 0 to 100, their examples add up four scores to the total (row 16)."""

    total: float | None = None
    shareability: float | None = None
    hook_strength: float | None = None
    story_quality: float | None = None
    emotional_impact: float | None = None
    raw: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @property
    def parts(self) -> dict[str, float]:
        """The sub-scores that are there."""
        found = {
            "shareability": self.shareability,
            "hook_strength": self.hook_strength,
            "story_quality": self.story_quality,
            "emotional_impact": self.emotional_impact,
        }
        return {name: value for name, value in found.items() if value is not None}

    @property
    def part_scale(self) -> int:
        """What a sub-score is out of: 25 when all four are there and add up to the total, else 100."""
        if self.total is not None and len(self.parts) == 4 and abs(sum(self.parts.values()) - self.total) <= 2:
            return 25
        return 100

    @classmethod
    def from_json(cls, data: reading.JSON) -> Self:
        return cls(
            total=reading.number(data, "total"),
            shareability=reading.number(data, "shareability"),
            hook_strength=reading.number(data, "hook_strength"),
            story_quality=reading.number(data, "story_quality"),
            emotional_impact=reading.number(data, "emotional_impact"),
            raw=dict(data),
        )


@dataclass(frozen=True, slots=True)
class Clip(Video):
    """Where it lies in the source is not told; `duration` is in seconds. Everything but `id` may be absent."""

    id: str
    status: str
    title: str | None = None
    duration: float | None = None
    scores: ViralityScores | None = None
    preview_url: str | None = None
    download_url: str | None = None
    direct_url: str | None = None
    raw: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def from_json(cls, data: reading.JSON) -> Self:
        scores = reading.mapping(data, "viralityScores")
        return cls(
            id=reading.identity(data, "id", "projectId"),
            status=reading.word(data, "status", ""),
            title=reading.text(data, "title"),
            duration=reading.number(data, "duration"),
            scores=None if scores is None else ViralityScores.from_json(scores),
            preview_url=reading.text(data, "previewUrl"),
            download_url=reading.text(data, "downloadUrl"),
            direct_url=reading.text(data, "directUrl"),
            raw=dict(data),
        )
