"""The documents' errors as cases for both targets: the request that each is an answer to."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from providers.errors import ProviderError
from providers.submagic import (
    CreateMagicClips,
    CreateProject,
    UploadBody,
    UploadMagicClips,
    UploadProject,
)
from tests.live.documented import Case
from tests.live.target import Target
from tests.projects_app.movies import mp4
from tests.providers.submagic.calls import CALLS
from tests.providers.submagic.examples import INDEX, Example

Provoke = Callable[[Target], Any]

# Refused for itself (001 Create Project, error responses), whatever else a request says: nothing can be made by it.
SOCIAL = "https://www.youtube.com/watch?v=abcdefghijk"
ABOUT = {"title": "Contract: refused", "language": "en"}
PRESET = {"presetId": "88a08eec-712a-45d0-8d0b-3b631700cb3a", "templateName": "Sara"}
NOBODY = {"templateName": "Nobody"}
CLIPS, MEDIA = "/v1/projects/magic-clips/upload", "/v1/user-media/upload"
POST = {"platforms": {"tiktok": {"content": "x"}}}


def body(content: bytes) -> UploadBody:
    return UploadBody("talk.mp4", len(content), "video/mp4", iter([content]), lambda: None)


def text_file() -> UploadBody:
    return body(b"hello " * 100)


def create(**more: Any) -> Provoke:
    request = CreateProject.from_json(ABOUT | {"videoUrl": SOCIAL} | more)
    return lambda t: t.client().create_project(request)


def upload(**more: Any) -> Provoke:
    """The file is none that can be accepted, whatever the fields say."""
    return lambda t: t.client().upload_project(UploadProject.from_json(ABOUT | more), text_file())


def upload_clips(file: Callable[[], UploadBody]) -> Provoke:
    return lambda t: t.client().upload_magic_clips(UploadMagicClips.from_json(ABOUT), file())


def clips(address: str) -> Provoke:
    return lambda t: t.client().create_magic_clips(CreateMagicClips.from_json(ABOUT | {"youtubeUrl": address}))


def form(path: str, **fields: str) -> Provoke:
    """A multipart form without a file."""
    return lambda t: t.bare().post(path, files={name: (None, text) for name, text in fields.items()})


def export(**numbers: Any) -> Provoke:
    return lambda t: t.bare().post(f"/v1/projects/{t.finished().id}/export", json=numbers)


def change(**fields: Any) -> Provoke:
    return lambda t: t.bare().put(f"/v1/projects/{t.finished().id}", json=fields)


def item(**more: Any) -> list[dict[str, Any]]:
    return [{"type": "user-media", "startTime": 1, "endTime": 2, "userMediaId": str(uuid.uuid4())} | more]


def on_unfinished(what: str, **fields: Any) -> Provoke:
    return lambda t: t.bare().post(f"/v1/projects/{t.unfinished()}/{what}", json=fields)


def on_nothing(method: str, path: str = "", **fields: Any) -> Provoke:
    return lambda t: t.bare().request(method, f"/v1/projects/{uuid.uuid4()}{path}", json=fields)


def not_ready(t: Target) -> Any:
    """Used in the same breath in which it was added."""
    added = t.client().create_user_media(t.a_video_url()).id
    request = ABOUT | {"videoUrl": t.a_video_url(), "items": item(userMediaId=added)}
    return t.client().create_project(CreateProject.from_json(request))


# By the file of the stored example. None of these requests can be accepted, so they cost nothing anywhere.
FREE: dict[str, Provoke] = {
    "create_magic_clips.400": clips("https://example.com/not-youtube"),
    "create_project.400.invalid_template_name": create(**NOBODY),
    "create_project.400.must_be_a_valid_url": create(videoUrl="invalid-url"),
    "create_project.400.presetid_cannot_be_combined_with": create(**PRESET),
    "create_project.400.urls_from_social_media_platforms": create(),
    "create_user_media.400.must_be_a_valid_url": lambda t: t.client().create_user_media("invalid-url"),
    "create_user_media.400.urls_from_social_media_platforms": lambda t: t.client().create_user_media(SOCIAL),
    "hook_title_templates.400": create(hookTitle={"template": "nobody"}),
    "published.400": lambda t: t.client().published(platform="facebook"),
    "user_media.400": lambda t: t.client().user_media(type="INVALID"),
    "export_project.404": on_nothing("POST", "/export"),
    "publish.404": on_nothing("POST", "/publish", **POST),
    "update_project.404": on_nothing("PUT", removeSilencePace="natural"),
    "upload_magic_clips.400.content_type_must_be_multipart_f": lambda t: t.bare().post(CLIPS, json=ABOUT),
    "upload_magic_clips.400.invalid_request_parameters": form(CLIPS, language="en"),
    "upload_user_media.400.file_is_required": lambda t: t.bare().post(
        MEDIA, content=b"--nothing--\r\n", headers={"Content-Type": "multipart/form-data; boundary=nothing"}
    ),
}
# Should the real service take one of these, it would cost something or change a project.
SPENDING: dict[str, Provoke] = {
    "export_project.400.invalid_fps_value_must_be_betwee": export(fps=61),
    "export_project.400.project_not_ready_for_export": on_unfinished("export"),
    "publish.400": on_unfinished("publish", **POST),
    "update_project.400.endtime_must_be_greater_than_sta": change(items=item(startTime=5, endTime=5)),
    "update_project.400.invalid_template_name": change(hookTitle={"template": "nobody"}),
    "update_project.400.invalid_uuid_format_for_usermedi": change(items=item(userMediaId="no-uuid")),
    "upload_magic_clips.415": upload_clips(text_file),
    "upload_project.400.invalid_template_name": upload(**NOBODY),
    "upload_project.400.presetid_cannot_be_combined_with": upload(**PRESET),
    "upload_project.415": upload(),
    "upload_user_media.415": lambda t: t.client().upload_user_media(text_file()),
}

HOUR = "It would use up what the account may do for the rest of the hour."
PLAN = "It needs an account without the plan, the credits or the connected accounts."
FAULT = "Nobody can make the real service fail."
LARGE = "More than 10 GB would have to be sent."
MOMENT = "It is refused only while Submagic prepares the file; a moment later the request would be accepted and paid."
TWICE = "The documents print two answers to a file that is too large; the sandbox gives the other one (413)."
# Why it never runs live, and the request; a number is a status that the sandbox is told to answer with.
ONLY_SANDBOX: dict[str, tuple[str, Provoke | int]] = {
    "create_magic_clips.403": (PLAN, lambda t: clips(t.youtube_url)(t)),
    "upload_magic_clips.403": (PLAN, 403),
    "publish.402": (PLAN, 402),
    "publish.403": (PLAN, 403),
    "publish.412": (PLAN, 412),
    "create_user_media.400.the_following_media_is_not_ready": (MOMENT, not_ready),
    "upload_user_media.400.the_following_media_is_not_ready": (MOMENT, not_ready),
    "upload_magic_clips.413": (LARGE, upload_clips(lambda: body(mp4(3000)))),
    "upload_project.413": (LARGE, lambda t: t.client().upload_project(UploadProject.from_json(ABOUT), body(mp4(3000)))),
    "upload_user_media.413": (LARGE, lambda t: t.client().upload_user_media(body(mp4(3000)))),
}
NOT_GIVEN = {"upload_project.400.file_size_exceeds_10gb_limit": TWICE}


def called(method: str, *, times: int = 1) -> Provoke:
    def call(t: Target) -> Any:
        for _number in range(times - 1):
            # Whatever becomes of the first ones: they count.
            t.tries(CALLS[method])
        return CALLS[method](t.client())

    return call


def name_of(example: Example) -> str:
    return example.file.removeprefix("errors/").removesuffix(".json").removesuffix(".newer_page")


def provoker(example: Example) -> tuple[Provoke | int, str, str, bool]:
    """How it is provoked, in which of the sandbox's apps, why never live ("" otherwise), and whether it may cost."""
    name, method = name_of(example), example.method
    match example.status:
        case 401:
            return (lambda t: CALLS[method](t.client(key=t.wrong_key))), "idle", "", False
        case 429:
            return called(method, times=2), "narrow", HOUR, False
        case 500:
            return 500, "idle", FAULT, False
    if name in FREE:
        return FREE[name], "idle", "", False
    if name in SPENDING:
        return SPENDING[name], "idle", "", True
    why, provoke = ONLY_SANDBOX[name]
    return provoke, "idle" if why == MOMENT or isinstance(provoke, int) else "narrow", why, False


def error_cases() -> list[Case]:
    """One for each documented error that a request can be answered with."""
    found = []
    for example in INDEX:
        if example.kind == "error" and name_of(example) not in NOT_GIVEN:
            _provoke, box, why, spends = provoker(example)
            id = f"{example.status} {example.method} {example.document}:{example.line}"
            found.append(Case(id, example, spends=spends, only_sandbox=why, box=box))
    return found


def provoke(example: Example, target: Target) -> ProviderError | None:
    """Sends the request; what came back is in `target.heard`, and what the client made of it is returned."""
    asked, *_about = provoker(example)
    if isinstance(asked, int):
        target.order(target, asked)
        asked = called(example.method)
    send = asked
    return target.tries(lambda _client: send(target))
