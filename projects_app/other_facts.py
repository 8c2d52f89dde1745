"""What other providers than Submagic tell of a video, as a project's page shows it (contract.md, section 1b)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dashboard.templatetags.timefmt import filesize10, thin
from projects_app.models import Project, ProjectState


@dataclass(frozen=True, slots=True)
class Download:
    """A finished file; `href` is our address, which fetches a fresh link when the old one has run out."""

    name: str
    href: str
    until: dt.datetime | None

    @property
    def is_over(self) -> bool:
        return self.until is not None and self.until <= timezone.now()


@dataclass(frozen=True, slots=True)
class Size:
    """One of several pictures of the same film; `number` is its download's."""

    height: int
    number: int
    url: str
    is_shown: bool


def of(project: Project) -> list[tuple[str, Any]]:
    """Names and values, in the order in which they are shown. What was not told is left out."""
    told = project.details
    found: list[tuple[str, Any]] = []
    if project.upstream_status:
        name = _("Status at %(provider)s") % {"provider": project.provider_name}
        found.append((name, project.upstream_status))
    if told.get("type"):
        # An open list of the provider: shown as it is, only easier to read.
        found.append((_("Type"), str(told["type"]).replace("_", " ").capitalize()))
    if project.width and project.height:
        found.append((_("Picture"), f"{project.width} × {project.height}"))
    if project.fps:
        found.append((_("Frames a second"), _or_so(f"{project.fps:g}", project)))
    if told.get("start_seconds") is not None and told.get("end_seconds") is not None:
        found.append((_("Part of the source"), f"{told['start_seconds']:g} – {told['end_seconds']:g} s"))
    if told.get("style"):
        found.append((_("Style"), str(told["style"]).replace("_", " ").capitalize()))
    if told.get("quality"):
        found.append((_("Quality"), f"{told['quality']}p"))
    if told.get("photos") or told.get("cards"):
        found.append((_("Made of"), _made_of(int(told.get("photos", 0)), int(told.get("cards", 0)))))
    if told.get("has_music"):
        found.append((_("Music"), _("with music")))
    if told.get("credit"):
        found.append((_("Credits at the end"), ", ".join(": ".join(filter(None, pair)) for pair in told["credit"])))
    for name, label in (("tags", _("Tags")), ("view", _("Views there")), ("comment_count", _("Comments there"))):
        if value := told.get(name):
            found.append((label, ", ".join(value) if name == "tags" else thin(int(value))))
    if told.get("owner"):
        found.append((_("Account"), told["owner"]))
    if told.get("credits_charged") is not None:
        found.append((_("Credits"), _credits(int(told["credits_charged"]), project)))
    if told.get("error"):
        found.append((_("Error"), " ".join(filter(None, (told["error"].get("message"), _code(told["error"]))))))
    return found


def _made_of(photos: int, cards: int) -> str:
    parts = [ngettext("%(count)d photo", "%(count)d photos", photos) % {"count": photos}] if photos else []
    if cards:
        parts.append(ngettext("%(count)d text card", "%(count)d text cards", cards) % {"count": cards})
    return ", ".join(parts)


def _code(error: dict[str, str]) -> str:
    return f"({error['code']})" if error.get("code") else ""


def _credits(charged: int, project: Project) -> str:
    text = ngettext("%(count)s credit", "%(count)s credits", charged) % {"count": thin(charged)}
    if project.state == ProjectState.FAILED:
        # 002, credits_charged: "credits will be refunded, and this field will be updated to include the refund".
        told = _("%(credits)s; not all given back yet") if charged else _("%(credits)s; all were given back")
        return told % {"credits": text}
    return _or_so(text, project)


def _or_so(text: str, project: Project) -> str:
    """Until it is complete some numbers are the provider's estimates, and after a failure they stay that."""
    return text if project.upstream_status.lower() == "complete" else _("about %(value)s") % {"value": text}


def downloads(project: Project) -> list[Download]:
    listed = project.details.get("downloads", [])
    address = reverse("projects:project-video", args=[project.team.slug, project.pk])
    return [
        Download(_name(each, number, len(listed)), f"{address}?download={number}", _moment(each.get("expires_at")))
        for number, each in enumerate(listed)
    ]


def sizes(project: Project, wanted: str) -> list[Size]:
    """The sizes that the player can show, the smallest first; `wanted` is a height, else the largest is shown. Empty
    when there is only one."""
    listed = [
        (each.get("height"), number, each["url"]) for number, each in enumerate(project.details.get("downloads", []))
    ]
    known = sorted((height, number, url) for height, number, url in listed if isinstance(height, int))
    if len(known) < 2:
        return []
    shown = next((height for height, _number, _url in known if str(height) == wanted), known[-1][0])
    return [Size(height, number, url, height == shown) for height, number, url in known]


def address_of(project: Project, number: str) -> str:
    """The link of the download with this number (counted from 0); the project's own for any other."""
    listed = project.details.get("downloads", [])
    if number.isdecimal() and len(number) < 4 and int(number) < len(listed):
        return str(listed[int(number)]["url"])
    return project.video_url


def _name(told: dict[str, Any], number: int, count: int) -> str:
    if told.get("height"):
        size = f" · {filesize10(told['size'])}" if told.get("size") else ""
        return f"{told['height']}p{size}"
    return _("Video") if count == 1 else _("Video %(number)d") % {"number": number + 1}


def _moment(text: str | None) -> dt.datetime | None:
    return dt.datetime.fromisoformat(text) if text else None
