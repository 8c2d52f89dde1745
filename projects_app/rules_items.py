"""What Submagic takes as B-roll items and music (001 Create Project, Update Project), told before anything is sent.

Items and music are dicts in the API's spelling, as in `Project.options`. Nothing here asks the database.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from providers.submagic import limits

USER_MEDIA: Final = "user-media"
AI_BROLL: Final = "ai-broll"
AI_CREDITS: Final = 3  # each AI item (001 Update Project, AI B-roll Workflow & Credits)
# Times with a fraction of a word's length: half a millisecond more is the same moment.
SAME_MOMENT: Final = 0.0005
_CLOCK = re.compile(r"(?:(?:(\d{1,2}):)?(\d{1,3}):)?(\d{1,6}(?:[.,]\d{1,9})?)")


@dataclass(frozen=True, slots=True)
class Problem:
    """`row` counts from 0; `field` is type, start, end, media, prompt or layout."""

    row: int
    field: str
    text: str


@dataclass(frozen=True, slots=True)
class Library:
    """What the account's media library holds: id → type of what can be used, id → name of what cannot yet, and
    id → seconds where the length is known."""

    ready: Mapping[str, str] = field(default_factory=dict)
    not_ready: Mapping[str, str] = field(default_factory=dict)
    seconds: Mapping[str, float] = field(default_factory=dict)


def seconds_of(text: str) -> float | None:
    """65.5, "65,5", "1:05.5" or "0:01:05.5" as seconds; None for anything else."""
    found = _CLOCK.fullmatch(text.strip())
    if not found:
        return None
    hours, minutes, rest = found.groups()
    seconds = float(rest.replace(",", "."))
    if (minutes is not None and seconds >= 60) or (hours is not None and int(minutes) >= 60):
        return None
    whole = round(int(hours or 0) * 3600 + int(minutes or 0) * 60 + seconds, 3)
    return int(whole) if whole == int(whole) else whole


def clock(seconds: float) -> str:
    """As people write a moment of a video: 1:05.5; the hour only where there is one."""
    whole = round(seconds, 3)
    minutes, rest = divmod(whole, 60)
    text = f"{rest:06.3f}".rstrip("0").removesuffix(".")
    hours, minutes = divmod(int(minutes), 60)
    return f"{hours}:{minutes:02}:{text}" if hours else f"{minutes}:{text}"


def fitted(item: Mapping[str, Any]) -> dict[str, Any]:
    """The item as it is sent. 16.1 - 4.1 is a little over 12 in floating point, and whoever compares that with 12
    refuses AI B-roll of exactly 12 seconds: it ends a millisecond earlier."""
    start, end = item.get("startTime"), item.get("endTime")
    if item.get("type") != AI_BROLL or not _is_moment(start) or not _is_moment(end):
        return dict(item)
    over = end - start - limits.AI_BROLL_SECONDS  # type: ignore[operator]
    return {**item, "endTime": round(end - 0.001, 3)} if 0 < over <= SAME_MOMENT else dict(item)  # type: ignore[operator]


def layouts_for(item: Mapping[str, Any], library: Library) -> Sequence[str]:
    """A picture takes four of them; what is made by AI is a video."""
    is_picture = item.get("type") == USER_MEDIA and library.ready.get(str(item.get("userMediaId"))) == "IMAGE"
    return limits.LAYOUTS_IMAGE if is_picture else limits.LAYOUTS_VIDEO


def item_problems(items: Sequence[Mapping[str, Any]], library: Library, duration: float | None = None) -> list[Problem]:
    """Everything that is wrong with each of the items, then where two of them meet. `duration` when it is known."""
    found: list[Problem] = []
    for row, item in enumerate(items):
        found += [Problem(row, name, text) for name, text in _of_one(item, library, duration)]
    return found + _overlaps(items)


def _of_one(item: Mapping[str, Any], library: Library, duration: float | None) -> list[tuple[str, str]]:
    found = _times(item, duration)
    if item.get("type") not in (USER_MEDIA, AI_BROLL):
        found.append(("type", _("Choose where it comes from: your library or AI.")))
    elif item.get("type") == AI_BROLL:
        found += _prompt(str(item.get("prompt") or ""))
        if not item.get("layout"):
            found.append(("layout", _("Choose a layout; AI B-roll needs one.")))
    else:
        media = str(item.get("userMediaId") or "")
        if not media:
            found.append(("media", _("Choose a video or a picture from your library.")))
        elif problem := _media_problem(media, library):
            found.append(("media", problem))
        elif library.ready[media] == "AUDIO":
            found.append(("media", _("This is music, not a picture. Choose a video or a picture.")))
    layout = item.get("layout")
    if layout and layout not in layouts_for(item, library):
        if layout in limits.LAYOUTS_VIDEO:
            text = _("A picture takes only the layouts cover, contain, rounded and square. Choose one of these.")
        else:
            text = _("Submagic knows no layout “%(layout)s”. Choose one from the list.") % {"layout": layout}
        found.append(("layout", text))
    return found


def _times(item: Mapping[str, Any], duration: float | None) -> list[tuple[str, str]]:
    start, end = item.get("startTime"), item.get("endTime")
    found: list[tuple[str, str]] = []
    for name, value in (("start", start), ("end", end)):
        if not _is_moment(value):
            found.append((name, _("Enter a moment of the video, such as 12.5 or 1:05.")))
    if found or start is None or end is None:
        return found
    if end <= start:
        return [("end", _("It must end after it starts, at %(start)s.") % {"start": clock(start)})]
    if item.get("type") == AI_BROLL and end - start > limits.AI_BROLL_SECONDS + SAME_MOMENT:
        text = _("AI B-roll may last %(most)s seconds; this is %(length)s. End it at %(end)s or earlier.")
        values = {
            "most": limits.AI_BROLL_SECONDS,
            "length": f"{end - start:.3f}".rstrip("0").rstrip("."),
            "end": clock(start + limits.AI_BROLL_SECONDS),
        }
        found.append(("end", text % values))
    if duration and end > duration + SAME_MOMENT:
        text = _("The video ends at %(end)s. End it there or earlier.") % {"end": clock(duration)}
        found.append(("end" if start < duration else "start", text))
    return found


def _prompt(prompt: str) -> list[tuple[str, str]]:
    least, most = limits.AI_BROLL_PROMPT
    if len(prompt) < least:
        return [("prompt", _("Describe what the AI shall show."))]
    if len(prompt) > most:
        text = _("The description has %(count)s characters; Submagic takes %(most)s. Shorten it.")
        return [("prompt", text % {"count": len(prompt), "most": most})]
    return []


def _media_problem(media: str, library: Library) -> str:
    if media in library.ready:
        return ""
    if media in library.not_ready:
        text = _("“%(name)s” is not ready at Submagic yet. Wait until the Media page says so, or choose another.")
        return text % {"name": library.not_ready[media]}
    return _("This is not in the media library of the chosen key. Choose something that is.")


def _overlaps(items: Sequence[Mapping[str, Any]]) -> list[Problem]:
    """Touching is allowed (contract.md, row 40)."""
    placed = [
        (item["startTime"], item["endTime"], row)
        for row, item in enumerate(items)
        if _is_moment(item.get("startTime")) and _is_moment(item.get("endTime"))
    ]
    found: list[Problem] = []
    for index, (start, end, row) in enumerate(placed):
        for other_start, other_end, other in placed[:index]:
            if start < other_end - SAME_MOMENT and other_start < end - SAME_MOMENT:
                text = _("It overlaps with B-roll %(other)s (%(start)s to %(end)s). Move or shorten one of them.")
                values = {"other": other + 1, "start": clock(other_start), "end": clock(other_end)}
                found.append(Problem(row, "start", text % values))
    return found


def _is_moment(value: object) -> bool:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return number and math.isfinite(value) and value >= 0  # type: ignore[operator,arg-type]


def music_problems(music: Mapping[str, Any], library: Library) -> list[tuple[str, str]]:
    """Pairs of field (media, volume or start) and what is wrong with it."""
    found: list[tuple[str, str]] = []
    media = str(music.get("userMediaId") or "")
    if problem := _media_problem(media, library):
        found.append(("media", problem))
    elif library.ready[media] != "AUDIO":
        found.append(("media", _("This is not music. Choose a sound file from your library.")))
    least, most = limits.MUSIC_VOLUME
    volume = music.get("volume")
    if volume is not None and not least <= volume <= most:
        found.append(
            ("volume", _("The volume is a number from %(least)s to %(most)s.") % {"least": least, "most": most})
        )
    start, seconds = music.get("startFromTime"), library.seconds.get(media)
    if start is not None and not _is_moment(start):
        found.append(("start", _("Enter a moment of the music, such as 12.5 or 1:05.")))
    elif start and seconds and start >= seconds:
        # A start offset within the audio file (001 Create Project).
        text = _("The music is over at %(end)s. Start it earlier.") % {"end": clock(seconds)}
        found.append(("start", text))
    return found


def credits_text(items: Sequence[Mapping[str, Any]]) -> str:
    """2 AI items · 6 AI credits (estimate); "" without AI items."""
    count = sum(item.get("type") == AI_BROLL for item in items)
    if not count:
        return ""
    what = ngettext("%(count)s AI item", "%(count)s AI items", count) % {"count": count}
    return _("%(what)s · %(credits)s AI credits (estimate)") % {"what": what, "credits": count * AI_CREDITS}
