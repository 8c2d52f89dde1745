"""The documents' examples as they are stored: one entry of fixtures/index.json for each, one file for each body.

A body that two pages print alike is stored for both, so that a change of one page shows.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest

from tests.providers.submagic.support import FIXTURES


@dataclass(frozen=True, slots=True)
class Example:
    """`method` is the client's method it belongs to; `line` counts in the document `000` or `001`.

    kind    request, multipart, part (of a request), response, error, webhook, headers
    file    "" for a request without a body
    """

    document: str
    section: str
    title: str
    line: int
    kind: str
    method: str
    file: str
    status: int = 0
    http: str = ""
    path: str = ""
    key: bool = True

    @property
    def id(self) -> str:
        return f"{self.document} {self.section}: {self.title} (line {self.line})"

    @property
    def data(self) -> Any:
        return json.loads((FIXTURES / self.file).read_text("utf-8"))


INDEX = [
    Example(**{**entry, "file": entry["file"] or ""}) for entry in json.loads((FIXTURES / "index.json").read_text())
]


def each(*kinds: str) -> pytest.MarkDecorator:
    """Run a test once for each example of these kinds."""
    found = [example for example in INDEX if example.kind in kinds]
    return pytest.mark.parametrize("example", found, ids=[example.id for example in found])
