from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from publishing_app.models.post import Post


class PublicationState(models.TextChoices):
    """Ours until the provider took it; from then on the worst of its posts' own states (feed)."""

    QUEUED = "queued", _("queued")
    SENT = "sent", _("sent")
    PUBLISHED = "published", _("published")
    SCHEDULED = "scheduled", _("scheduled")
    PARTLY_FAILED = "partly_failed", _("partly failed")
    FAILED = "failed", _("failed")
    UNKNOWN = "unknown", _("unknown")
    ABANDONED = "abandoned", _("given up")
    # Its time passed while it could not be sent: a person decides (reliability.md, R18).
    MISSED = "missed", _("missed its time")


REFUSED = (PublicationState.FAILED, PublicationState.PARTLY_FAILED)


def state_from_feed(status: str, posts: list[Post]) -> PublicationState:
    """The truth is in the posts (contract.md, rows 33 and 34); the overall status counts only when there are none."""
    words = [post.publish_status.strip().lower() for post in posts] or [status.strip().lower()]
    failed = [word == "failed" for word in words]
    if all(failed):
        return PublicationState.FAILED
    if any(failed):
        return PublicationState.PARTLY_FAILED
    if all(word == "published" for word in words):
        return PublicationState.PUBLISHED
    if all(word in ("scheduled", "published") for word in words):
        return PublicationState.SCHEDULED
    # "processing", and any word the documents do not name: still under way.
    return PublicationState.SENT
