"""Posts that wait for a person: what a platform has refused. What Submagic refused is told by dashboard itself."""

from __future__ import annotations

import uuid

from django.utils import timezone
from django.utils.translation import gettext as _

from dashboard.models import AuditEvent, Team
from dashboard.needs import MOST, Need
from publishing_app.actions import doubles
from publishing_app.models import Publication


def of_team(team: Team) -> list[Need]:
    return [*_doubles(team), *(_need(publication) for publication in Publication.objects.refused_lately(team)[:MOST])]


def _doubles(team: Team) -> list[Need]:
    """Posts that were given up and are there after all: told for as long as they are watched for."""
    since = timezone.now() - doubles.WATCHED_FOR
    events = list(AuditEvent.objects.for_team(team).filter(verb=doubles.VERB, at__gt=since)[:MOST])
    rows = (
        Publication.objects.for_team(team)
        .select_related("team")
        .in_bulk([uuid.UUID(event.target_id) for event in events])
    )
    found = []
    for event in events:
        if row := rows.get(uuid.UUID(event.target_id)):
            told = {"title": row.title or _("A post")}
            if event.data.get("sent_again"):
                title = _("%(title)s may be public twice") % told
                text = _("It had been given up and was sent again; now the first one has turned up at Submagic too.")
            else:
                title = _("%(title)s did go out") % told
                text = _("It had been given up; now it has turned up at Submagic all the same.")
            text = f"{text} {_('Look at the accounts, and delete there what should not be public.')}"
            found.append(Need(f"double-{row.pk}", "bad", title, text, row.get_absolute_url(), event.at))
    return found


def _need(publication: Publication) -> Need:
    failed = [chip for chip in publication.chips if chip.failed]
    title = _("%(title)s: not published on %(platforms)s") % {
        "title": publication.title or _("A post"),
        "platforms": ", ".join(chip.name for chip in failed),
    }
    first = next((chip for chip in failed if chip.error), None)
    text = f"{_sentence(first.error)} {first.advice}".strip() if first else ""
    when = publication.published_at or publication.created_at
    return Need(f"post-{publication.pk}", "bad", title, text, publication.get_absolute_url(), when)


def _sentence(text: str) -> str:
    """A platform's words as they came, with an end."""
    return text if text.endswith((".", "!", "?", "…")) else f"{text}."
