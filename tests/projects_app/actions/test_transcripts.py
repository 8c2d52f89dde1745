from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from projects_app.actions.transcripts import hits, paragraphs, sentences, spoken, text_of
from projects_app.models.text_search import terms_of
from tests.factories import make_words


def word(text: str, start: float, end: float, kind: str = "word") -> dict[str, Any]:
    return {"id": text, "text": text, "type": kind, "start": start, "end": end}


def test_punctuation_joins_the_word_before_it() -> None:
    said = spoken(make_words("Do you mind?"))
    assert [each.text for each in said] == ["Do", "you", "mind?"]
    assert [each.index for each in said] == [0, 1, 2]


def test_opening_punctuation_joins_the_word_after_it() -> None:
    said = spoken([word("¿", 0, 0, "punctuation"), word("Qué", 0, 1), word("?", 1, 1, "punctuation")])
    assert [each.text for each in said] == ["¿Qué?"]


def test_silence_becomes_a_pause_and_no_word() -> None:
    said = spoken([word("one", 0, 1), word("", 1, 3.5, "silence"), word("two", 3.5, 4)])
    assert [(each.text, each.pause) for each in said] == [("one", 0), ("two", 2.5)]


def test_broken_entries_do_no_harm() -> None:
    empty: list[dict[str, Any]] = [{}, {"text": None}, {"text": " a \n b ", "start": None, "end": None}]
    said = spoken([*empty, word("c", 5, 2), word("d", 1, 6)])
    assert [(each.text, each.start, each.end) for each in said] == [("a b", 0, 0), ("c", 5, 5), ("d", 5, 6)]


def test_sentences_end_at_their_marks() -> None:
    found = list(sentences(spoken(make_words("So it is. Is it? “Yes!” she said"))))
    assert [text_of(each.words, "en") for each in found] == ["So it is.", "Is it?", "“Yes!”", "she said"]


def test_long_silence_ends_a_sentence_without_marks() -> None:
    said = spoken([word("one", 0, 1), word("two", 4, 5)])
    assert [text_of(each.words, "en") for each in sentences(said)] == ["one", "two"]


def test_endless_speech_is_cut() -> None:
    found = list(sentences(spoken(make_words("talk " * 500))))
    assert max(len(each.words) for each in found) <= 60
    assert sum(len(each.words) for each in found) == 500


def test_paragraphs_hold_every_word_once() -> None:
    said = spoken(make_words("A short one. " * 100))
    found = list(paragraphs(said))
    assert [w for p in found for s in p for w in s.words] == said
    assert len(found) > 3


def test_terms_and_quotes() -> None:
    assert terms_of('fish "the  whole secret" fish "open') == ["fish", "the whole secret", "open"]
    assert terms_of('  "" ') == []


def test_hits_are_found_inside_words_and_across_them() -> None:
    said = spoken(make_words("Videos of a video. The whole secret is the WHOLE secret."))
    found = hits(said, ["video", "whole secret"], "en")
    assert found.count == 4
    assert sorted(found.words) == [0, 3, 5, 6, 9, 10]
    assert found.words[5] == found.words[6] != found.words[9]


def test_special_characters_are_no_pattern() -> None:
    assert hits(spoken(make_words("fifty percent (50%)")), [".*", "(", "50%"], "en").count == 1


def test_languages_without_spaces_are_searched_without_them() -> None:
    said = spoken([word("今日", 0, 1), word("は", 1, 2), word("晴れ", 2, 3)])
    assert text_of(said, "ja") == "今日は晴れ"
    assert hits(said, ["日は晴"], "ja").count == 1


@given(st.lists(st.text("abc .?", max_size=5), max_size=60), st.text("abc", min_size=1, max_size=2))
def test_a_hit_is_where_the_text_holds_the_term(texts: list[str], term: str) -> None:
    said = spoken([word(text, n, n + 1) for n, text in enumerate(texts)])
    found = hits(said, [term], "en")
    assert (found.count > 0) == (term in text_of(said, "en"))
    assert {each.index for each in said if term in each.text} == set(found.words)
