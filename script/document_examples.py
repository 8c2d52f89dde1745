"""Lists every JSON example of the Submagic documents, so that a test can tell when a stored one is missing or differs.

Usage: .venv/bin/python script/document_examples.py FOLDER > tests/providers/submagic/documents.json

FOLDER holds the documents as text files whose names begin with their number (000_….txt). For each example the list has
the document, the line where it begins, and the SHA-256 of its JSON in one normal form; for a curl command also the
request, and its body (null without one), its form fields or its headers in place of the JSON.
"""

from __future__ import annotations

import hashlib
import json
import re
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

FENCE = re.compile(r"\s*```(\w*)")
# A JSON object within a sentence: the text of a multipart field, without the field's name.
INLINE = re.compile(r"`(\{\"[^`]*\})`")


def normal(value: Any) -> str:
    """The same text for the same JSON, whatever its spaces and the order of its names."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def digest(value: Any) -> str:
    return hashlib.sha256(normal(value).encode()).hexdigest()


def examples(text: str) -> Iterator[dict[str, Any]]:
    """The examples of one document, in the order of their lines."""
    block: list[str] | None = None
    language, begin = "", 0
    for number, line in enumerate(text.splitlines(), 1):
        fence = FENCE.match(line)
        if block is not None and fence:
            yield from _of_block(language, begin, "\n".join(block))
            block = None
        elif block is not None:
            block.append(line)
        elif fence:
            block, language, begin = [], fence[1], number
        else:
            for each in INLINE.findall(line):
                yield {"line": number, "inline": True, "sha256": digest(json.loads(each))}


def _of_block(language: str, line: int, text: str) -> Iterator[dict[str, Any]]:
    if language == "json":
        # One page prints a single field without the braces around it.
        value = json.loads(text if text.lstrip().startswith(("{", "[")) else f"{{{text}}}")
        yield {"line": line, "sha256": digest(value)}
    elif language == "http":
        pairs = (row.split(":", 1) for row in text.splitlines() if ":" in row)
        yield {"line": line, "sha256": digest({name.strip(): value.strip() for name, value in pairs})}
    elif language == "bash" and text.lstrip().startswith("curl "):
        yield {"line": line, **_curl(shlex.split(text.replace("\\\n", " ")))}


def _curl(words: list[str]) -> dict[str, Any]:
    options = list(zip(words, words[1:], strict=False))
    [url] = [word for word in words if word.startswith("https://") and ("-d", word) not in options]
    parts = urlsplit(url)
    method = next((value for name, value in options if name == "-X"), "GET")
    form = [value.split("=", 1) for name, value in options if name == "-F"]
    body = next((json.loads(value) for name, value in options if name == "-d"), None)
    path = parts.path + (f"?{parts.query}" if parts.query else "")
    return {"request": f"{method} {path}", "sha256": digest(form or body)}


def listed(folder: Path) -> list[dict[str, Any]]:
    paths = sorted(path for path in folder.iterdir() if re.match(r"\d{3}", path.name))
    return [{"document": path.name[:3], **each} for path in paths for each in examples(path.read_text("utf-8"))]


def written(found: list[dict[str, Any]]) -> str:
    """One example a line, so that a change of the documents reads well."""
    rows = ",\n".join(f"  {json.dumps(each)}" for each in found)
    return f"[\n{rows}\n]\n"


if __name__ == "__main__":
    if len(sys.argv) != 2 or not Path(sys.argv[1]).is_dir():
        sys.exit(__doc__)
    print(written(listed(Path(sys.argv[1]))), end="")
