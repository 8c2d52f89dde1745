"""Defining or changing a draft (003, POST /me/videos/<video-id>)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Self

from providers.picovico.assets import Asset, read_asset
from providers.picovico.video import height, odd_credit, read_credit


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateVideo:
    """None is "leave as it is"; an empty tuple takes away what is there.

    quality    height in pixels: 360, 480 or 720 (`limits.QUALITIES`)
    credit     pairs such as ("Photos", "Ann"), shown at the end of the video
    odd_credit what stands in the credits beside pairs of texts; sent after them as it came, with `credit` alone
    assets     all of them, in their order; they take the place of the earlier ones
    """

    name: str | None = None
    style: str | None = None
    quality: int | None = None
    credit: tuple[tuple[str, str], ...] | None = None
    assets: tuple[Asset, ...] | None = None
    odd_credit: tuple[Any, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """What was set, in the API's spelling; for records."""
        values: dict[str, Any] = {
            "name": self.name,
            "style": self.style,
            # A text in requests: "String (eg. 360)".
            "quality": None if self.quality is None else str(self.quality),
            "credit": None if self.credit is None else [*map(list, self.credit), *self.odd_credit],
            "assets": None if self.assets is None else [asset.to_json() for asset in self.assets],
        }
        return {name: value for name, value in values.items() if value is not None}

    def to_fields(self) -> dict[str, str]:
        """The same as form fields. Lists go as JSON texts, as the official sample sends them (contract section 1)."""
        return {
            name: value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, allow_nan=False)
            for name, value in self.to_json().items()
        }

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Self:
        """From the API's spelling, as `to_json` gives it; raises ValueError for fields that the call does not know."""
        strange = sorted(set(values) - {"name", "style", "quality", "credit", "assets"})
        if strange:
            raise ValueError(f"not a field of this request: {', '.join(strange)}")
        return cls(
            name=values.get("name"),
            style=values.get("style"),
            quality=height(values.get("quality")),
            credit=read_credit(values["credit"]) if "credit" in values else None,
            odd_credit=odd_credit(values.get("credit")),
            assets=tuple(read_asset(each) for each in values["assets"]) if "assets" in values else None,
        )
