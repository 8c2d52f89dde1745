"""The transcript in the API's form: words, silences between them, punctuation as elements of its own."""

from __future__ import annotations

import secrets
import string
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal, TypedDict

MARKS = '.,!?;:…"“”„«»()[]—–¿¡。，！？、؟،'
SENTENCE_END = set(".!?…。！？؟")
_ALPHABET = string.ascii_letters + string.digits

Kind = Literal["word", "silence", "punctuation"]


class WordJson(TypedDict):
    """One element of `words` as in the document's get-project example; times in seconds."""

    id: str
    text: str
    type: Kind
    startTime: float
    endTime: float


@dataclass(frozen=True, slots=True)
class Heard:
    """A word as the recogniser gives it: punctuation attached, seconds from the start of the file."""

    text: str
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Token:
    text: str
    kind: Kind
    start: float
    end: float
    id: str

    def as_json(self) -> WordJson:
        return {"id": self.id, "text": self.text, "type": self.kind, "startTime": self.start, "endTime": self.end}


def from_json(items: Iterable[WordJson]) -> list[Token]:
    return [Token(i["text"], i["type"], i["startTime"], i["endTime"], i["id"]) for i in items]


def _new_id() -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(8))


def _silence(start: float, end: float) -> Token:
    return Token("", "silence", start, end, f"silence_{uuid.uuid4()}")


def tokens(heard: Iterable[Heard], duration: float) -> list[Token]:
    """Split punctuation off, fill every gap with a silence, round to 10 ms and keep times in order."""
    result: list[Token] = []
    now = 0.0
    for word in heard:
        text = word.text.strip()
        core = text.strip(MARKS)
        if not core:
            # A lone mark belongs to the word before it.
            result.extend(Token(mark, "punctuation", now, now, _new_id()) for mark in text if result)
            continue
        start = max(now, round(float(word.start), 2))
        end = max(start + 0.01, round(float(word.end), 2))
        start, end = round(start, 2), round(end, 2)
        if start - now > 0.01:
            result.append(_silence(now, start))
        else:
            start = now
        before, after = text[: text.index(core)], text[text.index(core) + len(core) :]
        result.extend(Token(mark, "punctuation", start, start, _new_id()) for mark in before)
        result.append(Token(core, "word", start, end, _new_id()))
        result.extend(Token(mark, "punctuation", end, end, _new_id()) for mark in after)
        now = end
    if result and duration - now > 0.01:
        result.append(_silence(now, round(duration, 2)))
    return result


def spoken(items: Iterable[Token]) -> list[Token]:
    return [item for item in items if item.kind == "word"]


def sentences(items: Iterable[Token], *, gap: float = 1.2, longest: float = 20.0) -> list[list[Token]]:
    """Words and marks grouped into sentences: a closing mark ends one, so does a long pause.

    Without marks (some languages, some speakers) a sentence also ends at a pause once it is `longest` seconds long.
    """
    result: list[list[Token]] = []
    current: list[Token] = []

    def close() -> None:
        if any(item.kind == "word" for item in current):
            result.append(list(current))
        current.clear()

    for item in items:
        if item.kind == "silence":
            pause = item.end - item.start
            long_enough = bool(current) and item.start - current[0].start > longest and pause > 0.15
            if pause > gap or long_enough:
                close()
            continue
        if item.kind == "word" and current and current[-1].text in SENTENCE_END:
            close()
        current.append(item)
    close()
    return result


def text_of(items: Iterable[Token]) -> str:
    """Readable text again: marks attached to their words."""
    out = ""
    for item in items:
        if item.kind == "word":
            out += (" " if out else "") + item.text
        elif item.kind == "punctuation":
            out += item.text
    return out


def window(items: Iterable[Token], start: float, end: float) -> list[Token]:
    """The words of start..end with times counted from `start`; silences are cut to fit."""
    result: list[Token] = []
    for item in items:
        if item.kind == "silence":
            left, right = max(item.start, start), min(item.end, end)
            if right - left <= 0.01:
                continue
            moved = _silence(round(left - start, 2), round(right - start, 2))
        elif item.start >= start - 0.005 and item.end <= end + 0.005:
            moved = replace(item, start=round(item.start - start, 2), end=round(item.end - start, 2), id=_new_id())
        else:
            continue
        result.append(moved)
    return result
