"""Pages of the list of videos (003, GET /me/videos)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Self
from urllib.parse import parse_qs, urlsplit

from providers import reading
from providers.picovico.video import Video

LONGEST: Final = 4096


@dataclass(frozen=True, slots=True)
class PageQuery:
    """Where a page begins: the parameters of `PicovicoClient.videos`, times in unix seconds.

    In the document's example the next page goes on `from` an earlier time and the one before it reaches `to` a later.
    """

    count: int | None = None
    from_: int | None = None
    to: int | None = None

    def params(self) -> dict[str, str]:
        values = {"count": self.count, "from": self.from_, "to": self.to}
        return {name: str(value) for name, value in values.items() if value is not None}

    @classmethod
    def from_url(cls, url: Any) -> Self | None:
        """The query of `next_url` or `prev_url`, which are relative paths. Nothing else of it is used: an address that
        an answer names is never followed. None when there is no time in it to go on from."""
        if not isinstance(url, str) or not url or len(url) > LONGEST:
            return None
        try:
            query = parse_qs(urlsplit(url).query)
        except ValueError:
            return None
        count, from_, to = (_whole(query.get(name, [""])[0]) for name in ("count", "from", "to"))
        return None if from_ is None and to is None else cls(count, from_, to)


def _whole(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 12 else None


@dataclass(frozen=True, slots=True)
class VideoPage:
    """One page. `next` is None at the end, `prev` at the beginning; `count` is how many a page has at most."""

    items: tuple[Video, ...]
    count: int | None = None
    next: PageQuery | None = None
    prev: PageQuery | None = None

    @classmethod
    def from_json(cls, data: reading.JSON) -> Self:
        if data.get("videos") is None:
            # An answer without its list must not look like the end of it.
            reading.refuse("the list of videos is missing")
        paging = reading.mapping(data, "paging") or {}
        return cls(
            items=tuple(reading.items(data, "videos", Video.from_json)),
            count=reading.count(paging, "count"),
            next=PageQuery.from_url(paging.get("next_url")),
            prev=PageQuery.from_url(paging.get("prev_url")),
        )
