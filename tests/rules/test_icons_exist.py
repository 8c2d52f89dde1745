"""A wrong icon name only shows when its branch of a template is rendered; so all names are looked up here."""

from __future__ import annotations

import re
from pathlib import Path

import lucide

ROOT = Path(__file__).resolve().parent.parent.parent
USED = [
    re.compile(r"""{%\s*icon\s+"([a-z0-9-]+)\""""),
    re.compile(r"""\bicon(?:=|\s*=\s*)"([a-z0-9-]+)\""""),
    re.compile(r"""{%\s*nav_item\s+"[^"]+"\s+\S+\s+"([a-z0-9-]+)\""""),
]


def names() -> dict[str, str]:
    """Icon name → a file that uses it, from templates and from Python's own tables."""
    found: dict[str, str] = {}
    for path in [*ROOT.glob("templates/**/*.html"), *ROOT.glob("*/**/*.py")]:
        if ".venv" in path.parts or "node_modules" in path.parts or "tests" in path.parts:
            continue
        for pattern in USED:
            for name in pattern.findall(path.read_text()):
                found[name] = str(path.relative_to(ROOT))
    return found


def test_every_icon_named_in_a_template_exists() -> None:
    used = names()
    assert len(used) > 30
    missing = []
    for name, path in used.items():
        try:
            lucide._load_icon(name)
        except lucide.IconDoesNotExist:
            missing.append(f"{name} ({path})")
    assert not missing
