from __future__ import annotations

import re
from pathlib import Path

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
LIST = '<ol class="breadcrumb">'
NAMED = re.compile(r'<nav aria-label="{% translate "Breadcrumb" %}">' + LIST + ".*?</ol></nav>", re.S)


def test_every_breadcrumb_is_a_landmark_with_a_name() -> None:
    texts = {path.name: path.read_text() for path in TEMPLATES.rglob("*.html")}
    found = {name: text for name, text in texts.items() if LIST in text}
    assert len(found) > 8
    assert [name for name, text in found.items() if len(NAMED.findall(text)) != text.count(LIST)] == []
