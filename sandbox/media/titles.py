"""Titles and descriptions made of the speaker's own words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from sandbox.media.words import Token, spoken, text_of

LONGEST = 60
SMALL = {
    *("a", "an", "the", "and", "or", "but", "so", "then", "if", "of", "to", "in", "on", "at", "by", "for", "from"),
    *("with", "as", "is", "are", "was", "were", "be", "been", "it", "its", "this", "that", "these", "those", "there"),
    *("i", "me", "my", "we", "us", "our", "you", "your", "he", "she", "they", "them", "their", "his", "her"),
    *("do", "does", "did", "have", "has", "had", "will", "would", "can", "could", "should", "here", "not", "no"),
    *("before", "after", "when", "while", "because", "than", "very", "just", "any", "some", "all", "more", "most"),
    *("yes", "well", "ok", "okay", "um", "uh", "oh", "hello", "hi", "what", "who", "how", "why", "which", "say"),
}

LOWER = {"a", "an", "the", "and", "or", "but", "of", "to", "in", "on", "at", "by", "for", "from", "with", "as"}


def _weight(word: str, seen: Counter[str], total: int) -> float:
    if word in SMALL:
        return 0.0
    # Rare in general (long) and typical of this talk (said more than once) is what the part is about.
    return min(len(word), 10) * (1.0 + min(seen[word], 4) * 0.35) * (0.6 if seen[word] > total / 20 else 1.0)


def weight(word: str) -> float:
    """How much a lower-case word tells by itself; 0 for small words."""
    return _weight(word, Counter(), 20)


def title(sentences: Sequence[Sequence[Token]], whole: Sequence[Token], *, fallback: str) -> str:
    """The most telling run of 2 to 6 words in the first three sentences, In Title Case, at most 60 characters."""
    seen = Counter(word.text.lower() for word in spoken(whole))
    total = max(1, sum(seen.values()))
    best: tuple[float, str] = (0.0, "")
    for place, sentence in enumerate(sentences[:3]):
        for phrase in _phrases(sentence):
            texts = [word.text for word in phrase]
            for first in range(len(texts)):
                for size in range(2, 7):
                    run = texts[first : first + size]
                    if len(run) < size or run[0].lower() in SMALL or run[-1].lower() in SMALL:
                        continue
                    weights = [_weight(word.lower(), seen, total) for word in run]
                    score = sum(weights) / (size**0.45) * (1.0, 0.8, 0.6)[place]
                    text = " ".join(run)
                    if score > best[0] and len(text) <= LONGEST:
                        best = (score, text)
    return _capitals(best[1]) if best[1] else _shorten(fallback, LONGEST)


def _phrases(sentence: Sequence[Token]) -> list[list[Token]]:
    """Words between marks: a title must not run over a comma."""
    result: list[list[Token]] = [[]]
    for item in sentence:
        if item.kind == "word":
            result[-1].append(item)
        elif result[-1]:
            result.append([])
    return [phrase for phrase in result if phrase]


def _capitals(text: str) -> str:
    words = text.split(" ")
    last = len(words) - 1
    return " ".join(
        word.lower() if word.lower() in LOWER and 0 < at < last else word[:1].upper() + word[1:]
        for at, word in enumerate(words)
    )


def _shorten(text: str, most: int) -> str:
    if len(text) <= most:
        return text
    return text[: most - 1].rsplit(" ", 1)[0] + "…"


def description(sentences: Sequence[Sequence[Token]]) -> str:
    """The first two sentences, at most 200 characters."""
    return _shorten(" ".join(text_of(sentence) for sentence in sentences[:2]), 200)
