"""A transcript as the player's page shows it: passages of words, each a link to its second."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape

from django.utils.http import urlencode
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from dashboard.models import Team
from projects_app import media_csp
from projects_app.actions import transcripts
from projects_app.models import Clip, Project, Transcript
from projects_app.views.clip_cards import video_address

PAUSE_SHOWN = 0.6  # seconds of silence that get a mark


@dataclass(frozen=True, slots=True)
class Passage:
    """A paragraph. `times` holds start and end of each word in turn, for the script that lights the spoken one."""

    number: int
    start: float
    href: str
    html: SafeString
    times: str


@dataclass(frozen=True, slots=True)
class Words:
    passages: list[Passage]
    hit_count: int
    word_count: int


@dataclass(frozen=True, slots=True)
class Player:
    """`src` is empty when there is nothing that may be played; `at` is the second to start at (None: the start).

    Without `has_frame` nothing is loaded before the person presses play.
    """

    src: str
    has_frame: bool
    is_tall: bool
    at: float | None
    title: str

    @property
    def at_text(self) -> str:
        return "" if self.at is None else seconds(self.at)

    @property
    def address(self) -> str:
        """The first frame is asked for by a media fragment, so that there is a picture before anything plays."""
        return f"{self.src}#t={seconds(self.at if self.at is not None else 0.1)}" if self.src else ""


def player(thing: Clip | Project, url: str, team: Team, *, is_tall: bool, at: float | None, title: str) -> Player:
    return Player(video_address(thing, url, team), bool(media_csp.frame_url(url)), is_tall, at, title)


def second_asked(text: str | None) -> float | None:
    """`?t=` of an address: seconds from the start; None for anything else."""
    try:
        found = float(text or "")
    except ValueError:
        return None
    return found if math.isfinite(found) and 0 <= found < 1e6 else None


def seconds(value: float) -> str:
    return f"{value:.3f}".rstrip("0").rstrip(".")


def read(transcript: Transcript | None, *, terms: list[str], keep: Mapping[str, str]) -> Words:
    """`keep` is what stays in the address beside the second (the search, the queue's filters)."""
    if transcript is None:
        return Words([], 0, 0)
    spoken = transcripts.spoken(transcript.words)
    found = transcripts.hits(spoken, terms, transcript.language)
    kept = urlencode({name: value for name, value in keep.items() if value})
    base = escape(f"?{kept}&t=" if kept else "?t=")
    gap = transcripts.separator(transcript.language)
    passages: list[Passage] = []
    for number, paragraph in enumerate(transcripts.paragraphs(spoken)):
        words = [word for sentence in paragraph for word in sentence.words]
        parts = [_word(word, base, found, is_first=place == 0) for place, word in enumerate(words)]
        times = " ".join(f"{seconds(word.start)} {seconds(word.end)}" for word in words)
        first = words[0]
        passages.append(
            Passage(
                number,
                first.start,
                mark_safe(f"{base}{seconds(first.start)}#w{first.index}"),
                mark_safe(gap.join(parts)),
                times,
            )
        )
    return Words(passages, found.count, len(spoken))


def marked(sentence: transcripts.Sentence, found: transcripts.Hits, language: str) -> SafeString:
    """A sentence as text with its hits marked."""
    parts = (
        f"<mark>{escape(word.text)}</mark>" if word.index in found.words else escape(word.text)
        for word in sentence.words
    )
    return mark_safe(transcripts.separator(language).join(parts))


def _word(word: transcripts.Spoken, base: str, found: transcripts.Hits, *, is_first: bool) -> str:
    # By hand and not by the template engine: a two-hour talk has 20,000 of these. Everything from outside is escaped.
    text = escape(word.text)
    hit = found.words.get(word.index)
    if hit is not None:
        is_new = found.words.get(word.index - 1) != hit
        text = f'<mark id="hit{hit + 1}">{text}</mark>' if is_new else f"<mark>{text}</mark>"
    link = f'<a id="w{word.index}" href="{base}{seconds(word.start)}#w{word.index}" tabindex="-1">{text}</a>'
    if word.pause < PAUSE_SHOWN or is_first:
        return link
    title = escape(_("%(seconds)s s of silence") % {"seconds": f"{word.pause:.1f}"})
    return f'<i class="pause" title="{title}" aria-hidden="true">···</i> {link}'
