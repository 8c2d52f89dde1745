"""Captions: groups, the lit word, looks by template."""

from __future__ import annotations

from pathlib import Path

from sandbox.media import captions
from sandbox.media.styles import fonts_folder, style
from sandbox.media.words import Heard, tokens
from sandbox.submagic.catalogue import TEMPLATES

ITEMS = tokens(
    [Heard("Hello,", 0.5, 0.9), Heard("dear", 1.0, 1.3), Heard("{friends}", 1.3, 1.8), Heard("again.", 3.0, 3.4)], 4
)


def test_groups_end_at_marks_and_pauses() -> None:
    found = [[text for text, _, _ in group] for group in captions.groups(ITEMS, 4)]
    assert found == [["Hello,"], ["dear", "{friends}"], ["again."]]


def test_each_word_is_lit_in_its_own_time(tmp_path: Path) -> None:
    path = tmp_path / "captions.ass"
    captions.write(path, ITEMS, style("Sara"), (720, 1280))
    lines = [line for line in path.read_text().splitlines() if line.startswith("Dialogue")]
    assert [tuple(line.split(",")[1:3]) for line in lines] == [
        ("0:00:00.50", "0:00:01.00"),
        ("0:00:01.00", "0:00:01.30"),
        ("0:00:01.30", "0:00:02.20"),
        ("0:00:03.00", "0:00:03.80"),
    ]
    # Sara lights the word in FFE14D, which ASS writes backwards; braces of the speaker are no commands.
    assert "dear {\\c&H004DE1FF&}(friends){\\c&H00FFFFFF&}" in lines[2]


def test_looks_differ_and_stay_the_same() -> None:
    looks = {name: style(name) for name in TEMPLATES}
    assert all(style(name) == look for name, look in looks.items())
    assert len(set(looks.values())) > 25
    assert all(2 <= look.words <= 4 for look in looks.values())


def test_caption_font_is_in_the_package() -> None:
    assert (fonts_folder() / "SourceSansPro-Black.ttf").is_file()
