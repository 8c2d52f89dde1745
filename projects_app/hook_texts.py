"""The raw body of a message as text that can be read: nothing in it is hidden, and nothing in it does anything."""

from __future__ import annotations

import codecs
import json
from dataclasses import dataclass
from typing import Final

from projects_app.actions import hook_bodies

# Of a body of up to 1 MiB so much is shown; all of it can be had as a file.
MOST: Final = 64 * 1024


@dataclass(frozen=True, slots=True)
class Shown:
    text: str
    is_json: bool
    is_cut: bool


def shown(body: bytes) -> Shown:
    """With line breaks where it is JSON within the worker's own bounds that says nothing twice; else as it came."""
    try:
        whole = json.dumps(hook_bodies.read(body, names_once=True), indent=2, ensure_ascii=False)
    except ValueError:
        is_cut, is_json = len(body) > MOST, False
        decoder = codecs.getincrementaldecoder("utf-8")("backslashreplace")
        # A letter cut in two at the end is left out, not shown as bytes that nobody sent like this.
        whole = decoder.decode(body[:MOST], final=not is_cut)
    else:
        is_cut, is_json = len(whole) > MOST, True
    text = visible(whole[:MOST])
    return Shown(text[:MOST], is_json, is_cut or len(text) > MOST)


def visible(text: str) -> str:
    """Signs that show nothing, or turn the direction of what follows, as their escapes: \\x00, \\u202e."""
    return "".join(sign if sign.isprintable() or sign in "\n\t" else _escaped(sign) for sign in text)


def _escaped(sign: str) -> str:
    return sign.encode("unicode_escape").decode()
