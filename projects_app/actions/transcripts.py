"""From the provider's list of words to sentences, paragraphs and places where something is said.

A word of `Transcript.words` is {"id", "text", "type": word|silence|punctuation, "start", "end"}, times in seconds.
Punctuation may come as an element of its own or at the end of a word; both read the same here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

SENTENCE_END = (".", "?", "!", "…", "。", "？", "！", "؟", "।")
OPENING = ("¿", "¡", "(", "[", "{", "“", "‘", "«", "„", "「", "『", "（")
CLOSING = "\"'”’»)]}」』）"
# Written without spaces between words.
UNSPACED_LANGUAGES = ("zh", "ja", "th", "lo", "my", "km")

PAUSE_ENDS_SENTENCE = 1.5  # seconds; speech without punctuation is cut where the speaker breathes
LONGEST_SENTENCE = 60  # words
LONG_SENTENCE = 30  # words, from which a comma is good enough
PAUSE_ENDS_PARAGRAPH = 2.0
PARAGRAPH_WORDS = 70


@dataclass(frozen=True, slots=True)
class Spoken:
    """A word as it is read: with its punctuation, and with the silence before it (seconds)."""

    index: int
    text: str
    start: float
    end: float
    pause: float = 0.0

    @property
    def ends_sentence(self) -> bool:
        return self.text.rstrip(CLOSING).endswith(SENTENCE_END)


@dataclass(frozen=True, slots=True)
class Sentence:
    words: tuple[Spoken, ...]

    @property
    def start(self) -> float:
        return self.words[0].start

    @property
    def end(self) -> float:
        return self.words[-1].end


@dataclass(frozen=True, slots=True)
class Hits:
    """Where something is said: word index → number of the hit (from 0), and how many hits there are."""

    words: dict[int, int]
    count: int


def separator(language: str) -> str:
    return "" if language.lower().split("-")[0] in UNSPACED_LANGUAGES else " "


def spoken(words: Iterable[dict[str, Any]]) -> list[Spoken]:
    found: list[Spoken] = []
    opening = ""
    for word in words:
        text = " ".join(str(word.get("text") or "").split())
        kind = str(word.get("type") or "word").lower()
        if kind == "silence" or not text:
            continue
        if kind == "punctuation" and text in OPENING:
            opening += text
            continue
        if kind == "punctuation" and found:
            last = found[-1]
            found[-1] = Spoken(last.index, last.text + text, last.start, last.end, last.pause)
            continue
        start, end = float(word.get("start") or 0), float(word.get("end") or 0)
        before = found[-1].end if found else 0.0
        # Times must never run backwards: the spoken word is looked up by halving.
        start = max(start, found[-1].start if found else 0.0)
        found.append(Spoken(len(found), opening + text, start, max(start, end), max(0.0, start - before)))
        opening = ""
    return found


def sentences(words: Sequence[Spoken]) -> Iterator[Sentence]:
    current: list[Spoken] = []
    for word in words:
        if current and (word.pause >= PAUSE_ENDS_SENTENCE or len(current) >= LONGEST_SENTENCE):
            yield Sentence(tuple(current))
            current = []
        current.append(word)
        is_clause = len(current) >= LONG_SENTENCE and word.text.endswith((",", ";", ":", "，", "、"))
        if word.ends_sentence or is_clause:
            yield Sentence(tuple(current))
            current = []
    if current:
        yield Sentence(tuple(current))


def paragraphs(words: Sequence[Spoken]) -> Iterator[list[Sentence]]:
    """Sentences that belong together: until a long pause, or until there are enough to read in one go."""
    current: list[Sentence] = []
    size = 0
    for sentence in sentences(words):
        if current and (sentence.words[0].pause >= PAUSE_ENDS_PARAGRAPH or size >= PARAGRAPH_WORDS):
            yield current
            current, size = [], 0
        current.append(sentence)
        size += len(sentence.words)
    if current:
        yield current


def text_of(words: Iterable[Spoken], language: str) -> str:
    return separator(language).join(word.text for word in words)


def hits(words: Sequence[Spoken], terms: Sequence[str], language: str) -> Hits:
    """Every place where one of the terms is said, also across words and inside longer ones."""
    if not terms or not words:
        return Hits({}, 0)
    gap = separator(language)
    starts: list[int] = []
    length = 0
    for word in words:
        starts.append(length)
        length += len(word.text) + len(gap)
    text = gap.join(word.text for word in words)
    # Longer terms first, so that "videos" is one hit and not "video" and a rest.
    choices = sorted((r"\s+".join(re.escape(part) for part in term.split()) for term in terms), key=len, reverse=True)
    marked: dict[int, int] = {}
    number = at = 0
    for match in re.finditer("|".join(choices), text, re.IGNORECASE):
        while at + 1 < len(starts) and starts[at + 1] <= match.start():
            at += 1
        touched = at
        before = len(marked)
        while touched < len(starts) and starts[touched] < match.end():
            marked.setdefault(words[touched].index, number)
            touched += 1
        # A word that holds the term twice is one hit: it is one place to go to.
        number += len(marked) > before
    return Hits(marked, number)
