"""Words, silences and punctuation."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sandbox.media.words import Heard, sentences, spoken, text_of, tokens, window


def shapes(heard: list[Heard], duration: float) -> list[tuple[str, str, float, float]]:
    return [(one.kind, one.text, one.start, one.end) for one in tokens(heard, duration)]


def test_document_example_is_reproduced() -> None:
    heard = [Heard(" Do", 0.08, 0.16), Heard(" you", 0.16, 0.24), Heard(" mind?", 0.3, 0.5)]
    assert shapes(heard, 0.6) == [
        ("silence", "", 0.0, 0.08),
        ("word", "Do", 0.08, 0.16),
        ("word", "you", 0.16, 0.24),
        ("silence", "", 0.24, 0.3),
        ("word", "mind", 0.3, 0.5),
        ("punctuation", "?", 0.5, 0.5),
        ("silence", "", 0.5, 0.6),
    ]


def test_quotes_before_and_marks_after_are_elements_of_their_own() -> None:
    found = shapes([Heard(" “Don't", 0.0, 0.5), Heard(" stop!”", 0.5, 1.0)], 1.0)
    assert [(kind, text) for kind, text, _, _ in found] == [
        ("punctuation", "“"),
        ("word", "Don't"),
        ("word", "stop"),
        ("punctuation", "!"),
        ("punctuation", "”"),
    ]


def test_sentences_end_at_marks_and_long_pauses() -> None:
    heard = [Heard("One.", 0, 1), Heard("Two", 1, 2), Heard("three", 5, 6), Heard("four?", 6, 7)]
    assert [text_of(one) for one in sentences(tokens(heard, 8))] == ["One.", "Two", "three four?"]


def test_window_counts_from_its_start() -> None:
    items = tokens([Heard("One.", 1, 2), Heard("Two.", 3, 4), Heard("Three.", 5, 6)], 8)
    cut = window(items, 2.5, 4.5)
    assert [(one.kind, one.text, one.start, one.end) for one in cut] == [
        ("silence", "", 0.0, 0.5),
        ("word", "Two", 0.5, 1.5),
        ("punctuation", ".", 1.5, 1.5),
        ("silence", "", 1.5, 2.0),
    ]
    assert not {one.id for one in cut} & {one.id for one in items}


@given(
    st.lists(
        st.tuples(st.text(st.characters(codec="utf-8"), max_size=6), st.floats(0, 100), st.floats(0, 100)),
        max_size=30,
    )
)
def test_times_never_go_back_whatever_is_heard(raw: list[tuple[str, float, float]]) -> None:
    items = tokens([Heard(text, start, end) for text, start, end in raw], 100)
    now = 0.0
    for item in items:
        assert item.start >= now and item.end >= item.start
        now = item.end
    assert all(item.text.strip() for item in spoken(items))
