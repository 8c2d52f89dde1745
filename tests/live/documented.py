"""The documents' requests as cases for both targets: what stands in for the printed ids and addresses, and how each is
sent. Their errors are in refused.py."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from providers.submagic import (
    CreateMagicClips,
    CreateProject,
    ExportOptions,
    PublishRequest,
    SubmagicClient,
    UpdateProject,
    UploadMagicClips,
    UploadProject,
)
from tests.live.target import Target, is_given, may_spend
from tests.providers.submagic.examples import INDEX, Example


@dataclass(frozen=True, slots=True)
class Case:
    """`box`: which of the sandbox's apps it runs against (conftest.py); `only_sandbox`: why it never runs live."""

    id: str
    example: Example
    spends: bool = False
    only_sandbox: str = ""
    box: str = "box"


def goes_live(case: Case) -> bool:
    return is_given() and not case.only_sandbox and (may_spend() or not case.spends)


def responses(method: str) -> list[Example]:
    return [example for example in INDEX if example.method == method and example.kind == "response"]


# --- In place of what is printed ------------------------------------------------------------------------------------


def fitted(value: Any, target: Target, *, media: str = "VIDEO") -> Any:
    """The documented request with ids and addresses of the target's own, and a title that says where it is from."""
    if isinstance(value, list):
        return [fitted(each, target, media=media) for each in value]
    if not isinstance(value, dict):
        return value
    there: Mapping[str, Callable[[Any], Any]] = {
        "title": lambda printed: f"Contract: {printed}"[:100],
        "videoUrl": lambda _: target.a_video_url(),
        "url": lambda _: target.a_video_url(),
        "youtubeUrl": lambda _: target.a_youtube_url(),
        "webhookUrl": lambda _: target.hook_url,
        "userMediaId": lambda _: target.media(target, media),
        "scheduledFor": lambda _: (dt.datetime.now(dt.UTC) + dt.timedelta(days=30)).isoformat(timespec="seconds"),
        "music": lambda printed: fitted(printed, target, media="AUDIO"),
    }
    return {
        name: there[name](printed) if name in there else fitted(printed, target, media=media)
        for name, printed in value.items()
    }


def from_form(fields: list[list[str]]) -> dict[str, Any]:
    """A printed multipart form, without its file, as the JSON that it stands for."""
    texts = ("title", "language", "templateName", "webhookUrl", "removeSilencePace")
    return {name: text if name in texts else json.loads(text) for name, text in fields if name != "file"}


def request_of(example: Example, target: Target) -> dict[str, Any]:
    if not example.file:
        return {}
    printed = from_form(example.data) if example.kind == "multipart" else example.data
    found: dict[str, Any] = fitted(printed, target)
    return found


# --- Sending ----------------------------------------------------------------------------------------------------------

Send = Callable[[SubmagicClient, dict[str, Any], Target], Any]
READS: dict[str, Send] = {
    "health": lambda c, _d, _t: c.health(),
    "languages": lambda c, _d, _t: c.languages(),
    "templates": lambda c, _d, _t: c.templates(),
    "hook_title_templates": lambda c, _d, _t: c.hook_title_templates(),
    "published": lambda c, d, _t: c.published(platform=d["platform"], limit=int(d["limit"])),
    "user_media": lambda c, d, _t: c.user_media(type=d["type"], limit=int(d["limit"])),
}
ON_PROJECT: dict[str, Send] = {
    "get_project": lambda c, _d, t: c.get_project(t.finished().id),
    "export_project": lambda c, d, t: c.export_project(t.finished().id, ExportOptions.from_json(d)),
    "update_project": lambda c, d, t: c.update_project(t.finished().id, UpdateProject.from_json(d)),
    "publish": lambda c, d, t: c.publish(t.finished().id, PublishRequest.from_json(d)),
}
NEW: dict[str, Send] = {
    "create_project": lambda c, d, _t: c.create_project(CreateProject.from_json(d)),
    "create_magic_clips": lambda c, d, _t: c.create_magic_clips(CreateMagicClips.from_json(d)),
    "upload_project": lambda c, d, t: c.upload_project(UploadProject.from_json(d), t.file()),
    "upload_magic_clips": lambda c, d, t: c.upload_magic_clips(UploadMagicClips.from_json(d), t.file()),
    "create_user_media": lambda c, d, _t: c.create_user_media(d["url"]),
    "upload_user_media": lambda c, _d, t: c.upload_user_media(t.file()),
}
SEND = READS | ON_PROJECT | NEW

PUBLISHES = "It would post to the accounts of whoever owns the key, and a post cannot be taken back."


def request_cases() -> list[Case]:
    """One for each documented request; two pages that print the same one are one case."""
    found: dict[str, Case] = {}
    for example in INDEX:
        if example.kind not in ("request", "multipart"):
            continue
        same = json.dumps([example.method, example.path, example.data if example.file else None], sort_keys=True)
        case = Case(
            id=f"{example.method} {example.document}:{example.line}",
            example=example,
            spends=example.method not in READS,
            only_sandbox=PUBLISHES if example.method == "publish" else "",
            # What is begun there is never worked on, so that nothing waits for it.
            box="box" if example.method in ("get_project", "published") else "idle",
        )
        found.setdefault(same, case)
    return list(found.values())


def answer_to(example: Example) -> tuple[list[Any], set[str]]:
    """The documented answers to a request, and names in them that only tell back what this request did not say."""
    found = [each.data for each in responses(example.method)]
    if example.method == "get_project":
        # The one that is looked at is a captions project that is completed, made with a template and no more.
        made = next(each for each in INDEX if each.file == "create_project.request.json")
        found = [each for each in found if "magicClips" not in each and each["status"] == "completed"]
        return found, set(made.data) - {"title", "language", "templateName", "webhookUrl"} | {"userThemeId"}
    asked = [each for each in INDEX if each.method == example.method and each.kind == example.kind and each.file]
    printed = [dict(each.data) for each in asked]
    said = set(dict(example.data)) if example.file else set()
    told_back = {name for each in printed for name in each} - said
    return found, told_back | {"userThemeId"}
