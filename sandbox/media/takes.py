"""Bad takes: sentences that were begun and said again, words repeated in a row, and mere hesitation."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher

from sandbox.media.words import Token, sentences, spoken

FILLERS = {
    *("um", "umm", "uh", "uhm", "erm", "er", "eh", "ehm", "hm", "hmm", "mm", "mhm", "ah", "oh"),
    *("äh", "ähm", "öh", "öhm", "euh", "heu", "este", "ehh"),
}
# Fewer words than this are too few to tell a second take from an answer or a list.
FEWEST = 3
ALIKE = 0.8


def bad(items: Iterable[Token]) -> set[str]:
    """Ids of the words and marks that an editor would throw away; never all of them."""
    parts = sentences(items)
    told = [_plain(part) for part in parts]
    dropped: set[str] = set()
    spoken_parts = [at for at, said in enumerate(told) if said]
    for at, part in enumerate(parts):
        if not told[at]:
            dropped |= {item.id for item in part}
    for at, following in zip(spoken_parts, spoken_parts[1:], strict=False):
        if begun_again(told[at], told[following]):
            dropped |= {item.id for item in parts[at]}
    for at in spoken_parts:
        if parts[at][0].id not in dropped:
            dropped |= _stammer(parts[at])
    everything = {word.id for part in parts for word in spoken(part)}
    return set() if everything <= dropped else dropped


def begun_again(first: Sequence[str], second: Sequence[str]) -> bool:
    """Whether the second sentence says the beginning of the first once more (or the reverse), word by word."""
    length = min(len(first), len(second))
    if length < FEWEST:
        return False
    one, two = list(first[:length]), list(second[:length])
    same = sum(block.size for block in SequenceMatcher(None, one, two, autojunk=False).get_matching_blocks())
    return same / length > ALIKE


def _plain(part: Sequence[Token]) -> list[str]:
    return [word.text.lower() for word in spoken(part) if word.text.lower() not in FILLERS]


def _stammer(part: Sequence[Token]) -> set[str]:
    """The first of two equal runs of three to eight words that follow each other inside a sentence."""
    words = spoken(part)
    plain = [word.text.lower() for word in words]
    dropped: set[str] = set()
    at = 0
    while at < len(words):
        for size in range(8, FEWEST - 1, -1):
            if plain[at : at + size] == plain[at + size : at + 2 * size]:
                first, after = words[at], words[at + size]
                dropped |= {item.id for item in part if first.start <= item.start < after.start}
                at += size
                break
        else:
            at += 1
    return dropped
