"""From a project's options, in the API's spelling, to what the renderer does with its recording."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox.media import cut, hooks, inserts, pauses, styles, takes, titles, words, zooms
from sandbox.media.compose import Edit
from sandbox.media.hooks import Hook
from sandbox.media.inserts import Card, Footage, Insert
from sandbox.media.mix import Music
from sandbox.media.timeline import Span, Timeline
from sandbox.media.words import Token
from sandbox.submagic import library
from sandbox.submagic.catalogue import DEFAULT_TEMPLATE
from sandbox.submagic.context import Context
from sandbox.submagic.store import Project

# What an AI edit template stands for; options that are set later win.
BUNDLES: Mapping[str, Mapping[str, Any]] = {
    "kelly": {
        "templateName": "Kelly 2",
        "removeSilencePace": "natural",
        "magicBrolls": True,
        "magicBrollsPercentage": 15,
    },
    "karl": {
        "templateName": "Karl",
        "removeSilencePace": "fast",
        "magicZooms": True,
        "magicBrolls": True,
        "magicBrollsPercentage": 30,
    },
    "ella": {
        "templateName": "Ella",
        "removeSilencePace": "extra-fast",
        "magicZooms": True,
        "magicBrolls": True,
        "magicBrollsPercentage": 50,
        "hookTitle": {"template": "hormozi", "top": 12},
    },
}


# The documents give no default; this leaves the speaker in front.
MUSIC_VOLUME = 30


class MediaMissing(Exception):
    """An option names a file of the media library that is not there; the message is for the project's owner."""


@dataclass(frozen=True, slots=True)
class Heard:
    """The transcript of a recording of `seconds` as it was heard, before anything is cut, and where nobody speaks."""

    tokens: list[Token]
    seconds: float
    quiet: list[Span]

    def part(self, tokens: list[Token], start: float, seconds: float) -> Heard:
        """A clip's share of it, with `tokens` already counted from `start`."""
        shifted = [(first - start, last - start) for first, last in self.quiet]
        inside = [(max(0.0, first), min(last, seconds)) for first, last in shifted if last > 0 and first < seconds]
        return Heard(tokens, seconds, inside)


@dataclass(frozen=True, slots=True)
class Plan:
    """The edited film: its words, its length, and how the picture is made."""

    tokens: list[Token]
    seconds: float
    edit: Edit

    def words(self) -> list[dict[str, Any]]:
        return [dict(token.as_json()) for token in self.tokens]


def keep(here: Context, project: str, heard: Heard) -> None:
    """Note what was heard beside the project's files: every later edit begins with it again."""
    path = _path(here, project)
    path.parent.mkdir(parents=True, exist_ok=True)
    words_noted = [token.as_json() for token in heard.tokens]
    noted = {"words": words_noted, "seconds": heard.seconds, "quiet": heard.quiet}
    part = path.with_suffix(".part")
    part.write_text(json.dumps(noted), encoding="utf-8")
    part.replace(path)


def kept(here: Context, project: Project) -> Heard | None:
    """What was heard, or None for a project that an earlier version worked on."""
    path = _path(here, project.id)
    if not path.is_file():
        return None
    noted = json.loads(path.read_text(encoding="utf-8"))
    quiet = [(start, end) for start, end in noted["quiet"]]
    return Heard(words.from_json(noted["words"]), noted["seconds"], quiet)


def _path(here: Context, project: str) -> Path:
    return here.folder(project) / "heard.json"


def effective(options: Mapping[str, Any]) -> dict[str, Any]:
    """The options with what the AI edit template adds."""
    return {**BUNDLES.get(options.get("aiEditTemplate") or "", {}), **options}


def plan(here: Context, project: Project, heard: Heard) -> Plan:
    """Decide the cuts, then everything that has its place in the cut film."""
    options = effective(project.options)
    line, tokens = _cuts(options, heard)
    sentences = words.sentences(tokens)
    items = _items(here, options.get("items") or (), line.seconds)
    if options.get("magicBrolls"):
        share = float(options.get("magicBrollsPercentage", 50)) / 100
        items += inserts.magic(sentences, share, taken=[(item.start, item.end) for item in items])
    edit = Edit(
        line,
        zooms.plan(sentences) if options.get("magicZooms") else (),
        sorted(items, key=lambda item: item.start),
    )
    return Plan(tokens, round(line.seconds, 3), edit)


def _cuts(options: Mapping[str, Any], heard: Heard) -> tuple[Timeline, list[Token]]:
    retakes = bool(options.get("removeBadTakes"))
    # Without a pace of its own, removing bad takes removes long silences too.
    pace = options.get("removeSilencePace") or ("natural" if retakes else None)
    if pace is None:
        return Timeline.whole(heard.seconds), heard.tokens
    dropped = takes.bad(heard.tokens) if retakes else set()
    line = pauses.timeline(heard.tokens, heard.seconds, pace=pace, dropped=dropped, quiet=heard.quiet)
    return line, pauses.moved(heard.tokens, line, dropped=dropped)


def _items(here: Context, given: Sequence[Mapping[str, Any]], seconds: float) -> list[Insert]:
    """The asked-for B-roll; what begins after the end of the film is never seen."""
    found: list[Insert] = []
    for item in given:
        start, end = float(item["startTime"]), min(float(item["endTime"]), seconds)
        if end <= start:
            continue
        shows = Card(str(item["prompt"])) if item["type"] == "ai-broll" else Footage(_media(here, item["userMediaId"]))
        found.append(Insert(start, end, item.get("layout") or "cover", shows))
    return found


def _media(here: Context, number: str) -> Path:
    try:
        return library.file(here, number)
    except LookupError as error:
        raise MediaMissing(f"User media not found: {number}") from error


def look(here: Context, project: Project, film: Plan) -> cut.Look:
    """Captions, title and sound of the film."""
    options = effective(project.options)
    name = options.get("templateName") or options.get("userThemeId") or options.get("presetId") or DEFAULT_TEMPLATE
    return cut.Look(
        style=None if options.get("disableCaptions") else styles.style(name),
        hook=_hook(options.get("hookTitle"), project, film),
        clean_sound=bool(options.get("cleanAudio")),
        music=_music(here, options.get("music")),
    )


def _hook(asked: object, project: Project, film: Plan) -> Hook | None:
    if not asked and not isinstance(asked, dict):
        return None
    given = asked if isinstance(asked, dict) else {}
    text = given.get("text") or titles.title(words.sentences(film.tokens), film.tokens, fallback=project.title)
    return Hook(
        str(text),
        str(given.get("template", "tiktok")),
        top=float(given.get("top", hooks.TOP)),
        size=float(given.get("size", hooks.SIZE)),
    )


def _music(here: Context, asked: Mapping[str, Any] | None) -> Music | None:
    if not asked:
        return None
    return Music(
        _media(here, asked["userMediaId"]),
        volume=float(asked.get("volume", MUSIC_VOLUME)) / 100,
        start=float(asked.get("startFromTime", 0)),
        fade=bool(asked.get("fade", True)),
    )
