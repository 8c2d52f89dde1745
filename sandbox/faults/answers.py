"""Answers that a fault gives in place of the stand-in's own."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from email.utils import format_datetime
from http import HTTPStatus
from typing import Any

PAGE = b"<!doctype html><html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    @property
    def line(self) -> str:
        """`201 Created`, as WSGI wants it; statuses that no standard names get a neutral word."""
        try:
            return f"{self.status} {HTTPStatus(self.status).phrase}"
        except ValueError:
            return f"{self.status} Status"

    def with_body(self, body: bytes, kind: str = "application/json") -> Answer:
        kept = [each for each in self.headers if each[0].lower() not in {"content-length", "content-type"}]
        kept += [("Content-Type", kind), ("Content-Length", str(len(body)))]
        return replace(self, headers=tuple(kept), body=body)


def made(status: int, body: Any, headers: Mapping[str, Any] | None = None) -> Answer:
    """An answer with a JSON body, or with a text as it is."""
    text = body if isinstance(body, str) else json.dumps(body)
    kind = "text/plain; charset=utf-8" if isinstance(body, str) else "application/json"
    answer = Answer(status, (), b"").with_body(text.encode(), kind)
    given = {name.lower(): str(value) for name, value in (headers or {}).items()}
    kept = [each for each in answer.headers if each[0].lower() not in given]
    return replace(answer, headers=(*kept, *given.items()))


def limit(form: str, seconds: int, body: Mapping[str, Any], now: datetime) -> Answer:
    """A 429 that tells the time to wait in one form: all documented ones, or only the one that is named."""
    headers: dict[str, str] = {}
    told = dict(body)
    later = now + timedelta(seconds=seconds)
    if form in {"documented", "seconds"}:
        headers["Retry-After"] = str(seconds)
    if form == "date":
        headers["Retry-After"] = format_datetime(later.replace(microsecond=0), usegmt=True)
    if form in {"documented", "body"}:
        told["retryAfter"] = seconds
    if form in {"documented", "reset"}:
        headers |= {"X-RateLimit-Limit": "30", "X-RateLimit-Remaining": "0"}
        headers["X-RateLimit-Reset"] = str(int(later.timestamp()))
    return made(429, told, headers)


def garbled(answer: Answer, form: str) -> Answer:
    """The same answer with a body that no reader can use."""
    if form == "html":
        return answer.with_body(PAGE, "text/html; charset=utf-8")
    if form == "empty":
        return answer.with_body(b"")
    if form == "types":
        return answer.with_body(json.dumps(_swapped(_json(answer.body))).encode())
    return answer.with_body(answer.body[: len(answer.body) // 2])


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return {}


def _swapped(value: Any) -> Any:
    """The same names with values of other types: texts for numbers, numbers for texts, objects for lists."""
    if isinstance(value, dict):
        return {name: _swapped(each) for name, each in value.items()}
    if isinstance(value, list):
        return {str(index): _swapped(each) for index, each in enumerate(value)}
    if isinstance(value, str):
        return len(value)
    return None if value is None else str(value)
