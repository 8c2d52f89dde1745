"""The timeline of a slideshow as rows of a form: `row-0-kind`, `row-0-seconds` …; their order is that of the numbers.

People think in how long each picture stays; Picovico in when it begins and ends. What does not come one after the
other at Picovico (gaps, overlaps) stays so up to the first place that was changed here; from there on one comes after
the other.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from providers import reading
from providers.errors import FailedRead
from providers.picovico import Asset, ImageAsset, MusicAsset, OtherAsset, TextAsset
from providers.picovico.assets import more_of, read_asset

MOST_ROWS: Final = 200
# Seconds; Picovico states no limits of its own.
SHORTEST, LONGEST = 0.1, 3600.0
PHOTO_SECONDS, CARD_SECONDS = "4", "3"
IMAGE, TEXT, OTHER = "image", "text", "other"
_NAME: Final = re.compile(r"row-(\d{1,4})-(key|kind|asset|seconds|title|text|raw|was)")
_STEP: Final = re.compile(r"(up|down|remove):([\w-]{1,40})")


@dataclass(slots=True)
class Row:
    """One photo or card as it stands in the form: texts, as they were typed. `key` stays with it wherever it moves;
    `index` and `begin` (seconds) are its place, `was` the one it had at Picovico: "index start end"."""

    key: str
    kind: str
    asset: str = ""
    seconds: str = ""
    title: str = ""
    text: str = ""
    raw: str = ""
    was: str = ""
    index: int = 0
    begin: float = 0.0
    errors: dict[str, list[str]] = field(default_factory=dict)

    @property
    def prefix(self) -> str:
        return f"row-{self.index}"

    @property
    def number(self) -> int:
        return self.index + 1

    @property
    def length(self) -> float | None:
        """Seconds, None for what is none, or none that can be asked for; one that Picovico has stays what it is."""
        try:
            found = float(self.seconds.strip().replace(",", "."))
        except ValueError:
            return None
        if not math.isfinite(found):
            return None
        was = self._was
        unchanged = was is not None and abs(was[2] - was[1] - found) < 0.001
        return found if unchanged or SHORTEST <= found <= LONGEST else None

    @property
    def _was(self) -> tuple[int, float, float] | None:
        if not (found := re.fullmatch(r"(\d{1,4}) ([\d.]{1,20}) ([\d.]{1,20})", self.was)):
            return None
        try:
            return int(found[1]), float(found[2]), float(found[3])
        except ValueError:
            return None

    def kept_times(self) -> tuple[float, float] | None:
        """Those at Picovico, where neither its place nor its length was changed."""
        if (was := self._was) is None:
            return None
        index, start, end = was
        same = index == self.index and self.length is not None and abs(end - start - self.length) < 0.001
        return (start, end) if same else None

    @property
    def is_kept(self) -> bool:
        """Just as Picovico has it."""
        return self.kind == OTHER or self.kept_times() is not None

    @property
    def other(self) -> OtherAsset | None:
        """What Picovico has there that this desk does not know; it goes back as it came."""
        try:
            found = read_asset(reading.load(self.raw.encode("utf-8", "replace")))
        except FailedRead:
            return None
        return found if isinstance(found, OtherAsset) else None

    @property
    def more(self) -> dict[str, Any]:
        """Of a photo or card the fields that no document names; they go back as they came."""
        try:
            return more_of(reading.load(self.raw.encode("utf-8", "replace")), self.kind) if self.raw else {}
        except FailedRead:
            return {}

    @classmethod
    def of(cls, key: str, asset: Asset) -> Row:
        if isinstance(asset, OtherAsset):
            return cls(key, OTHER, raw=json.dumps(asset.to_json(), ensure_ascii=False))
        seconds = f"{max(0.0, asset.end - asset.start):g}"
        raw = json.dumps(dict(asset.more), ensure_ascii=False) if asset.more else ""
        if isinstance(asset, TextAsset):
            return cls(key, TEXT, seconds=seconds, title=asset.title, text=asset.text, raw=raw)
        return cls(key, IMAGE, asset=asset.asset_id, seconds=seconds, text=getattr(asset, "text", ""), raw=raw)


def rows_of(assets: Iterable[Asset]) -> list[Row]:
    """In the order in which they are seen; music is no row."""
    shown = [asset for asset in assets if not isinstance(asset, MusicAsset)]
    known = sorted((each for each in shown if not isinstance(each, OtherAsset)), key=lambda each: each.start)
    others = [each for each in shown if isinstance(each, OtherAsset)]
    rows = [Row.of(f"a{number}", asset) for number, asset in enumerate([*known, *others])]
    for index, (row, asset) in enumerate(zip(rows, [*known, *others], strict=True)):
        if not isinstance(asset, OtherAsset):
            row.was = f"{index} {asset.start:.3f} {asset.end:.3f}"
    return numbered(rows)


def assets_of(rows: Iterable[Row]) -> list[Asset]:
    """The rows must be valid."""
    found: list[Asset] = []
    for row, (start, end) in _placed(rows):
        if row.kind == OTHER:
            found += [row.other] if row.other else []
        elif row.kind == TEXT:
            found.append(TextAsset(start, end, row.title, row.text, row.more))
        else:
            found.append(ImageAsset(row.asset, start, end, row.text, row.more))
    return found


def _placed(rows: Iterable[Row]) -> Iterator[tuple[Row, tuple[float, float]]]:
    """Each with its start and end: as at Picovico until the first that was changed, then one after the other."""
    at, changed = 0.0, False
    for row in rows:
        if row.kind == OTHER:
            yield row, (at, at)
            continue
        kept = None if changed else row.kept_times()
        changed = kept is None
        times = kept or (at, round(at + (row.length or 0.0), 3))
        at = max(at, times[1])
        yield row, times


def total_of(rows: Iterable[Row]) -> float:
    """Seconds of the film that these make."""
    return max((end for _row, (_start, end) in _placed(rows)), default=0.0)


def numbered(rows: list[Row]) -> list[Row]:
    for index, row in enumerate(rows):
        row.index = index
    for row, (start, _end) in _placed(rows):
        row.begin = start
    return rows


def stepped(rows: list[Row], step: str) -> list[Row]:
    """The rows after a button: `up:<key>`, `down:<key>`, `remove:<key>`, `card`; anything else changes nothing."""
    if step == "card":
        return numbered([*rows, Row(fresh_key(rows), TEXT, seconds=CARD_SECONDS)])
    found = _STEP.fullmatch(step)
    at = next((index for index, row in enumerate(rows) if found and row.key == found[2]), None)
    if found is None or at is None:
        return rows
    rows = list(rows)
    row = rows.pop(at)
    if found[1] != "remove":
        rows.insert(max(0, at - 1) if found[1] == "up" else at + 1, row)
    return numbered(rows)


def with_photos(rows: list[Row], numbers: Iterable[str]) -> list[Row]:
    rows = list(rows)
    for number in numbers:
        rows.append(Row(fresh_key(rows), IMAGE, asset=number, seconds=PHOTO_SECONDS))
    return numbered(rows)


def fresh_key(rows: Iterable[Row]) -> str:
    taken = {row.key for row in rows}
    return next(key for number in range(MOST_ROWS * 100) if (key := f"n{number}") not in taken)


class RowsWidget(forms.Widget):
    """Reads the rows of a sent form; they are drawn by projects/_slideshow_rows.html."""

    def value_from_datadict(self, data: Mapping[str, Any], files: Any, name: str) -> list[Row]:
        found: dict[int, dict[str, str]] = {}
        for key in data:
            if match := _NAME.fullmatch(key):
                text = str(data[key]).replace("\0", "").replace("\r\n", "\n")
                found.setdefault(int(match[1]), {})[match[2]] = text
        rows: list[Row] = []
        for _number, given in sorted(found.items()):
            if given.get("kind") in (IMAGE, TEXT, OTHER):
                key = given.pop("key", "")[:40]
                if not re.fullmatch(r"[\w-]+", key) or any(row.key == key for row in rows):
                    key = fresh_key(rows)
                parts = {name: given.get(name, "") for name in ("asset", "seconds", "title", "text", "raw", "was")}
                rows.append(Row(key, given["kind"], **parts))  # type: ignore[arg-type]
        return numbered(rows)

    def value_omitted_from_data(self, data: Mapping[str, Any], files: Any, name: str) -> bool:
        return not any(_NAME.fullmatch(key) for key in data)


class RowsField(forms.Field):
    """Its clean value is the list of rows; what is wrong stands at each. Lengths of texts depend on the style and come
    with the whole form."""

    widget = RowsWidget

    def validate(self, value: list[Row]) -> None:
        super().validate(value)
        if len(value) > MOST_ROWS:
            told = {"count": len(value), "most": MOST_ROWS}
            raise ValidationError(_("There are %(count)d photos and cards; this form takes %(most)d.") % told)
        for row in value:
            if row.kind == OTHER:
                if row.other is None:
                    row.errors["seconds"] = [_("This cannot be sent back as it came. Remove it.")]
            elif row.length is None:
                row.errors["seconds"] = [_("Give a number of seconds from 0.1 to 3,600.")]
            if row.kind == TEXT and not (row.title.strip() or row.text.strip()):
                row.errors["title"] = [_("Write a heading or a text, or remove the card.")]
        if total_of(value) > LONGEST and not all(row.is_kept for row in value):
            raise ValidationError(_("It is longer than an hour. Shorten or remove something."))
