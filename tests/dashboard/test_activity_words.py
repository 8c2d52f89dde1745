"""Every verb that an action writes has words for people."""

from __future__ import annotations

import re
from pathlib import Path

from dashboard.activity import WORDS

ROOT = Path(__file__).resolve().parent.parent.parent
VERB = re.compile(r'verb="([a-z_]+\.[a-z_]+)"')


def test_every_verb_in_the_code_has_words() -> None:
    written = {
        verb
        for app in ("dashboard", "projects_app", "publishing_app")
        for path in (ROOT / app).rglob("*.py")
        for verb in VERB.findall(path.read_text())
    }
    assert len(written) > 25
    assert written - set(WORDS) == set()
