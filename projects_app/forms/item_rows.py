"""The rows of the B-roll part of a form: `item-0-type`, `item-0-start` …; the numbers may have gaps."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from projects_app import rules_items
from projects_app.rules_items import AI_BROLL, USER_MEDIA

MOST_ROWS = 200
_NAME = re.compile(r"item-(\d{1,4})-(type|start|end|media|prompt|layout|remove)")
PARTS = ("type", "start", "end", "media", "prompt", "layout")
LAYOUT_WORDS = {
    "cover": pgettext_lazy("layout", "Cover"),
    "contain": pgettext_lazy("layout", "Contain"),
    "rounded": pgettext_lazy("layout", "Rounded"),
    "square": pgettext_lazy("layout", "Square"),
    "split-50-50": pgettext_lazy("layout", "Split 50/50"),
    "split-35-65": pgettext_lazy("layout", "Split 35/65"),
    "split-50-50-bordered": pgettext_lazy("layout", "Split 50/50, bordered"),
    "split-35-65-bordered": pgettext_lazy("layout", "Split 35/65, bordered"),
    "pip-top-right": pgettext_lazy("layout", "Small, top right"),
    "pip-bottom-right": pgettext_lazy("layout", "Small, bottom right"),
}


@dataclass(slots=True)
class Row:
    """One item as it stands in the form: texts, as they were typed."""

    index: int
    type: str = USER_MEDIA
    start: str = ""
    end: str = ""
    media: str = ""
    prompt: str = ""
    layout: str = ""
    errors: dict[str, list[str]] = field(default_factory=dict)

    @property
    def prefix(self) -> str:
        return f"item-{self.index}"

    @property
    def number(self) -> int:
        return self.index + 1

    @property
    def is_ai(self) -> bool:
        return self.type == AI_BROLL

    @property
    def is_empty(self) -> bool:
        """Nothing but choices that a row comes with."""
        return not (self.start or self.end or self.media or self.prompt)

    def to_json(self) -> dict[str, Any]:
        """In the API's spelling; what is missing or no moment stays None for the rules to tell."""
        start, end = rules_items.seconds_of(self.start), rules_items.seconds_of(self.end)
        item: dict[str, Any] = {"type": self.type, "startTime": start, "endTime": end}
        item |= {"prompt": self.prompt} if self.is_ai else {"userMediaId": self.media}
        return rules_items.fitted(item | ({"layout": self.layout} if self.layout else {}))

    @classmethod
    def of(cls, index: int, item: Mapping[str, Any]) -> Row:
        moments = (item.get("startTime"), item.get("endTime"))
        start, end = ("" if moment is None else rules_items.clock(moment) for moment in moments)
        media, prompt, layout = (str(item.get(name) or "") for name in ("userMediaId", "prompt", "layout"))
        return cls(index, str(item.get("type") or USER_MEDIA), start, end, media, prompt, layout)


class RowsWidget(forms.Widget):
    """Reads the rows of a sent form; they are drawn by projects/options/_items.html."""

    def value_from_datadict(self, data: Mapping[str, Any], files: Any, name: str) -> list[Row]:
        found: dict[int, dict[str, str]] = {}
        for key in data:
            if match := _NAME.fullmatch(key):
                # No database keeps a NUL.
                found.setdefault(int(match[1]), {})[match[2]] = str(data[key]).replace("\0", "").strip()
        kept = [row for _number, row in sorted(found.items()) if not row.get("remove")]
        rows = [Row(0, **{part: row.get(part, "") for part in PARTS}) for row in kept]  # type: ignore[arg-type]
        filled = [row for row in rows if not row.is_empty]
        for index, row in enumerate(filled):
            row.index = index
            row.type = row.type or USER_MEDIA
            row.prompt = row.prompt.replace("\r\n", "\n")
        return filled

    def value_omitted_from_data(self, data: Mapping[str, Any], files: Any, name: str) -> bool:
        return not any(_NAME.fullmatch(key) for key in data)


class RowsField(forms.Field):
    """Its clean value is the list of rows; the rules need the library and come with the whole form."""

    widget = RowsWidget

    def validate(self, value: list[Row]) -> None:
        super().validate(value)
        if len(value) > MOST_ROWS:
            text = _("There are %(count)s pieces of B-roll; this form takes %(most)s. Remove %(over)s of them.")
            values = {"count": len(value), "most": MOST_ROWS, "over": len(value) - MOST_ROWS}
            raise ValidationError(text % values)

    def has_changed(self, initial: Any, data: Any) -> bool:
        return [row.to_json() for row in data or []] != list(initial or [])
