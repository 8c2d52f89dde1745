"""Which words get a card, and when the picture comes closer."""

from __future__ import annotations

import numpy as np
import pytest

from sandbox.media import inserts, zooms
from sandbox.media.words import Heard, Token, sentences, spoken, tokens


def talk(texts: list[str]) -> list[list[Token]]:
    """Three words a second, half a second between sentences."""
    now, heard = 0.2, []
    for text in texts:
        for word in text.split():
            heard.append(Heard(word, now, now + 0.33))
            now += 0.33
        now += 0.5
    return sentences(tokens(heard, now))


TALK = talk(
    [
        "Do you want people to watch your videos to the very end?",
        "I made ninety short videos in three months and most of them failed because the beginning was weak.",
        "Today I will show you the lessons that changed everything for me.",
        "Keep it short.",
    ]
    * 3
)
SPOKEN = sum(spoken(part)[-1].end - spoken(part)[0].start for part in TALK)


@pytest.mark.parametrize("percentage", [0, 20, 50, 75, 100])
def test_share_of_the_spoken_time_is_covered(percentage: int) -> None:
    found = inserts.magic(TALK, percentage / 100, taken=())
    covered = sum(one.end - one.start for one in found)
    assert covered / SPOKEN == pytest.approx(percentage / 100, abs=0.06)
    assert all(later.start >= one.end - 1e-6 for one, later in zip(found, found[1:], strict=False))
    assert all(one.end - one.start >= 0.3 for one in found)


def test_cards_are_spread_over_the_whole_talk_and_bear_telling_words() -> None:
    found = inserts.magic(TALK, 0.4, taken=())
    half = TALK[-1][-1].end / 2
    before = sum(one.end - one.start for one in found if one.end < half)
    after = sum(one.end - one.start for one in found if one.start >= half)
    assert before == pytest.approx(after, rel=0.4)
    texts = {one.shows.text for one in found if isinstance(one.shows, inserts.Card)}
    assert texts and not texts & {"the", "of", "to", "it", "me"}


def test_cards_leave_room_for_what_was_asked_for() -> None:
    found = inserts.magic(TALK, 1.0, taken=[(1.0, 5.0), (8.0, 9.0)])
    assert found and all(one.end <= 1.0 or one.start >= 5.0 for one in found)
    assert all(one.end <= 8.0 or one.start >= 9.0 for one in found)


def test_even_a_small_share_of_a_short_talk_shows_a_card() -> None:
    assert len(inserts.magic(TALK[3:4], 0.01, taken=())) == 1
    assert inserts.magic([], 0.5, taken=()) == []


def test_zooms_begin_with_sentences_and_end_with_them() -> None:
    found = zooms.plan(TALK)
    starts = {spoken(part)[0].start for part in TALK}
    # The second sentence tells of failure: it gets a stronger zoom out of turn.
    assert len(found) > len(TALK) / 2 and {zoom.factor for zoom in found} == {zooms.USUAL, zooms.STRONG}
    assert all(min(abs(zoom.start - start) for start in starts) < 0.35 for zoom in found)
    assert all(later.start >= zoom.end for zoom, later in zip(found, found[1:], strict=False))
    assert all(zoom.end - zoom.start <= zooms.LONGEST for zoom in found)


def test_zoom_glides() -> None:
    moments = np.arange(0, 5, 0.04)
    values = zooms.factors([zooms.Zoom(1.0, 3.0, 1.12)], moments)
    assert values[0] == values[-1] == 1.0 and max(values) == pytest.approx(1.12)
    assert max(abs(later - one) for one, later in zip(values, values[1:], strict=False)) < 0.03
