"""What workers do: an id, and a call of an action."""

from __future__ import annotations

import uuid
from typing import Any, cast

from django.core.cache import cache
from django.utils import timezone
from huey import crontab
from huey.contrib.djhuey import db_periodic_task, db_task

from dashboard.models import CallState, UpstreamCall
from dashboard.queues import default_queue, post_queue
from publishing_app.actions import feed, mending, publish_calls


@db_task()  # type: ignore[untyped-decorator]
def drive_publish(call_id: str) -> None:
    publish_calls.drive(uuid.UUID(call_id))


@db_task()  # type: ignore[untyped-decorator]
def sync_feed(api_key_id: str, full: bool = False) -> None:
    feed.sync(uuid.UUID(api_key_id), full=full)


def deliver_publish(call_id: uuid.UUID) -> None:
    state = UpstreamCall.objects.filter(pk=call_id).values_list("state", flat=True).first()
    queue = default_queue() if state == CallState.UNKNOWN else post_queue()
    queue.enqueue(drive_publish.s(str(call_id)))


def deliver_feed(api_key_id: uuid.UUID, *, full: bool = False) -> None:
    cast(Any, sync_feed)(str(api_key_id), full)


@db_periodic_task(crontab())  # type: ignore[untyped-decorator]
def mend_publications() -> None:
    """Each worker's clock calls this; one of them does it, once a minute."""
    if cache.add(f"mend-publications:{timezone.now():%Y%m%d%H%M}", True, timeout=120):
        mending.mend()
