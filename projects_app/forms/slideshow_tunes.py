"""The music of a slideshow as rows of a form: `music-0-asset`, `music-0-start`, `music-0-end` (seconds of the film).

Without times a tune is under all of it, as in the document's example (003, "Defining music": both 0). One that begins
and has no end plays until the film's.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from providers import reading
from providers.errors import FailedRead
from providers.picovico import MusicAsset
from providers.picovico.assets import more_of

MOST_TUNES: Final = 20
_NAME: Final = re.compile(r"music-(\d{1,3})-(asset|start|end|raw)")


@dataclass(slots=True)
class Tune:
    """Texts, as they were typed. `asset` is the id of a tune; `raw` its fields that no document names."""

    asset: str = ""
    start: str = ""
    end: str = ""
    raw: str = ""
    index: int = 0
    errors: list[str] = field(default_factory=list)

    @property
    def prefix(self) -> str:
        return f"music-{self.index}"

    @property
    def number(self) -> int:
        return self.index + 1

    @property
    def is_whole(self) -> bool:
        """Under all of the film."""
        return not self.start.strip() and not self.end.strip()

    @property
    def times(self) -> tuple[float, float | None] | None:
        """When it begins and ends; None for what is no time. An end that was left open is None."""
        start, end = _seconds(self.start or "0"), _seconds(self.end or "0")
        if start is None or end is None or (self.end.strip() and end <= start):
            return None
        return start, end if self.end.strip() else None

    @property
    def more(self) -> dict[str, Any]:
        try:
            return more_of(reading.load(self.raw.encode("utf-8", "replace")), "music") if self.raw else {}
        except FailedRead:
            return {}


def _seconds(text: str) -> float | None:
    try:
        found = float(text.strip().replace(",", "."))
    except ValueError:
        return None
    return found if math.isfinite(found) and 0 <= found <= 36_000 else None


def tunes_of(music: Iterable[MusicAsset], total: float) -> list[Tune]:
    """`total`: seconds of the film. A tune that ends with it does so also when the film gets longer."""
    found = []
    for index, each in enumerate(music):
        raw = json.dumps(dict(each.more), ensure_ascii=False) if each.more else ""
        whole = (each.start, each.end) == (0.0, 0.0)
        is_open = not each.end or abs(each.end - total) < 0.001
        times = ("", "") if whole else (f"{each.start:g}", "" if is_open else f"{each.end:g}")
        found.append(Tune(each.asset_id, *times, raw, index))
    return found


def check(tunes: Iterable[Tune], total: float) -> None:
    """Writes what is wrong at each; `total`: seconds of the film, 0 while that is not known."""
    for tune in tunes:
        if len(tune.asset) > 200 or not tune.asset.isprintable():
            tune.errors.append(_("This is no tune of the list."))
        elif tune.times is None:
            tune.errors.append(_("Give seconds of the film, the end after the beginning; or nothing, for all of it."))
        elif not tune.is_whole and total and tune.times[0] >= total:
            tune.errors.append(_("The film is over by then: it has %(total)s seconds.") % {"total": f"{total:g}"})


def assets_of(tunes: Iterable[Tune], total: float) -> list[MusicAsset]:
    """The tunes must be right."""
    found = []
    for tune in tunes:
        start, end = tune.times or (0.0, None)
        # Without a picture yet an end that is open stays open (0).
        times = (0.0, 0.0) if tune.is_whole else (start, round(total, 3) if end is None else end)
        found.append(MusicAsset(tune.asset, *times, tune.more))
    return found


class TunesWidget(forms.Widget):
    """Reads the rows of a sent form; those without a tune are left out. They are drawn by _slideshow_tunes.html."""

    def value_from_datadict(self, data: Mapping[str, Any], files: Any, name: str) -> list[Tune]:
        found: dict[int, dict[str, str]] = {}
        for key in data:
            if match := _NAME.fullmatch(key):
                found.setdefault(int(match[1]), {})[match[2]] = str(data[key]).replace("\0", "").strip()
        tunes = [Tune(**given) for _number, given in sorted(found.items()) if given.get("asset")]  # type: ignore[arg-type]
        for index, tune in enumerate(tunes):
            tune.index = index
        return tunes

    def value_omitted_from_data(self, data: Mapping[str, Any], files: Any, name: str) -> bool:
        return not any(_NAME.fullmatch(key) for key in data)


class TunesField(forms.Field):
    widget = TunesWidget

    def validate(self, value: list[Tune]) -> None:
        super().validate(value)
        if len(value) > MOST_TUNES:
            raise ValidationError(_("At most %(most)d tunes.") % {"most": MOST_TUNES})
