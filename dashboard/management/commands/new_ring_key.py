from __future__ import annotations

import secrets
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from dashboard.local_secrets import new_ring_key


class Command(BaseCommand):
    # It is asked for when there is no ring yet, which is an error of the checks.
    requires_system_checks = ()
    help = "Prints a fresh entry for KEY_RING. Put it first: new secrets are sealed with it, old ones still open."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("kid", nargs="?", default="", help="A short name for the key; a random one by default.")

    def handle(self, *args: Any, kid: str = "", **options: Any) -> None:
        kid = kid or f"k{secrets.token_hex(3)}"
        if not kid.isalnum():
            raise CommandError("The name may only hold letters and digits.")
        self.stdout.write(new_ring_key(kid))
