"""One piece of a transcript (001 Get Project, `words`)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from providers import reading


@dataclass(frozen=True, slots=True)
class Word:
    """`type` is word, silence or punctuation as sent; times are seconds from the start of the video."""

    id: str
    text: str
    type: str
    start: float
    end: float

    @property
    def is_silence(self) -> bool:
        return self.type.lower() == "silence"

    @property
    def is_punctuation(self) -> bool:
        return self.type.lower() == "punctuation"

    @classmethod
    def from_json(cls, data: reading.JSON) -> Self:
        start = reading.seconds(data, "startTime")
        return cls(
            id=reading.text(data, "id") or "",
            text=reading.word(data, "text", "", longest=reading.LONGEST_TEXT),
            type=reading.word(data, "type", "word"),
            start=start,
            # A word that ends before it starts would break every search by time.
            end=max(start, reading.seconds(data, "endTime")),
        )
