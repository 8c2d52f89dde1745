"""Asking for the film, and what is still missing before that (003, POST /me/videos/<video-id>/render)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, Self

from providers import errors, reading
from providers.picovico.assets import ImageAsset, OtherAsset, TextAsset
from providers.picovico.video import Rendition, Video, read_renditions

Outcome = Literal["accepted", "blocked", "unknown"]


@dataclass(frozen=True, slots=True)
class MissingPart:
    """What keeps a video from being made. `code` and its meaning: 003, Response Codes; `part` is a word for forms."""

    code: int
    part: str
    reason: str


STYLE: Final = MissingPart(7401, "style", "No style was chosen.")
MUSIC: Final = MissingPart(7402, "music", "No music was chosen.")
ASSETS: Final = MissingPart(7403, "assets", "There is no photo or text card in it yet, or too few of them.")
TITLE: Final = MissingPart(7404, "title", "The video has no title.")
CREDITS: Final = MissingPart(7405, "credits", "The Picovico account has not enough credits for this quality.")
PARTS: Final[Mapping[int, MissingPart]] = {part.code: part for part in (STYLE, MUSIC, ASSETS, TITLE, CREDITS)}


def missing(video: Video) -> list[MissingPart]:
    """The checklist before anything is spent, from what can be known here, in the order of the codes.

    Whether the credits are enough (7405) and whether there are enough assets only Picovico knows, so an empty list
    does not promise a yes.
    """
    shown = any(isinstance(asset, ImageAsset | TextAsset | OtherAsset) for asset in video.assets)
    checks = (
        (STYLE, bool(video.style and video.style.strip())),
        (MUSIC, bool(video.music)),
        (ASSETS, shown),
        (TITLE, bool(video.name and video.name.strip())),
    )
    return [part for part, is_there in checks if not is_there]


@dataclass(frozen=True, slots=True)
class Rendered:
    """The answer to a render request.

    status     Picovico's own code, 0 when it sent none
    outcome    "accepted": 71xx and 72xx (the example of 003 says 7101, its table 7201: contract row 51);
               "blocked": 74xx, nothing was spent, a person can mend it; "unknown": anything else, so look at the
               video before it is asked for again
    missing    the part that a code from 7401 to 7405 names; empty otherwise
    """

    message: str
    status: int
    outcome: Outcome
    missing: tuple[MissingPart, ...] = ()
    raw: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def from_code(cls, code: int, message: str, raw: reading.JSON | None = None) -> Self:
        outcome: Outcome = "unknown"
        if code // 100 in (71, 72):
            outcome = "accepted"
        elif code // 100 == 74:
            outcome = "blocked"
        part = PARTS.get(code)
        return cls(message, code, outcome, (part,) if part else (), dict(raw or {}))

    @classmethod
    def from_json(cls, data: reading.JSON) -> Self:
        # 2.1 writes the code into `status`; an error body may have it in `code`.
        code = reading.own_code(data.get("status")) or reading.own_code(data.get("code")) or 0
        return cls.from_code(code, reading.text(data, "message") or "", data)

    @classmethod
    def from_error(cls, error: errors.ProviderError) -> Self | None:
        """A code of Picovico's own that came as an HTTP error; None for every other error.

        A 74xx says more than any HTTP status. Beside a refusal by HTTP a 71xx or 72xx still says that the film is
        made, and any other code nothing that is known; what is unknown without a code stays an error.
        """
        code = reading.own_code(error.code)
        if code is None or isinstance(error, errors.Unauthorised | errors.RateLimited):
            return None
        if code // 100 != 74 and error.outcome != "rejected":
            return None
        return cls.from_code(code, error.upstream_message)


@dataclass(frozen=True, slots=True)
class Previewed:
    """A small version for a look, made without credits and without a change of the video's status.

    `video` by height in pixels; empty while it is not there (yet).
    """

    message: str
    status: int
    video: Mapping[int, Rendition] = field(default_factory=dict)
    raw: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def from_json(cls, data: reading.JSON) -> Self:
        return cls(
            message=reading.text(data, "message") or "",
            status=reading.own_code(data.get("status")) or 0,
            video=read_renditions(reading.mapping(data, "video") or {}),
            raw=dict(data),
        )
