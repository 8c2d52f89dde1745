from __future__ import annotations

import json
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.urls import reverse

from dashboard.actions import setup


class Command(BaseCommand):
    help = "Prepares the first start: the demo beside the sandbox, or a one-time link for the first owner."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="Print one JSON object instead of sentences.")
        parser.add_argument(
            "--base-url", default="", help="The desk's own address for the link; PUBLIC_URL, where set, comes first."
        )

    def handle(self, *args: Any, json: bool = False, base_url: str = "", **options: Any) -> None:
        """The JSON is {} once somebody real exists, else {"demo": {"email", "password"}} (password null when the
        person changed it) or {"setup_url": …}."""
        report: dict[str, Any] = {}
        if settings.SANDBOX_URL:
            if demo := setup.ensure_demo():
                report["demo"] = demo
        else:
            setup.close_demo()
            if token := setup.fresh_token():
                base = settings.PUBLIC_URL or base_url.rstrip("/") or "http://localhost:8000"
                report["setup_url"] = base + reverse("dashboard:setup", kwargs={"token": token})
        self.stdout.write(_dump(report) if json else _say(report))


def _dump(report: dict[str, Any]) -> str:
    return json.dumps(report)


def _say(report: dict[str, Any]) -> str:
    if demo := report.get("demo"):
        password = demo["password"] or "(changed by its owner)"
        return f"Demo login: {demo['email']}  password: {password}"
    if link := report.get("setup_url"):
        return f"Open this link within seven days to become the first owner:\n{link}"
    return "The desk is set up."
