"""What an answer is made of, whatever it says: the names and types of the documents' examples, and how one differs."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

# Of a long list, such as the words of a talk, the first ones tell.
MOST = 60


def kind_of(value: Any) -> str:
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, int | float):
        return "number"
    return {type(None): "null", str: "text", list: "list", dict: "object"}[type(value)]


@dataclass(frozen=True, slots=True)
class Shape:
    """`names` that are in every example are `always` there; `element` is that of a list's entries."""

    kinds: frozenset[str]
    names: dict[str, Shape] = field(default_factory=dict)
    always: frozenset[str] = frozenset()
    element: Shape | None = None

    @classmethod
    def of(cls, *examples: Any) -> Shape:
        objects = [each for each in examples if isinstance(each, dict)]
        entries = [entry for each in examples if isinstance(each, list) for entry in each]
        names = dict.fromkeys(name for each in objects for name in each)
        return cls(
            kinds=frozenset(map(kind_of, examples)),
            names={name: cls.of(*(each[name] for each in objects if name in each)) for name in names},
            always=frozenset(name for name in names if all(each.get(name) is not None for each in objects)),
            element=cls.of(*entries) if entries else None,
        )

    def wrong(self, answer: Any, *, optional: Collection[str] = (), where: str = "") -> Iterator[str]:
        """What the examples have and the answer has not, or as something else. `optional`: names that may be missing.

        Absent and null are the same (contract row 49).
        """
        kind = kind_of(answer)
        if kind not in self.kinds:
            yield f"{where or 'the answer'} is {kind}, documented as {' or '.join(sorted(self.kinds))}"
        elif isinstance(answer, dict):
            for name, shape in self.names.items():
                place = f"{where}.{name}" if where else name
                if answer.get(name) is not None:
                    yield from shape.wrong(answer[name], where=place)
                elif name in self.always and name not in optional:
                    yield f"{place} is missing"
        elif isinstance(answer, list) and self.element:
            for entry in answer[:MOST]:
                yield from self.element.wrong(entry, where=f"{where}[]")

    def more(self, answer: Any, *, where: str = "") -> Iterator[str]:
        """Names that no example has."""
        if isinstance(answer, dict):
            for name, value in answer.items():
                place = f"{where}.{name}" if where else name
                if name not in self.names:
                    yield place
                else:
                    yield from self.names[name].more(value, where=place)
        elif isinstance(answer, list) and self.element:
            for entry in answer[:MOST]:
                yield from self.element.more(entry, where=f"{where}[]")


def unlike(
    documented: Sequence[Any], answer: Any, *, optional: Collection[str] = (), others: Sequence[Any] = ()
) -> tuple[list[str], list[str]]:
    """(what is wrong, what is more) about an answer beside the documented ones, each once.

    `others` are documented too, for other states of the same thing: what they have is not more.
    """
    wrong = Shape.of(*documented).wrong(answer, optional=optional)
    more = Shape.of(*documented, *others).more(answer)
    return list(dict.fromkeys(wrong)), list(dict.fromkeys(more))
