"""Checks of single values; each returns the clean value or raises Wrong with the words for `details`."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Sequence
from typing import Any

from sandbox.submagic import urls
from sandbox.submagic.catalogue import HOOK_TEMPLATES, LANGUAGE_CODES, TEMPLATES

Check = Callable[[Any], Any]


class Wrong(Exception):
    """The value is not allowed; the message is what `details` says. With `whole`, it is the answer's message."""

    def __init__(self, message: str, *, whole: bool = False) -> None:
        super().__init__(message)
        self.message = message
        self.whole = whole


def text(shortest: int, longest: int) -> Check:
    def check(value: Any) -> str:
        if not isinstance(value, str) or not shortest <= len(value.strip()) <= longest:
            raise Wrong(f"Must be a string of {shortest}-{longest} characters")
        return value.strip()

    return check


def flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise Wrong("Must be a boolean")
    return value


def number(lowest: float, highest: float) -> Check:
    def check(value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float) or not lowest <= value <= highest:
            raise Wrong(f"Must be a number between {lowest:g} and {highest:g}")
        return value

    return check


def one_of(names: Sequence[str]) -> Check:
    def check(value: Any) -> str:
        if not isinstance(value, str) or value not in names:
            raise Wrong(f"Must be one of: {', '.join(names)}")
        return value

    return check


def language(value: Any) -> str:
    if not isinstance(value, str) or value not in LANGUAGE_CODES:
        raise Wrong("Must be a supported language code")
    return value


def template(value: Any) -> str:
    if not isinstance(value, str) or value not in TEMPLATES:
        raise Wrong("Invalid template name", whole=True)
    return value


def identifier(value: Any) -> str:
    try:
        return str(uuid.UUID(value))
    except (ValueError, AttributeError, TypeError) as error:
        raise Wrong("Must be a valid UUID") from error


def webhook(value: Any) -> str:
    if not isinstance(value, str) or not urls.may_receive_webhooks(value):
        raise Wrong("Must be a valid HTTPS URL")
    return value


def _direct_url(value: Any) -> str:
    if not isinstance(value, str) or not urls.is_url(value):
        raise Wrong("Must be a valid URL")
    if urls.is_social(value):
        raise Wrong(
            "URLs from social media platforms are not supported. Please use a direct download link.", whole=True
        )
    return value


def video_url(value: Any) -> str:
    """The address of one of our samples; anything else cannot be fetched offline."""
    url = _direct_url(value)
    if urls.sample_of_video_url(url) is None:
        raise Wrong("The video could not be downloaded: the sandbox only reaches its own samples at /submagic/samples/")
    return url


def media_url(value: Any) -> str:
    """The address of a sample or of a file that we serve."""
    url = _direct_url(value)
    if not urls.is_own(url):
        raise Wrong("The media could not be downloaded: the sandbox only reaches its own files and /submagic/samples/")
    return url


def youtube_url(value: Any) -> str:
    if not isinstance(value, str) or urls.youtube_id(value) is None:
        raise Wrong("Must be a valid YouTube URL")
    if urls.sample_of_youtube_url(value) is None:
        raise Wrong("Could not determine video duration: the sandbox only knows the videos at /submagic/samples/")
    return value


def dictionary(value: Any) -> list[str]:
    if not isinstance(value, list) or len(value) > 100:
        raise Wrong("Must be an array of at most 100 items")
    for item in value:
        if not isinstance(item, str) or not 1 <= len(item) <= 50:
            raise Wrong("Each item must be a string of 1-50 characters")
    return value


def hook_title(value: Any) -> Any:
    if isinstance(value, bool):
        return value
    if not isinstance(value, dict):
        raise Wrong("Must be true or an object")
    allowed: dict[str, Check] = {
        "text": text(1, 100),
        "template": one_of(HOOK_TEMPLATES),
        "top": number(0, 80),
        "size": number(0, 80),
    }
    for name, given in value.items():
        if name not in allowed:
            raise Wrong(f"Unknown field: {name}")
        if name == "template" and given not in HOOK_TEMPLATES:
            raise Wrong("Invalid template name", whole=True)
        allowed[name](given)
    return value


def from_form(check: Check, kind: str) -> Check:
    """The same check for a multipart field, where every value is a string."""

    def converted(value: Any) -> Any:
        return check(_parse(value, kind))

    return converted


def _parse(value: str, kind: str) -> Any:
    if kind == "flag":
        return {"true": True, "false": False}.get(value, value)
    if kind == "number":
        try:
            return int(value) if value.lstrip("-").isdigit() else float(value)
        except ValueError:
            return value
    if kind == "json":
        try:
            return json.loads(value)
        except ValueError as error:
            raise Wrong("Must be a valid JSON string") from error
    return value
