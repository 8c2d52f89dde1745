"""A message that was handled is looked at once more because a person asks for it."""

from __future__ import annotations

from typing import Final

from django.core.cache import cache
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from dashboard import audit
from dashboard.models import User
from projects_app.actions import waking
from projects_app.actions.projects import NotNow
from projects_app.models import Project, Verdict, WebhookEvent

# Seconds between two wishes for one message; how many looks come of them is bounded like those of all messages.
AGAIN_EVERY: Final = 30


@transaction.atomic
def look_again(*, event: WebhookEvent, by: User) -> None:
    """The worker verifies it anew, by a look at the provider; raises NotNow with a sentence for the person."""
    if event.body_removed_at:
        raise NotNow(_("Its body was removed, so there is nothing left to compare. Look at the project itself."))
    if not cache.add(f"hook-again:{event.pk}", 1, AGAIN_EVERY):
        raise NotNow(_("It was asked for a moment ago. Try again in half a minute."))
    now = timezone.now()
    # Whoever holds it has read it without this wish, and would answer without it.
    free = WebhookEvent.objects.with_body().filter(Q(lease_until=None) | Q(lease_until__lt=now), pk=event.pk)
    asked = {"verdict": Verdict.WAITING, "note": "", "handled_at": None, "looks": 0, "asked_at": now}
    if not free.update(next_look_at=now, **asked):
        raise NotNow(_("It is being looked at just now."))
    title = Project.objects.filter(pk=event.call.target_id).values_list("title", flat=True).first() or ""
    audit.record(team=event.team, by=by, verb="webhook.look_again", target=event.call, title=title)
    waking.webhooks([event.pk])
