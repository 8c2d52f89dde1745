"""Which parts become clips, how they are scored and named."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.media.ranges import choose
from sandbox.media.score import Scorer
from sandbox.media.titles import title
from sandbox.media.words import Heard, Token, sentences, tokens


def talk(lengths: list[float], *, pause: float = 0.5, first: str = "So") -> tuple[list[Token], float]:
    """Sentences of about `lengths` seconds, two words a second."""
    heard: list[Heard] = []
    now = 0.3
    for length in lengths:
        count = max(1, int(length * 2))
        step = length / count
        for index in range(count):
            text = (first if index == 0 else f"word{index}") + ("." if index == count - 1 else "")
            heard.append(Heard(text, now + index * step, now + (index + 1) * step))
        now += length + pause
    return tokens(heard, now), now


def loud(seconds: float) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    return np.full(int(seconds * 20), -20, dtype=np.float32)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.floats(0.5, 40), min_size=1, max_size=40),
    st.sampled_from([(15, 60), (15, 15.5), (20, 30), (60, 90), (15, 300)]),
)
def test_clips_keep_the_limits_and_never_overlap(lengths: list[float], limits: tuple[float, float]) -> None:
    items, duration = talk(lengths)
    shortest, longest = limits
    found = choose(items, duration=duration, shortest=shortest, longest=longest, loudness=loud(duration))
    assert 1 <= len(found) <= 20
    for one in found:
        assert 0 <= one.start < one.end <= duration + 0.01
        assert one.seconds <= longest
        assert one.seconds >= shortest or duration <= shortest + 0.2
        assert one.sentences
    spans = sorted((one.start, one.end) for one in found)
    assert all(later[0] >= earlier[1] for earlier, later in zip(spans, spans[1:], strict=False))
    totals = [one.scores.total for one in found]
    assert totals == sorted(totals, reverse=True)


def test_clips_begin_and_end_with_sentences() -> None:
    items, duration = talk([6.0] * 30)
    found = choose(items, duration=duration, shortest=15, longest=60, loudness=loud(duration))
    assert len(found) == 5
    starts = {sentence[0].start for sentence in sentences(items)}
    for one in found:
        assert one.sentences[0][0].start in starts
        assert one.sentences[-1][-1].text == "."


def test_no_speech_gives_no_clip() -> None:
    assert choose([], duration=60, shortest=15, longest=60, loudness=loud(60)) == []


def test_video_shorter_than_the_shortest_clip_gives_all_of_its_speech() -> None:
    items, duration = talk([4.0, 4.0])
    [one] = choose(items, duration=duration, shortest=15, longest=60, loudness=loud(duration))
    assert one.start <= 0.3 and one.end >= 8.8 and one.end <= duration


def scores_of(*heard: tuple[str, float]) -> dict[str, int]:
    now = 0.0
    spoken = []
    for text, length in heard:
        spoken.append(Heard(text, now, now + length))
        now += length
    items = tokens(spoken, now)
    return dict(Scorer(items, loud(now)).score(sentences(items), 0, now).as_json())  # type: ignore[arg-type]


def test_question_to_the_viewer_is_a_stronger_hook() -> None:
    plain = scores_of(("The", 0.3), ("weather", 0.5), ("was", 0.3), ("grey", 0.4), ("today.", 0.5))
    asking = scores_of(("Do", 0.3), ("you", 0.5), ("want", 0.3), ("three", 0.4), ("tips?", 0.5))
    assert asking["hook_strength"] >= plain["hook_strength"] + 10


def test_feeling_and_calls_count_as_emotion() -> None:
    plain = scores_of(("The", 0.3), ("table", 0.5), ("is", 0.3), ("brown.", 0.4))
    moved = scores_of(("I", 0.3), ("love", 0.5), ("this", 0.3), ("dream!", 0.4))
    assert moved["emotional_impact"] > plain["emotional_impact"]


def test_total_is_the_sum_of_parts_within_their_bounds() -> None:
    found = scores_of(*[("you", 0.2), ("love", 0.2), ("one", 0.2), ("secret!", 0.2)] * 30)
    parts = [found[name] for name in ("shareability", "hook_strength", "story_quality", "emotional_impact")]
    assert found["total"] == sum(parts) and all(0 <= part <= 25 for part in parts)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("so the battery lasts three days.", "Battery Lasts Three Days"),
        ("and it is what it is.", "Fallback"),
        ("we went to the old harbour, and then home.", "Old Harbour"),
    ],
)
def test_title_is_the_most_telling_phrase(said: str, expected: str) -> None:
    items = tokens([Heard(word, at, at + 0.5) for at, word in enumerate(said.split())], 20)
    assert title(sentences(items), items, fallback="Fallback") == expected
