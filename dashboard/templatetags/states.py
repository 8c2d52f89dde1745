"""How each state looks: a word, an icon and one of six tones. No template library, only the table."""

from __future__ import annotations

from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy


class Look(NamedTuple):
    """tone: 'idle', 'busy', 'ok', 'warn', 'bad' or 'odd' (a word we do not know)."""

    word: str | Promise
    icon: str
    tone: str


LOOKS: dict[str, Look] = {
    # work on a video
    "draft": Look(gettext_lazy("Waiting for its file"), "clock", "idle"),
    "initial": Look(gettext_lazy("Draft"), "pencil-ruler", "idle"),
    "queued": Look(gettext_lazy("Queued"), "clock", "idle"),
    "waiting": Look(gettext_lazy("Waiting"), "clock", "idle"),
    "paused": Look(gettext_lazy("Paused"), "circle-pause", "idle"),
    "uploading": Look(gettext_lazy("Uploading"), "cloud-upload", "busy"),
    "relaying": Look(gettext_lazy("Relaying"), "arrow-up-from-line", "busy"),
    "processing": Look(gettext_lazy("Processing"), "loader", "busy"),
    "rendering": Look(gettext_lazy("Rendering"), "loader", "busy"),
    "transcribing": Look(gettext_lazy("Transcribing"), "audio-lines", "busy"),
    "exporting": Look(gettext_lazy("Exporting"), "file-output", "busy"),
    "accepted": Look(gettext_lazy("Accepted"), "circle-check", "busy"),
    "getting ready": Look(gettext_lazy("Getting ready"), "loader", "busy"),
    "no longer there": Look(gettext_lazy("No longer there"), "unlink", "idle"),
    "ready": Look(gettext_lazy("Ready"), "circle-check", "ok"),
    "completed": Look(gettext_lazy("Completed"), "circle-check", "ok"),
    "done": Look(gettext_lazy("Done"), "circle-check", "ok"),
    "needs you": Look(gettext_lazy("Needs you"), "hand", "warn"),
    "failed": Look(gettext_lazy("Failed"), "circle-x", "bad"),
    "deleted": Look(gettext_lazy("Deleted"), "trash-2", "idle"),
    "refused": Look(gettext_lazy("Refused"), "circle-x", "bad"),
    "cancelled": Look(gettext_lazy("Cancelled"), "circle-slash", "idle"),
    "abandoned": Look(gettext_lazy("Given up"), "circle-slash", "idle"),
    "unknown": Look(gettext_lazy("Outcome unknown"), "circle-question-mark", "warn"),
    # a clip's review
    "undecided": Look(gettext_lazy("Undecided"), "circle-dashed", "idle"),
    "approved": Look(gettext_lazy("Approved"), "thumbs-up", "ok"),
    "rejected": Look(gettext_lazy("Rejected"), "thumbs-down", "bad"),
    # posts
    "scheduled": Look(gettext_lazy("Scheduled"), "calendar-clock", "busy"),
    "sent": Look(gettext_lazy("Sent"), "send", "busy"),
    "published": Look(gettext_lazy("Published"), "globe", "ok"),
    "missed": Look(gettext_lazy("On hold"), "hand", "warn"),
    "partly failed": Look(gettext_lazy("Partly failed"), "triangle-alert", "warn"),
    # keys, members, webhooks, providers
    "active": Look(gettext_lazy("Active"), "circle-check", "ok"),
    "healthy": Look(gettext_lazy("Healthy"), "circle-check", "ok"),
    "degraded": Look(gettext_lazy("Degraded"), "triangle-alert", "warn"),
    "unhealthy": Look(gettext_lazy("Unhealthy"), "circle-x", "bad"),
    "unreachable": Look(gettext_lazy("Unreachable"), "unplug", "bad"),
    "invited": Look(gettext_lazy("Invited"), "mail", "idle"),
    "expired": Look(gettext_lazy("Expired"), "clock", "warn"),
    "revoked": Look(gettext_lazy("Revoked"), "ban", "bad"),
    "untested": Look(gettext_lazy("Not tested"), "circle-dashed", "idle"),
    "confirmed": Look(gettext_lazy("Confirmed"), "circle-check", "ok"),
    "not confirmed": Look(gettext_lazy("Not confirmed"), "triangle-alert", "warn"),
    "late": Look(gettext_lazy("Late, no effect"), "clock", "idle"),
    "unreadable": Look(gettext_lazy("Unreadable"), "file-question-mark", "warn"),
    "ignored": Look(gettext_lazy("Ignored"), "circle-slash", "idle"),
}
SAME = {
    "complete": "completed",
    "error": "failed",
    "canceled": "cancelled",
    "needs": "needs you",
}


def look_of(state: object) -> Look:
    """The look of a state in any spelling (NEEDS_YOU, needs-you). Nothing at all is the unknown outcome."""
    raw = str(state if state is not None else "").strip()
    key = raw.casefold().replace("_", " ").replace("-", " ")
    key = SAME.get(key, key)
    if not key:
        return LOOKS["unknown"]
    return LOOKS.get(key) or Look(_("“%(word)s”") % {"word": raw}, "circle-question-mark", "odd")
