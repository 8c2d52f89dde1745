from __future__ import annotations

import dataclasses
import json
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from dashboard import doctor
from dashboard.doctor import database, report
from dashboard.models import Team


class Command(BaseCommand):
    # What they would stop at is what this is for.
    requires_system_checks = ()
    help = "Looks at the whole desk and says what is wrong and what to do. Exit code 1 when something is broken."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--team", default="", help="Only this team's keys (the name in its address).")
        parser.add_argument("--json", action="store_true", help="Print one JSON object instead of sentences.")

    def handle(self, *args: Any, team: str = "", json: bool = False, **options: Any) -> None:
        """The JSON is {"ok": …, "sections": [{"group", "findings": [{"name", "state", "found", "advice"}]}]}."""
        sections = doctor.examine(doctor.Scope(team=_team(team) if team else None))
        is_bad = report.is_bad(sections)
        if json:
            self.stdout.write(_dump(sections, ok=not is_bad))
        else:
            self.stdout.write(report.text(sections))
            self.stdout.write(report.summary(sections))
        if is_bad:
            sys.exit(1)


def _team(slug: str) -> Team | None:
    """With the database away there is no team to be found, and that is told by its own check."""
    if not database.answers():
        return None
    try:
        return Team.objects.get(slug=slug)
    except Team.DoesNotExist:
        raise CommandError(f"There is no team with the address /t/{slug}/.") from None


def _dump(sections: list[doctor.Section], *, ok: bool) -> str:
    found = [
        {"group": section.group, "findings": [dataclasses.asdict(each) for each in section.findings]}
        for section in sections
    ]
    return json.dumps({"ok": ok, "sections": found}, ensure_ascii=False, indent=2)
