"""Posts that wait for a person: what a platform has refused. What Submagic refused is told by dashboard itself."""

from __future__ import annotations

from django.utils.translation import gettext as _

from dashboard.models import Team
from dashboard.needs import MOST, Need
from publishing_app.models import Publication


def of_team(team: Team) -> list[Need]:
    return [_need(publication) for publication in Publication.objects.refused_lately(team)[:MOST]]


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
