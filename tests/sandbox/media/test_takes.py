"""Which sentences are thrown away as bad takes."""

from __future__ import annotations

import pytest

from sandbox.media import takes
from sandbox.media.words import Heard, Token, text_of, tokens


def said(text: str) -> list[Token]:
    """Two words a second, without pauses."""
    return tokens([Heard(word, at / 2, at / 2 + 0.5) for at, word in enumerate(text.split())], 100)


def after(text: str) -> str:
    items = said(text)
    dropped = takes.bad(items)
    return text_of(item for item in items if item.id not in dropped)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Start with one. Start with one clear question.", "Start with one clear question."),
        ("We went home late. We went home late. Then we slept.", "We went home late. Then we slept."),
        # Three takes: only the last one stays.
        ("My second tip. My second tip is. My second tip is simple.", "My second tip is simple."),
        # The recogniser heard one word differently.
        ("So the very first thing today. So the very first thing to do.", "So the very first thing to do."),
        ("Um. This is it.", "This is it."),
        ("Well, this is the end, this is the end of it.", "Well, this is the end of it."),
    ],
)
def test_first_takes_and_hesitation_go(text: str, left: str) -> None:
    assert after(text) == left


@pytest.mark.parametrize(
    "text",
    [
        "Do you want more views? Do you want more money?",
        "Lesson one is easy. Lesson two is hard.",
        "Yes. Yes. That is it.",
        "It was very very good.",
        # Said again, but not at once.
        "Show your face always. It helps. Show your face always.",
    ],
)
def test_what_is_meant_stays(text: str) -> None:
    assert after(text) == text


def test_never_everything_goes() -> None:
    assert takes.bad(said("Um. Uh. Hmm.")) == set()
    assert takes.bad([]) == set()
