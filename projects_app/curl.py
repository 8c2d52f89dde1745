"""A request to the provider as a command that can be pasted into a shell. The key is masked: paste your own in.

The values are those that the client sends: the same messages make them.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterable, Mapping
from typing import Any, Final
from urllib.parse import quote

from providers.submagic import (
    CreateMagicClips,
    CreateProject,
    ExportOptions,
    PublishRequest,
    UpdateProject,
    UploadMagicClips,
    UploadProject,
    limits,
)

PATHS: Final = {
    "create_project": "/v1/projects",
    "upload_project": "/v1/projects/upload",
    "create_magic_clips": "/v1/projects/magic-clips",
    "upload_magic_clips": "/v1/projects/magic-clips/upload",
    "update": "/v1/projects/{id}",
    "export": "/v1/projects/{id}/export",
    "publish": "/v1/projects/{id}/publish",
    "create_media": "/v1/user-media",
    "upload_media": "/v1/user-media/upload",
}
METHODS: Final = {"update": "PUT"}
JsonMessage = CreateProject | CreateMagicClips | UpdateProject | ExportOptions | PublishRequest
JSON_MESSAGES: Final[dict[str, type[JsonMessage]]] = {
    "update": UpdateProject,
    "export": ExportOptions,
    "publish": PublishRequest,
    "create_project": CreateProject,
    "create_magic_clips": CreateMagicClips,
}
FORM_MESSAGES: Final[dict[str, type[UploadProject | UploadMagicClips]]] = {
    "upload_project": UploadProject,
    "upload_magic_clips": UploadMagicClips,
}
# -F reads these in a value: a file to send, a type, a quoted part; and it drops blanks at the ends.
_SPECIAL: Final = re.compile(r'^[@<"\s]|[;\\]|\s\Z')


def command(
    operation: str,
    body: Mapping[str, Any],
    *,
    base_url: str,
    last4: str,
    filename: str = "",
    upstream_id: str = "",
) -> str:
    """`body` as it is stored for the call (API spelling); `filename` for the uploads, `upstream_id` for what is done
    with a project."""
    url = base_url.rstrip("/") + PATHS[operation].format(id=quote(upstream_id, safe=""))
    key = f"x-api-key: {masked(last4)}"
    if operation == "create_media" or operation in JSON_MESSAGES:
        text = json.dumps(_json(operation, dict(body)), ensure_ascii=False, indent=2)
        parts = [("-H", key), ("-H", "Content-Type: application/json"), ("-d", text)]
    else:
        fields = FORM_MESSAGES[operation].from_json(dict(body)).to_fields() if operation in FORM_MESSAGES else []
        # The file last, as the desk sends it: the provider has read the rest when the bytes come.
        parts = [("-H", key), *(_field(name, value) for name, value in fields), ("-F", _file(filename))]
    return _lines(["curl", "-X", METHODS.get(operation, "POST"), url], parts)


def _json(operation: str, body: dict[str, Any]) -> dict[str, Any]:
    if operation == "create_media":
        return {"url": body["url"]}
    return JSON_MESSAGES[operation].from_json(body).to_json()


def masked(last4: str) -> str:
    return f"sk-…{last4}"


def _lines(start: Iterable[str], parts: Iterable[tuple[str, str]]) -> str:
    lines = [shlex.join(start), *(f"  {flag} {shlex.quote(value)}" for flag, value in parts)]
    return " \\\n".join(lines)


def _field(name: str, value: str) -> tuple[str, str]:
    """--form-string takes a value as it is; -F, which people know, only where it does the same."""
    return ("--form-string" if _SPECIAL.search(value) else "-F", f"{name}={value}")


def _file(filename: str) -> str:
    """With its type, as the desk sends it: curl knows none for videos."""
    kind = limits.FILE_TYPES.get(f".{filename.rpartition('.')[2].lower()}", "")
    return f"file=@{_name(filename)}" + (f";type={kind}" if kind else "")


def _name(filename: str) -> str:
    """A file's name for -F, which would take `,` and `;` for the end of it."""
    if re.search(r'[,;"\\\s]', filename):
        escaped = filename.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}"'
    return filename
