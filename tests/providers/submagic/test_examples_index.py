"""No example of the documents is missing or differs: documents.json lists what they print, made from them by script."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.providers.submagic.calls import CALLS
from tests.providers.submagic.examples import INDEX, Example
from tests.providers.submagic.support import FIXTURES

SCRIPT = Path(__file__).resolve().parents[3] / "script" / "document_examples.py"
PRINTED: list[dict[str, Any]] = json.loads(Path(__file__).with_name("documents.json").read_text("utf-8"))


def digest(value: Any) -> str:
    """As the script has it: of one normal form, whatever spaces and order a file has."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def stored(example: Example, *, inline: bool) -> Any:
    value = example.data if example.file else None
    if inline:
        # Within a sentence a page prints the text of a field alone; the file has the name as well.
        [value] = value.values()
    return value


def test_the_stored_examples_are_those_of_the_documents() -> None:
    places = [(each["document"], each["line"]) for each in PRINTED]
    assert [(example.document, example.line) for example in INDEX] == places
    assert len(places) == len(set(places)) == 142


@pytest.mark.parametrize("printed", PRINTED, ids=lambda each: f"{each['document']} line {each['line']}")
def test_a_stored_example_says_what_the_document_says(printed: dict[str, Any]) -> None:
    example = next(each for each in INDEX if (each.document, each.line) == (printed["document"], printed["line"]))
    assert digest(stored(example, inline=printed.get("inline", False))) == printed["sha256"], example.id
    if "request" in printed:
        assert f"{example.http} {example.path}" == printed["request"], example.id


DOCUMENT = """# A page
Pass `{"text":"Hi"}` as a string, or `"true"`.
  ```json 200 OK theme={null}
  {"b": [1, 2.5], "a": "é"}
  ```
```json Example theme={null}
"hookTitle": {"top": 45}
```
```bash cURL theme={null}
curl -X PUT "https://api.submagic.co/v1/projects/x?a=b" \\
-H "x-api-key: sk-your-api-key-here" \\
-d '{
"fade": true
}'
```
```bash
curl -X POST "https://api.submagic.co/v1/user-media/upload" \\
-F "file=@./a.mp4" \\
-F 'music={"volume":30}'
```
```bash
curl "https://api.submagic.co/health"
```
```bash Bash
#!/bin/bash
echo curl
```
```http theme={null}
HTTP/1.1 200 OK
X-RateLimit-Limit: 30
```
```javascript
fetch({"not": "an example"})
```
"""


def test_the_script_finds_each_kind_of_example(tmp_path: Path) -> None:
    (tmp_path / "004_abc.txt").write_text(DOCUMENT, "utf-8")
    (tmp_path / "notes.txt").write_text('```json\n{"no": 1}\n```', "utf-8")
    done = subprocess.run([sys.executable, SCRIPT, tmp_path], check=True, capture_output=True, text=True)
    found = json.loads(done.stdout)
    assert {each["document"] for each in found} == {"004"}
    assert [(each["line"], each["sha256"]) for each in found] == [
        (2, digest({"text": "Hi"})),
        (3, digest({"a": "é", "b": [1, 2.5]})),
        (6, digest({"hookTitle": {"top": 45}})),
        (9, digest({"fade": True})),
        (16, digest([["file", "@./a.mp4"], ["music", '{"volume":30}']])),
        (21, digest(None)),
        (28, digest({"X-RateLimit-Limit": "30"})),
    ]
    assert [each["request"] for each in found if "request" in each] == [
        "PUT /v1/projects/x?a=b",
        "POST /v1/user-media/upload",
        "GET /health",
    ]


def test_the_script_says_what_it_wants() -> None:
    done = subprocess.run([sys.executable, SCRIPT], capture_output=True, text=True)
    assert done.returncode == 1 and "FOLDER" in done.stderr


def test_every_example_has_a_file_of_its_own_and_every_file_is_an_example() -> None:
    named = [example.file for example in INDEX if example.file]
    there = {path.relative_to(FIXTURES).as_posix() for path in FIXTURES.rglob("*.json")} - {"index.json"}
    assert sorted(named) == sorted(there)
    bodiless = {(e.method, e.kind) for e in INDEX if not e.file}
    assert all(kind == "request" for _, kind in bodiless)


def test_every_example_is_found_again_by_its_page_and_line() -> None:
    assert len({example.id for example in INDEX}) == len(INDEX)


def test_every_method_has_a_documented_request_and_a_documented_answer() -> None:
    asked = {e.method for e in INDEX if e.kind in ("request", "multipart")}
    answered = {e.method for e in INDEX if e.kind == "response"}
    assert asked == answered == set(CALLS)


def test_fixtures_hold_no_real_key() -> None:
    for path in FIXTURES.rglob("*.json"):
        text = path.read_text("utf-8")
        assert json.loads(text) is not None
        assert "sk-" not in text.replace("sk-your-api-key-here", "")
