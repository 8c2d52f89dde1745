"""Submagic as its documents describe it, in memory: what it was asked, what it did, and what it would answer."""

from __future__ import annotations

import datetime as dt
import itertools
import json
import re
from collections.abc import Callable
from typing import Any

import httpx

from bench.model.limits import Limits
from bench.model.rows import RENDERING, Asked, Entry, Hook, Video, iso

_ROUTES = (
    ("GET", r"/v1/languages", "languages"),
    ("GET", r"/v1/projects/published", "projects.published"),
    ("GET", r"/v1/projects/([\w-]+)", "projects.get"),
    ("POST", r"/v1/projects", "projects.create"),
    ("POST", r"/v1/projects/magic-clips", "magic_clips.create"),
    ("PUT", r"/v1/projects/([\w-]+)", "projects.update"),
    ("POST", r"/v1/projects/([\w-]+)/export", "projects.export"),
    ("POST", r"/v1/projects/([\w-]+)/publish", "projects.publish"),
)
READS = frozenset({"languages", "projects.published", "projects.get"})
_SLOW_ROUTES = [(method, re.compile(pattern), name) for method, pattern, name in _ROUTES]


def named(request: httpx.Request) -> tuple[str, str]:
    """The class of the call (providers.submagic.limits.RATES) and the project that it is about."""
    path = request.url.path.removeprefix("/submagic")
    for method, pattern, name in _SLOW_ROUTES:
        if method == request.method and (found := pattern.fullmatch(path)):
            return name, found.group(1) if found.groups() else ""
    raise AssertionError(f"{request.method} {path} is not documented")


def refusal(status: int, code: str, message: str, **headers: str) -> httpx.Response:
    return httpx.Response(status, json={"error": code, "message": message}, headers=headers)


def now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


class Provider:
    """`takes`: how long the making of a video takes, and whether it fails."""

    def __init__(self, limits: Limits | None = None) -> None:
        self.limits = limits
        self.secrets: dict[str, str] = {}  # the keys that are valid now, and their accounts
        self.videos: dict[str, Video] = {}
        self.entries: list[Entry] = []
        self.hooks: list[Hook] = []
        self.asked: list[Asked] = []
        # Seconds until a new post is listed.
        self.lag = 0.0
        self.takes: Callable[[], tuple[float, bool]] = lambda: (300.0, False)
        self._numbers = itertools.count(1)

    # --- For whoever sets the scene -------------------------------------------------------------------------------

    def account_of(self, secret: str) -> str:
        return self.secrets[secret]

    def replace(self, old: str, new: str) -> None:
        """A new key of the same account; the old one is dead from then on."""
        self.secrets[new] = self.secrets.pop(old)

    def film(self, account: str, title: str, *, done: bool = True) -> Video:
        """A video that was made before the story begins."""
        began = now() - dt.timedelta(hours=2)
        video = Video(self._id(), account, title, began, began + dt.timedelta(minutes=5) if done else now())
        self.videos[video.id] = video
        return video

    def post(self, video: Video, platforms: list[str], mark: str, at: dt.datetime | None = None) -> Entry:
        """Put on the list, by a call or by somebody at the provider's own pages."""
        entry = Entry(
            id=f"pub_{next(self._numbers):07}",
            account=video.account,
            video=video,
            platforms=platforms,
            mark=mark,
            made_at=now(),
            publish_at=at or now(),
            scheduled=at is not None,
            listed_at=now() + dt.timedelta(seconds=self.lag),
        )
        self.entries.append(entry)
        return entry

    def of_mark(self, mark: str) -> list[Entry]:
        return [entry for entry in self.entries if entry.mark == mark]

    # --- Answering ------------------------------------------------------------------------------------------------

    def handle(self, request: httpx.Request, *, seen_at: dt.datetime | None = None) -> httpx.Response:
        """Do it and answer. `seen_at`: a read is answered as it was then (by a copy that lags behind).

        Intents are told apart by what is different for each of them: the webhook's address, or a text.
        """
        name, target = named(request)
        secret = request.headers.get("x-api-key", "")
        body = json.loads(request.content) if request.content else {}
        answer, headers = self._limited(secret, name), {}
        if isinstance(answer, dict):
            headers = answer
            answer = self._answer(name, target, secret, body, request, seen_at or now())
        answer.headers.update({**headers, "Date": now().strftime("%a, %d %b %Y %H:%M:%S GMT")})
        applied = answer.is_success and name not in READS
        self.asked.append(Asked(now(), secret, name, target, mark_of(name, body), answer.status_code, applied))
        return answer

    def _limited(self, secret: str, name: str) -> httpx.Response | dict[str, str]:
        if secret not in self.secrets:
            return refusal(401, "UNAUTHORIZED", "Invalid API key")
        if self.limits is None:
            return {}
        fits, headers = self.limits.admit(self.secrets[secret], name, now())
        if fits:
            return headers
        return refusal(429, "RATE_LIMIT_EXCEEDED", "Too many requests", **headers)

    def _answer(
        self, name: str, target: str, secret: str, body: dict[str, Any], request: httpx.Request, at: dt.datetime
    ) -> httpx.Response:
        account = self.secrets[secret]
        if name == "languages":
            return httpx.Response(200, json={"languages": [{"name": "English", "code": "en"}]})
        if name == "projects.published":
            return self._page(account, request, at)
        if name in ("projects.create", "magic_clips.create"):
            return httpx.Response(201, json=self._make(account, body, is_magic=name != "projects.create"))
        video = self.videos.get(target)
        if video is None or video.account != account or (name == "projects.get" and at < video.created_at):
            return refusal(404, "NOT_FOUND", "Project doesn't exist or doesn't belong to user")
        if name == "projects.get":
            return httpx.Response(200, json=video.as_json(at))
        return self._change(name, video, body)

    def _change(self, name: str, video: Video, body: dict[str, Any]) -> httpx.Response:
        status = video.status(now())
        if name == "projects.update":
            if status != "completed":
                return refusal(400, "INVALID_REQUEST", "Project is not ready")
            video.moved.append(now())
            return httpx.Response(200, json={"id": video.id, "status": status, "message": "taken"})
        if name == "projects.export":
            if status != "completed":
                return refusal(400, "INVALID_REQUEST", "Project is not ready for export")
            video.renders.append((now(), now() + RENDERING))
            self._will_tell(body.get("webhookUrl"), video, now() + RENDERING)
            return httpx.Response(200, json={"projectId": video.id, "status": "exporting", "message": "begun"})
        if status != "completed":
            return refusal(400, "BAD_REQUEST", "Project must be exported before it can be published")
        when = body.get("scheduledFor")
        at = dt.datetime.fromisoformat(when) if when else None
        if at and at <= now():
            return refusal(400, "VALIDATION_ERROR", "scheduledFor must be in the future")
        entry = self.post(video, sorted(body["platforms"]), mark_of(name, body), at)
        said = {"id": entry.id, "projectId": video.id, "scheduled": entry.scheduled, "platforms": entry.platforms}
        said |= {"publishedAt": iso(entry.publish_at), "status": "scheduled" if at else "published"}
        return httpx.Response(202 if at else 200, json=said)

    def _make(self, account: str, body: dict[str, Any], *, is_magic: bool) -> dict[str, Any]:
        seconds, fails = self.takes()
        done = now() + dt.timedelta(seconds=seconds)
        video = Video(self._id(), account, body["title"], now(), done, body.get("webhookUrl"), fails, is_magic=is_magic)
        self.videos[video.id] = video
        if is_magic:
            video.clips = [Video(self._id(), account, f"{video.title} {n}", now(), done) for n in (1, 2)]
            self.videos |= {clip.id: clip for clip in video.clips}
        self._will_tell(video.hook, video, done)
        return video.as_json(now()) | {"status": "processing"}

    def _will_tell(self, url: str | None, video: Video, at: dt.datetime) -> None:
        if url:
            status = "failed" if video.fails else "completed"
            self.hooks.append(Hook(at, url, {"projectId": video.id, "status": status, "title": video.title}))

    def _page(self, account: str, request: httpx.Request, at: dt.datetime) -> httpx.Response:
        listed = [entry for entry in self.entries if entry.account == account and entry.listed_at <= at]
        listed.sort(key=lambda entry: (entry.publish_at, entry.id), reverse=True)
        first, most = int(request.url.params.get("cursor", "0")), int(request.url.params.get("limit", "25"))
        more = len(listed) > first + most
        items = [entry.as_json(now()) for entry in listed[first : first + most]]
        cursor = str(first + most) if more else None
        return httpx.Response(200, json={"items": items, "hasMore": more, "nextCursor": cursor})

    def _id(self) -> str:
        return f"00000000-0000-4000-8000-{next(self._numbers):012}"


def mark_of(name: str, body: dict[str, Any]) -> str:
    if name == "projects.publish":
        texts = [each.get("title") or each.get("content") or "" for each in body.get("platforms", {}).values()]
        return str(texts[0]) if texts else ""
    if name == "projects.update":
        hook = body.get("hookTitle")
        return str(hook.get("text", "")) if isinstance(hook, dict) else ""
    return str(body.get("webhookUrl") or body.get("title") or "")
