"""A transcript as a file: plain text, SRT or WebVTT.

Cues follow the usual rules for reading on a screen: at most two lines of 42 characters, at most seven seconds, cut at
the end of a sentence or where the speaker pauses, never overlapping.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from html import escape

from projects_app.actions.transcripts import Spoken, paragraphs, separator, text_of

LINE = 42  # characters
LINES = 2
LONGEST = 7.0  # seconds
SHORTEST = 0.8  # a cue is shown at least so long when there is room
PAUSE = 0.7  # a silence that ends a cue


@dataclass(frozen=True, slots=True)
class Cue:
    start: float
    end: float
    lines: tuple[str, ...]


def fold(words: Sequence[Spoken], language: str) -> list[str]:
    """Lines of at most LINE characters; a longer word is cut."""
    gap = separator(language)
    lines: list[str] = []
    for word in words:
        text = word.text
        if lines and len(lines[-1]) + len(gap) + len(text) <= LINE:
            lines[-1] += gap + text
            continue
        while len(text) > LINE:
            lines.append(text[:LINE])
            text = text[LINE:]
        lines.append(text)
    return lines


def balance(words: Sequence[Spoken], language: str) -> list[str]:
    """Two lines of nearly the same length read better than a full one and a rest."""
    lines = fold(words, language)
    if len(lines) != 2 or len(words) < 2:
        return lines
    gap = separator(language)
    texts = [word.text for word in words]
    halves = [(gap.join(texts[:cut]), gap.join(texts[cut:])) for cut in range(1, len(texts))]
    fitting = [(abs(len(one) - len(two)), one, two) for one, two in halves if len(one) <= LINE >= len(two)]
    if not fitting:
        return lines
    _, one, two = min(fitting)
    return [one, two]


def groups(words: Sequence[Spoken], language: str) -> Iterator[list[Spoken]]:
    current: list[Spoken] = []
    for word in words:
        if current and (
            word.pause >= PAUSE
            or word.end - current[0].start > LONGEST
            or len(fold([*current, word], language)) > LINES
        ):
            yield current
            current = []
        current.append(word)
        if word.ends_sentence:
            yield current
            current = []
    if current:
        yield current


def cues(words: Sequence[Spoken], language: str) -> list[Cue]:
    blocks = list(groups(words, language))
    found: list[Cue] = []
    for number, block in enumerate(blocks):
        start, end = block[0].start, block[-1].end
        if found:
            start = max(start, found[-1].end)
        limit = blocks[number + 1][0].start if number + 1 < len(blocks) else start + LONGEST
        end = max(end, min(start + SHORTEST, limit))
        end = min(end, start + LONGEST, max(limit, start))
        if end > start:
            found.append(Cue(start, end, tuple(balance(block, language)[:LINES])))
        elif found:
            # No time of its own (the provider gave two words the same second): it is shown with what came before.
            last = found.pop()
            found.append(Cue(last.start, last.end, (last.lines + tuple(fold(block, language)))[:LINES]))
    return found


def stamp(seconds: float, mark: str) -> str:
    whole, milli = divmod(round(seconds * 1000), 1000)
    minutes, second = divmod(whole, 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours:02}:{minute:02}:{second:02}{mark}{milli:03}"


def srt(words: Sequence[Spoken], language: str) -> str:
    blocks = (
        f"{number}\n{stamp(cue.start, ',')} --> {stamp(cue.end, ',')}\n" + "\n".join(cue.lines) + "\n"
        for number, cue in enumerate(cues(words, language), 1)
    )
    return "\n".join(blocks)


def vtt(words: Sequence[Spoken], language: str) -> str:
    blocks = (
        f"{stamp(cue.start, '.')} --> {stamp(cue.end, '.')}\n" + escape("\n".join(cue.lines), quote=False) + "\n"
        for cue in cues(words, language)
    )
    return "\n".join(["WEBVTT\n", *blocks])


def txt(words: Sequence[Spoken], language: str) -> str:
    blocks = [
        text_of([word for sentence in paragraph for word in sentence.words], language)
        for paragraph in paragraphs(words)
    ]
    return "\n\n".join(blocks) + "\n"


# Ending of the file → what writes it, and its content type.
FORMATS: dict[str, tuple[Callable[[Sequence[Spoken], str], str], str]] = {
    "txt": (txt, "text/plain; charset=utf-8"),
    "srt": (srt, "application/x-subrip; charset=utf-8"),
    "vtt": (vtt, "text/vtt; charset=utf-8"),
}
