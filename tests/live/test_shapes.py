"""The comparing itself: it must be able to fail."""

from __future__ import annotations

from typing import Any

import pytest

from tests.live.shapes import unlike

PROJECT = {
    "id": "a",
    "size": 3,
    "ready": True,
    "reason": None,
    "meta": {"fps": 30.0},
    "words": [{"text": "a", "end": 1}],
}
OTHER = {"id": "b", "size": 4.5, "ready": False, "meta": {}, "words": [], "link": "x"}


@pytest.mark.parametrize(
    ("answer", "wrong", "more"),
    [
        (PROJECT, [], []),
        (OTHER | {"size": 1}, [], []),
        (PROJECT | {"reason": "because"}, ["reason is text, documented as null"], []),
        (PROJECT | {"link": 7}, ["link is number, documented as text"], []),
        (PROJECT | {"size": "3"}, ["size is text, documented as number"], []),
        (PROJECT | {"ready": 1}, ["ready is number, documented as bool"], []),
        (PROJECT | {"id": None}, ["id is missing"], []),
        ({name: value for name, value in PROJECT.items() if name != "size"}, ["size is missing"], []),
        (PROJECT | {"meta": {"fps": "30"}}, ["meta.fps is text, documented as number"], []),
        (PROJECT | {"meta": [30]}, ["meta is list, documented as object"], []),
        (PROJECT | {"words": [{"text": "a", "end": 1}, {"text": "b"}]}, ["words[].end is missing"], []),
        (PROJECT | {"new": 1, "meta": {"fps": 1, "bits": 2}}, [], ["meta.bits", "new"]),
        ([], ["the answer is list, documented as object"], []),
    ],
)
def test_what_differs_is_named(answer: Any, wrong: list[str], more: list[str]) -> None:
    found = unlike([PROJECT, OTHER], answer)
    assert (found[0], sorted(found[1])) == (wrong, more)


def test_what_was_not_asked_for_may_be_missing_but_not_be_something_else() -> None:
    assert unlike([PROJECT], {**PROJECT, "size": None}, optional={"size"}) == ([], [])
    assert unlike([PROJECT], {**PROJECT, "size": "3"}, optional={"size"}) != ([], [])


def test_what_other_states_have_is_not_more() -> None:
    assert unlike([PROJECT], PROJECT | {"link": "x"}, others=[OTHER]) == ([], [])
