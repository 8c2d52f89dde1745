"""Virality scores from what can be measured; README.md says how each number comes about."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TypedDict

import numpy as np

from sandbox.media.sound import FRAME, Floats
from sandbox.media.words import SENTENCE_END, Token, spoken

QUESTION = {"who", "what", "when", "where", "why", "how", "which", "do", "does", "did", "is", "are", "can", "have"}
SECOND_PERSON = {"you", "your", "yours", "yourself", "you're", "you'll", "you've", "you'd"}
ADVICE = {
    *("how", "why", "best", "never", "always", "secret", "mistake", "mistakes", "lesson", "lessons", "tip", "tips"),
    *("stop", "start", "must", "free", "new", "first", "instead", "simple", "easy", "learn", "rule", "reason", "trick"),
}
FEELING = {
    *("love", "hate", "fear", "afraid", "amazing", "terrible", "beautiful", "crazy", "cry", "laugh", "hurt", "hurts"),
    *("happy", "sad", "angry", "wonderful", "failed", "fail", "dream", "proud", "shame", "brave", "thank", "smile"),
    *("boring", "hard", "worst", "best", "incredible", "heart", "changed", "never", "death", "life"),
}
NUMBERS = {
    *("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "twenty", "thirty", "forty"),
    *("fifty", "hundred", "thousand", "million", "half", "twice", "double"),
}
_DIGITS = re.compile(r"\d")


class ScoresJson(TypedDict):
    """`viralityScores` of the document: four parts of 0..25 and their sum."""

    total: int
    shareability: int
    hook_strength: int
    story_quality: int
    emotional_impact: int


@dataclass(frozen=True, slots=True)
class Scores:
    shareability: int
    hook_strength: int
    story_quality: int
    emotional_impact: int

    @property
    def total(self) -> int:
        return self.shareability + self.hook_strength + self.story_quality + self.emotional_impact

    def as_json(self) -> ScoresJson:
        return {"total": self.total, **asdict(self)}  # type: ignore[typeddict-item]


def _points(value: float, low: float, high: float, most: float) -> float:
    """0 at `low`, `most` at `high`, a straight line between and flat outside (low may be above high)."""
    share = (value - low) / (high - low)
    return most * min(1.0, max(0.0, share))


def _hill(value: float, low: float, best_from: float, best_to: float, high: float, most: float) -> float:
    """`most` between best_from and best_to, falling to 0 at low and high."""
    if value < best_from:
        return _points(value, low, best_from, most)
    return _points(value, high, best_to, most)


def _is_number(word: str) -> bool:
    return bool(_DIGITS.search(word)) or word in NUMBERS


class Scorer:
    """Knows the whole talk: loudness and speed of a part count relative to it."""

    def __init__(self, items: Sequence[Token], loudness: Floats) -> None:
        self.loudness = loudness
        loud = loudness[loudness > -45]
        self.usual_level = float(np.mean(loud)) if len(loud) else -30.0

    def score(self, sentences: Sequence[Sequence[Token]], start: float, end: float) -> Scores:
        """Scores of the part start..end (seconds in the source) that holds these sentences."""
        words = [word for sentence in sentences for word in spoken(sentence)]
        if not words:
            return Scores(0, 0, 0, 0)
        return Scores(
            shareability=self._shareability(words, sentences, end - start),
            hook_strength=self._hook(words, sentences, start),
            story_quality=self._story(words, sentences, end - start),
            emotional_impact=self._emotion(words, sentences, start, end),
        )

    def _hook(self, words: Sequence[Token], sentences: Sequence[Sequence[Token]], start: float) -> int:
        first = words[0].start
        opening = [word for word in words if word.start < first + 3.0]
        texts = [word.text.lower() for word in opening]
        asks = texts[0] in QUESTION or any(mark.text in "?？؟" for mark in sentences[0] if mark.kind == "punctuation")
        points = 3.0
        points += 6 if asks else 0
        points += 4 if any(text in SECOND_PERSON for text in texts) else 0
        points += 3 if any(_is_number(text) for text in texts) else 0
        points += _points(len(opening) / 3.0, 1.0, 3.2, 4)
        points += _points(first - start, 1.0, 0.2, 2)
        points += _points(self._level(first, first + 3.0) - self.usual_level, -3.0, 2.0, 3)
        return round(min(25.0, points))

    def _shareability(self, words: Sequence[Token], sentences: Sequence[Sequence[Token]], seconds: float) -> int:
        texts = [word.text.lower() for word in words]
        count = len(texts)
        points = _hill(seconds, 5, 18, 40, 120, 8)
        points += _points(sum(text in SECOND_PERSON for text in texts) / count, 0, 0.06, 5)
        points += _points(sum(text in ADVICE for text in texts) / count, 0, 0.06, 5)
        points += _points(sum(_is_number(text) for text in texts) / count, 0, 0.04, 3)
        average = count / max(1, len(sentences))
        points += _hill(average, 2, 6, 14, 30, 4)
        return round(min(25.0, points))

    def _story(self, words: Sequence[Token], sentences: Sequence[Sequence[Token]], seconds: float) -> int:
        points = 4.0 if words[0].text[:1].isupper() or not words[0].text[:1].isalpha() else 0.0
        points += 6 if sentences[-1][-1].text in SENTENCE_END else 0
        points += _hill(len(sentences), 0, 3, 8, 20, 6)
        spoken_time = sum(word.end - word.start for word in words)
        points += _hill(1 - spoken_time / seconds, -0.05, 0.08, 0.28, 0.7, 5)
        # A part that comes back to words of its beginning is rounder than one that drifts away.
        half = len(words) // 2
        early = {word.text.lower() for word in words[:half] if len(word.text) > 3}
        late = {word.text.lower() for word in words[half:] if len(word.text) > 3}
        points += _points(len(early & late) / max(1, min(len(early), len(late))), 0, 0.25, 4)
        return round(min(25.0, points))

    def _emotion(self, words: Sequence[Token], sentences: Sequence[Sequence[Token]], start: float, end: float) -> int:
        texts = [word.text.lower() for word in words]
        part = self._part(start, end)
        loud = part[part > -45]
        points = _points(float(np.std(loud)) if len(loud) > 4 else 0.0, 2.0, 9.0, 8)
        marks = [mark.text for sentence in sentences for mark in sentence if mark.kind == "punctuation"]
        calls = sum(mark in "!?！？؟¡¿" for mark in marks)
        points += _points(calls / len(sentences), 0, 0.4, 6)
        points += _points(sum(text in FEELING for text in texts) / len(texts), 0, 0.05, 6)
        rates = [
            len(said) / max(0.2, said[-1].end - said[0].start)
            for said in (spoken(sentence) for sentence in sentences)
            if len(said) > 2
        ]
        points += _points(float(np.std(rates)) if len(rates) > 1 else 0.0, 0.0, 0.6, 5)
        return round(min(25.0, points))

    def _part(self, start: float, end: float) -> Floats:
        return self.loudness[int(start / FRAME) : int(end / FRAME) + 1]

    def _level(self, start: float, end: float) -> float:
        part = self._part(start, end)
        loud = part[part > -45]
        return float(np.mean(loud)) if len(loud) else -60.0
