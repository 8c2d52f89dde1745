"""For the cold start: a desk with many projects on their way, messages that wait to be handled, and what is left."""

from __future__ import annotations

import hashlib
import json
import sys
from datetime import timedelta
from typing import Any

import django

django.setup()

from django.core.management import call_command  # noqa: E402
from django.utils import timezone  # noqa: E402

from dashboard import leases  # noqa: E402
from dashboard.models import CallState, UpstreamCall  # noqa: E402
from projects_app.models import Verdict, WebhookEvent  # noqa: E402
from tests.crash.world import World, prepare  # noqa: E402

# A row that is due for longer than a few rounds of the sweep is one that nobody takes.
PATIENCE = timedelta(seconds=30)
WISH = "Wish "


def made(*, projects: int) -> dict[str, Any]:
    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    world = World.new(prepare())
    world.take_key()
    addresses = [world.in_progress_at() for _ in range(projects)]
    return {"session": world.sessions["bob"], "hooks": addresses, "secret": world.secret}


def fill(*, to: int) -> dict[str, Any]:
    """Until so many messages wait: stored and acknowledged, and not one of them looked at."""
    waiting = WebhookEvent.objects.filter(verdict=Verdict.WAITING).count()
    calls = list(UpstreamCall.objects.filter(operation="create_project", state=CallState.ACCEPTED).order_by("pk"))
    events = []
    for number in range(max(0, to - waiting)):
        call = calls[number % len(calls)]
        body = json.dumps({"projectId": call.upstream_id, "status": "completed", "number": number}).encode()
        digest = hashlib.sha256(body).hexdigest()
        now = timezone.now()
        events.append(WebhookEvent(team_id=call.team_id, call=call, body=body, sha256=digest, next_look_at=now))
    WebhookEvent.objects.bulk_create(events, batch_size=500)
    return state()


def state() -> dict[str, Any]:
    now = timezone.now()
    due = {
        kind.model.__name__: kind.model._base_manager.filter(kind.where(), next_look_at__lt=now - PATIENCE).count()
        for kind in leases._kinds
    }
    events = WebhookEvent.objects.all()
    wishes = UpstreamCall.objects.filter(operation="create_project", body__title__startswith=WISH)
    return {
        # Of each project that was asked for by a click: what became of its call.
        "wishes": {call.body["title"]: call.state for call in wishes},
        "waiting": events.filter(verdict=Verdict.WAITING).count(),
        "stored": sorted(events.values_list("sha256", flat=True)),
        "overdue": {name: count for name, count in due.items() if count},
        "calls": sorted(UpstreamCall.objects.exclude(state=CallState.ACCEPTED).values_list("state", flat=True)),
    }


if __name__ == "__main__":
    step = {"made": made, "fill": fill, "state": state}[sys.argv[1]]
    sys.stdout.write(json.dumps(step(**json.loads(sys.argv[2]))))
