"""What a media file is, and how it comes into the spool."""

from __future__ import annotations

import pytest

from projects_app import media_spool
from tests.projects_app import movies

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 100


@pytest.mark.parametrize(
    ("head", "name", "ending"),
    [
        (movies.ftyp(b"isom"), "a.mp4", "mp4"),
        (movies.ftyp(b"qt  "), "a.mov", "mov"),
        (movies.ftyp(b"qt  "), "a.mp4", "mov"),
        (movies.ftyp(b"M4A "), "a.m4a", "m4a"),
        (movies.ftyp(b"M4A "), "a.mp4", "m4a"),
        (movies.ftyp(b"isom"), "voice memo.m4a", "m4a"),
        (PNG, "a.png", "png"),
        (PNG, "a.jpg", "png"),
        (b"\xff\xd8\xff\xe0" + b"\0" * 20, "a.jpeg", "jpg"),
        (b"RIFF\x10\0\0\0WEBPVP8 ", "a.webp", "webp"),
        (b"RIFF\x10\0\0\0WAVEfmt ", "a.wav", "wav"),
        (b"ID3\x04" + b"\0" * 20, "a.mp3", "mp3"),
        (b"\xff\xfb\x90\x64" + b"\0" * 20, "a.mp3", "mp3"),
        # None of them
        (b"RIFF\x10\0\0\0AVI LIST", "a.mp4", ""),
        (b"\xff\xf1\x50\x80" + b"\0" * 20, "aac.mp3", ""),
        (b"\xff\xff\xff\xff" + b"\0" * 20, "a.mp3", ""),
        (movies.ftyp(b"heic", b"mif1"), "a.png", ""),
        (b"GIF89a" + b"\0" * 20, "a.png", ""),
        (b"<svg xmlns='http://www.w3.org/2000/svg'>", "a.png", ""),
        (b"<!doctype html><script>", "a.mp4", ""),
        (b"%PDF-1.7", "a.png", ""),
        (b"", "a.mp4", ""),
        (b"\x89PN", "a.png", ""),
    ],
)
def test_the_first_bytes_decide(head: bytes, name: str, ending: str) -> None:
    kind = media_spool.sniff(head, name)
    assert (kind.ending if kind else "") == ending


@pytest.mark.parametrize(
    ("name", "ending", "shown"),
    [
        ("waves.mp4", "mp4", "waves.mp4"),
        ("photo.JPEG", "jpg", "photo.JPEG"),
        ("photo.png", "jpg", "photo.jpg"),
        ("IMG_0042", "jpg", "IMG_0042.jpg"),
        ("v1.2 final", "mp4", "v1.2 final.mp4"),
        ("C:\\films\\a.mp4", "mp4", "a.mp4"),
        ("../../etc/passwd", "png", "passwd.png"),
        ("a\r\nb\0.mp4", "mp4", "ab.mp4"),
        ("", "mp3", "media.mp3"),
    ],
)
def test_names_are_shown_with_the_true_ending(name: str, ending: str, shown: str) -> None:
    assert media_spool.display_name(name, media_spool.KINDS[ending]) == shown


def test_a_long_name_keeps_its_ending() -> None:
    shown = media_spool.display_name("x" * 400 + ".mp4", media_spool.KINDS["mp4"])
    assert len(shown) == 200
    assert shown.endswith("x.mp4")
