"""The dry run of a filled-in form: what is missing or in conflict, what it would cost, and the request itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from dashboard import budgets, remote
from dashboard.budgets import Left
from projects_app import curl, estimates
from projects_app.actions import projects, uploads
from projects_app.actions.upload_request import with_hook
from projects_app.forms import video_urls
from projects_app.forms.edits import EditForm
from projects_app.forms.projects import FIELD_OF, NewProjectForm
from projects_app.models import Kind, Project, Source

# The classes of calls that the rates are counted by (providers/submagic/limits.py).
ENDPOINTS = {
    "create_project": "projects.create",
    "upload_project": "projects.upload",
    "create_magic_clips": "magic_clips.create",
    "upload_magic_clips": "magic_clips.upload",
}
# From the top of the page to its end; what is not named comes after these.
ORDER = ("__all__", "source", "video_url", "youtube_url", "kind", "title", "language", "look")
# Parts of the page that have an anchor of their own.
ANCHORS = {"items": "group-items", "music_media": "group-music"}


@dataclass(frozen=True, slots=True)
class Note:
    """`anchor` is the id of its field on the page; "" where there is none."""

    label: str
    text: str
    anchor: str = ""


@dataclass(frozen=True, slots=True)
class DryRun:
    """`budget` and `command` are there only when nothing stands in the way."""

    problems: list[Note]
    warnings: list[Note]
    cost: list[estimates.Line]
    sandbox: bool
    budget: Left | None = None
    command: str = ""
    has_hook: bool = False


def dry_run(form: NewProjectForm) -> DryRun:
    problems = _problems(form)
    data = form.cleaned_data
    kind = data.get("kind") or Kind.MAGIC_CLIPS
    found: dict[str, Any] = {
        "problems": problems,
        "warnings": _warnings(form),
        "cost": estimates.lines(kind, form.options, data.get("video_seconds")),
        "sandbox": form.is_sandbox,
    }
    if problems:
        return DryRun(**found)
    operation = projects.OPERATIONS[Kind(kind), Source(data["source"])]
    key = data["api_key"]
    try:
        base_url = remote.base_url(key.environment)
    except remote.NoUsableKey as error:
        problems.append(Note(_("API key"), str(error)))
        return DryRun(**found)
    # The address is a secret, made anew for each request.
    hook = remote.hook_url("…", key.environment)
    body = with_hook(projects.body_of(_draft(form)), hook)
    return DryRun(
        **found,
        budget=budgets.left(key, ENDPOINTS[operation]),
        command=curl.command(operation, body, base_url=base_url, last4=key.last4, filename=data["filename"]),
        has_hook=bool(hook),
    )


def dry_run_of_change(form: EditForm) -> DryRun:
    """The same for a change of a project: only what is different is sent."""
    problems = _problems(form)
    changes = {} if problems else form.changes
    warnings = [] if problems else [_note(form, FIELD_OF[each.option], each.text) for each in form.warnings]
    key = form.project.api_key
    found: dict[str, Any] = {
        "problems": problems,
        "warnings": warnings,
        "cost": estimates.of_change(changes) if changes else [],
        "sandbox": key.is_sandbox,
    }
    if problems:
        return DryRun(**found)
    try:
        base_url = remote.base_url(key.environment)
    except remote.NoUsableKey as error:
        problems.append(Note(_("API key"), str(error)))
        return DryRun(**found)
    upstream_id = form.project.upstream_id
    command = curl.command("update", changes, base_url=base_url, last4=key.last4, upstream_id=upstream_id)
    return DryRun(**found, budget=budgets.left(key, "projects.update"), command=command)


def _draft(form: NewProjectForm) -> Project:
    """The project that the form would make; not stored."""
    data = form.cleaned_data
    return Project(
        kind=data["kind"],
        source=data["source"],
        source_url=form.source_url,
        title=data["title"],
        language=data["language"],
        options=form.options,
    )


def _problems(form: NewProjectForm | EditForm) -> list[Note]:
    def place(name: str) -> int:
        return ORDER.index(name) if name in ORDER else len(ORDER)

    return [
        _note(form, name, str(text))
        for name, texts in sorted(form.errors.items(), key=lambda pair: place(pair[0]))
        for text in texts
    ]


def _warnings(form: NewProjectForm) -> list[Note]:
    data = form.cleaned_data
    found = [_note(form, FIELD_OF[each.option], each.text) for each in form.findings if not each.blocks]
    if data.get("source") == Source.UPLOAD and data.get("size"):
        if text := uploads.warning(kind=data.get("kind") or Kind.MAGIC_CLIPS, size=data["size"]):
            found.insert(0, _note(form, "source", text))
    elif data.get("source") == Source.URL and video_urls.is_share_page(data.get("video_url") or ""):
        text = _("This looks like a share page, not like a video file. If Submagic cannot fetch it, drop the file.")
        found.insert(0, _note(form, "video_url", text))
    return found


def _note(form: NewProjectForm | EditForm, name: str, text: str) -> Note:
    field = form.fields.get(name)
    if field is None or form[name].is_hidden:
        return Note("", text)
    # What begins with the field's name ("B-roll 2: …") needs it only once; the rest of the name is the link's.
    label = str(field.label)
    head, colon, rest = text.partition(": ")
    if colon and head.startswith(label):
        label, text = head, rest
    return Note(label, text, ANCHORS.get(name) or f"field-{name}")
