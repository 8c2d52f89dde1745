"""The files are read back by a small parser, as a player would."""

from __future__ import annotations

import html
import re

from hypothesis import given
from hypothesis import strategies as st

from projects_app.actions.subtitles import LINE, LONGEST, cues, srt, txt, vtt
from projects_app.actions.transcripts import spoken
from tests.factories import make_words

TALK = (
    "Do you mind if we start with the harbour? The boats come in at five, and nobody sleeps. We sell the fish before "
    "the sun is up. That is the whole secret! Everyone asks how we do it, and the answer is always the same: we get up "
    "early, we work together & we go home."
)
STAMP = re.compile(r"(\d\d):(\d\d):(\d\d)[,.](\d{3})")


def seconds(stamp: str) -> float:
    match = STAMP.fullmatch(stamp)
    assert match, stamp
    hours, minutes, rest, milli = map(int, match.groups())
    return hours * 3600 + minutes * 60 + rest + milli / 1000


def parse(text: str, *, is_srt: bool) -> list[tuple[float, float, list[str]]]:
    blocks = [block.split("\n") for block in text.strip().split("\n\n")]
    if is_srt:
        assert [block[0] for block in blocks] == [str(n) for n in range(1, len(blocks) + 1)]
    else:
        assert blocks[0] == ["WEBVTT"]
    found = []
    for block in blocks if is_srt else blocks[1:]:
        stamps, lines = (block[1], block[2:]) if is_srt else (block[0], block[1:])
        start, _, end = stamps.partition(" --> ")
        found.append((seconds(start), seconds(end), lines))
    return found


def test_srt_reads_back_word_for_word() -> None:
    found = parse(srt(spoken(make_words(TALK)), "en"), is_srt=True)
    assert " ".join(line for _, _, lines in found for line in lines) == TALK
    assert found[0][0] == 0
    assert "," in srt(spoken(make_words(TALK)), "en").split("\n")[1]


def test_vtt_reads_back_word_for_word_and_is_escaped() -> None:
    text = vtt(spoken(make_words(TALK)), "en")
    assert "together &amp; we" in text.replace("\n", " ")
    found = parse(text, is_srt=False)
    assert html.unescape(" ".join(line for _, _, lines in found for line in lines)) == TALK


def test_cues_can_be_read() -> None:
    found = cues(spoken(make_words(TALK * 20)), "en")
    assert all(len(cue.lines) <= 2 and max(map(len, cue.lines)) <= LINE for cue in found)
    assert all(0 < cue.end - cue.start <= LONGEST for cue in found)
    assert all(before.end <= after.start for before, after in zip(found, found[1:], strict=False))


def test_a_cue_ends_with_the_sentence_and_at_a_pause() -> None:
    words = make_words("Yes. No one") + make_words("knows", start=5)
    assert [cue.lines for cue in cues(spoken(words), "en")] == [("Yes.",), ("No one",), ("knows",)]


def test_two_lines_are_of_similar_length() -> None:
    (cue,) = cues(spoken(make_words("we sell the fish before the sun is really up", step=0.3)), "en")
    assert cue.lines == ("we sell the fish before", "the sun is really up")


def test_text_has_no_times() -> None:
    assert txt(spoken(make_words("So it is. Yes.")), "en") == "So it is. Yes.\n"


def test_nothing_said_is_an_empty_file_that_still_parses() -> None:
    assert srt([], "en") == ""
    assert vtt([], "en").startswith("WEBVTT")


@given(
    st.lists(
        st.tuples(st.text("abcdé.?", min_size=1, max_size=60), st.floats(0, 4), st.floats(0, 12)),
        min_size=1,
        max_size=60,
    )
)
def test_no_timing_breaks_the_rules(entries: list[tuple[str, float, float]]) -> None:
    at = 0.0
    words = []
    for text, pause, length in entries:
        at += pause
        words.append({"text": text, "type": "word", "start": at, "end": at + length})
        at += length
    found = cues(spoken(words), "en")
    assert all(len(cue.lines) <= 2 and max(map(len, cue.lines)) <= LINE for cue in found)
    assert all(0 < cue.end - cue.start <= LONGEST + 1e-6 for cue in found)
    assert all(before.end <= after.start + 1e-9 for before, after in zip(found, found[1:], strict=False))
