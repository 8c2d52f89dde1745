"""Pauses are cut out, and the words move."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.media import pauses, takes
from sandbox.media.timeline import Timeline, without
from sandbox.media.words import Heard, spoken, tokens

# Pauses of 0.2, 0.5 and 1.0 seconds between the words, 0.1 before them and 1 after.
ITEMS = tokens(
    [Heard("One", 0.1, 0.5), Heard("two.", 0.7, 1.0), Heard("Three", 1.5, 2.0), Heard("four.", 3.0, 3.5)], 4.5
)


@pytest.mark.parametrize(
    ("pace", "cut"),
    [
        ("natural", [1.0, 1.0]),
        ("fast", [0.5, 1.0, 1.0]),
        ("extra-fast", [0.2, 0.5, 1.0, 1.0]),
    ],
)
def test_only_pauses_longer_than_the_pace_are_cut(pace: str, cut: list[float]) -> None:
    line = pauses.timeline(ITEMS, 4.5, pace=pace)
    chosen = pauses.PACES[pace]
    # Between words a short breath stays, at the end a little more.
    left = (len(cut) - 1) * (chosen.after + chosen.before) + pauses.TRAIL
    assert line.seconds == pytest.approx(4.5 - sum(cut) + left)
    assert 0.1 <= chosen.after + chosen.before < chosen.longest


def test_words_keep_their_ids_and_lengths_and_come_earlier() -> None:
    line = pauses.timeline(ITEMS, 4.5, pace="natural")
    found = pauses.moved(ITEMS, line)
    assert [item.id for item in spoken(found)] == [item.id for item in spoken(ITEMS)]
    assert [round(word.end - word.start, 2) for word in spoken(found)] == [0.4, 0.3, 0.5, 0.5]
    assert [word.start for word in spoken(found)] == [0.1, 0.7, 1.5, pytest.approx(2.32)]
    assert found[-1].kind == "silence" and found[-1].end == pytest.approx(line.seconds, abs=0.01)


def test_dropped_words_leave_no_sound_and_no_word() -> None:
    heard = [
        *(Heard("We", 0.2, 0.5), Heard("went", 0.5, 0.8), Heard("home.", 0.8, 1.2)),
        *(Heard("We", 1.6, 1.9), Heard("went", 1.9, 2.2), Heard("home", 2.2, 2.5), Heard("late.", 2.5, 3.0)),
    ]
    items = tokens(heard, 3.2)
    dropped = takes.bad(items)
    line = pauses.timeline(items, 3.2, pace="natural", dropped=dropped)
    assert all(end <= 0.2 or start >= 1.2 for start, end in line.kept)
    found = pauses.moved(items, line, dropped=dropped)
    assert [word.text for word in spoken(found)] == ["We", "went", "home", "late"]
    assert [item.kind for item in found if item.start == 0][:1] == ["silence"] or spoken(found)[0].start < 0.3


def test_silence_inside_a_word_is_heard_by_its_loudness() -> None:
    """Recognisers stretch a word over a pause; the sound knows better."""
    items = tokens([Heard("Well", 0.0, 2.0), Heard("then.", 2.0, 2.5)], 2.5)
    loudness = np.full(50, -18, dtype=np.float32)
    loudness[8:36] = -60
    quiet = pauses.quiet_spans(loudness)
    assert quiet == [(0.4, 1.8)]
    line = pauses.timeline(items, 2.5, pace="natural", quiet=quiet)
    assert line.seconds == pytest.approx(2.5 - 1.4 + 0.32)
    assert pauses.timeline(items, 2.5, pace="natural").seconds == 2.5


def test_what_sounds_between_words_is_no_pause() -> None:
    """A gap of the transcript in which somebody laughs stays; steady noise leaves only the transcript to go by."""
    loudness = np.full(90, -60, dtype=np.float32)
    for start, end in ((0.1, 0.5), (0.7, 1.0), (1.5, 3.5)):
        loudness[int(start * 20) : int(end * 20)] = -20
    line = pauses.timeline(ITEMS, 4.5, pace="natural", quiet=pauses.quiet_spans(loudness))
    assert any(start <= 2.0 and end >= 3.0 for start, end in line.kept)
    assert pauses.quiet_spans(np.full(90, -30, dtype=np.float32)) == []


def test_film_without_words_stays_whole() -> None:
    assert pauses.timeline([], 3.0, pace="fast") == Timeline.whole(3.0)


def test_places_and_moments_are_each_others_reverse() -> None:
    line = without([(1.0, 2.0), (1.5, 2.5), (4.0, 4.5)], 5.0)
    assert line.kept == ((0.0, 1.0), (2.5, 4.0), (4.5, 5.0)) and line.seconds == 3.0
    assert list(line.moments([0.5, 1.0, 2.4, 2.6])) == pytest.approx([0.5, 2.5, 3.9, 4.6])
    assert list(line.places([0.5, 1.7, 2.6, 4.2, 5.0])) == pytest.approx([0.5, 1.0, 1.1, 2.5, 3.0])


@given(
    st.lists(st.tuples(st.floats(0.01, 2), st.floats(0.05, 1)), min_size=1, max_size=30),
    st.sampled_from(sorted(pauses.PACES)),
    st.sets(st.integers(0, 29)),
)
def test_times_never_go_back_and_kept_words_are_whole(
    said: list[tuple[float, float]], pace: str, bad: set[int]
) -> None:
    now, heard = 0.0, []
    for gap, length in said:
        heard.append(Heard("word", now + gap, now + gap + length))
        now += gap + length
    items = tokens(heard, now + 1)
    words = spoken(items)
    dropped = {word.id for at, word in enumerate(words) if at in bad} if len(bad) < len(words) else set()
    if dropped == {word.id for word in words}:
        dropped = set()
    line = pauses.timeline(items, now + 1, pace=pace, dropped=dropped)
    found = pauses.moved(items, line, dropped=dropped)
    assert [word.id for word in spoken(found)] == [word.id for word in words if word.id not in dropped]
    last = 0.0
    for item in found:
        assert item.start >= last and item.end >= item.start
        last = item.end
    assert last <= line.seconds + 0.06
    before = {word.id: word.end - word.start for word in words}
    assert all(abs(word.end - word.start - before[word.id]) < 0.035 for word in spoken(found))
