"""House rules that no linter knows (design: style, section 4): sizes of files, templates without inline code."""

from __future__ import annotations

import gzip
import re
import subprocess
import sys
from pathlib import Path

MAX_LINES = 300
MAX_CSS_GZIPPED = 40 * 1024
INLINE = re.compile(
    r"<style\b|\sstyle=|\son[a-z]+=|\shx-on|<script(?![^>]*\b(?:src|type=\"application/json\"))", re.IGNORECASE
)


def files(*patterns: str) -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", *patterns], check=True, text=True, stdout=subprocess.PIPE
    )
    return [path for path in map(Path, listed.stdout.split()) if path.exists()]


def complaints() -> list[str]:
    found: list[str] = []
    for path in files("*.py", "*.js", "*.css"):
        lines = path.read_text().count("\n")
        if lines > MAX_LINES and not {"migrations", "tests"} & set(path.parts):
            found.append(f"{path}: {lines} lines, at most {MAX_LINES}")
    for path in files("templates/*.html"):
        for number, line in enumerate(path.read_text().splitlines(), 1):
            if match := INLINE.search(line):
                found.append(f"{path}:{number}: inline code or style ({match.group().strip()})")
    css = b"".join(path.read_bytes() for path in files("static/css/*.css"))
    if len(gzip.compress(css)) > MAX_CSS_GZIPPED:
        found.append(f"static/css: {len(gzip.compress(css))} bytes gzipped, at most {MAX_CSS_GZIPPED}")
    return found


if __name__ == "__main__":
    problems = complaints()
    print("\n".join(problems) or "rules: all kept")
    sys.exit(bool(problems))
