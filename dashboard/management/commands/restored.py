from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from dashboard.actions import restores
from dashboard.models import Team
from dashboard.pulse import Sign


class Command(BaseCommand):
    help = (
        "Say that the database was restored from a backup: nothing is sent before an admin of each team lets it go on. "
        "Workers notice most restores by themselves; a machine that was rolled back as a whole cannot. Run it before "
        "the workers are started."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        restores.begin(sign=Sign.SAID)
        teams = Team.objects.count()
        self.stdout.write(f"Sending is held for {teams} team(s). Their admins find a note on top of every page.")
