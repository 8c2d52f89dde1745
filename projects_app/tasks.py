"""Tasks: an id and a call of an action. What they leave undone is found again by the row's lease."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.core.cache import cache
from django.utils import timezone
from huey import crontab
from huey.contrib.djhuey import db_periodic_task, db_task

from dashboard.queues import relay_queue
from projects_app.actions import (
    archive,
    archive_copies,
    archive_tidying,
    hook_retention,
    looks,
    media_calls,
    media_relay,
    media_sync,
    mending,
    project_calls,
    relay,
    uploads,
    webhooks,
)
from projects_app.models import Media, Upload

# --- Projects: sending, looking, webhooks --------------------------------------------------------------------------


@db_task()  # type: ignore[untyped-decorator]
def send_call(call_id: uuid.UUID) -> None:
    """Send or settle a call that makes or exports a project."""
    project_calls.deliver(call_id)


@db_task()  # type: ignore[untyped-decorator]
def look_project(project_id: uuid.UUID) -> None:
    looks.look_if_due(project_id)


@db_task()  # type: ignore[untyped-decorator]
def look_project_now(project_id: uuid.UUID) -> None:
    """Because a person asked: it may use the reads that are kept for people."""
    looks.look(project_id, force=True)


@db_task()  # type: ignore[untyped-decorator]
def handle_webhook(event_id: uuid.UUID) -> None:
    webhooks.handle(event_id)


@db_task()  # type: ignore[untyped-decorator]
def handle_webhooks(event_ids: list[uuid.UUID]) -> None:
    webhooks.handle_together(event_ids)


@db_periodic_task(crontab(minute="41"))  # type: ignore[untyped-decorator]
def prune_webhooks() -> None:
    """Each worker's clock calls this; one of them does it, once an hour."""
    if cache.add(f"prune-webhooks:{timezone.now():%Y%m%d%H}", True, timeout=7200):
        hook_retention.prune()


# --- The media library ---------------------------------------------------------------------------------------------


@db_task()  # type: ignore[untyped-decorator]
def send_media_call(call_id: uuid.UUID) -> None:
    """Send a link's call, or look for evidence about a lost one."""
    media_calls.deliver(call_id)


@db_task()  # type: ignore[untyped-decorator]
def hand_over_media(media_id: uuid.UUID) -> None:
    media_relay.hand_over(media_id)


@db_task()  # type: ignore[untyped-decorator]
def look_media(media_id: uuid.UUID) -> None:
    media_sync.look(media_id)


@db_task()  # type: ignore[untyped-decorator]
def sync_media(key_id: uuid.UUID) -> None:
    media_sync.sync_key(key_id)


def media_on(node: str, media_id: uuid.UUID) -> None:
    """A file is sent, and cleared away, where it lies."""
    relay_queue(node).enqueue(hand_over_media.s(media_id))


def media_at_home(media_id: uuid.UUID) -> None:
    """For a click that may have come to any node."""
    if node := Media.objects.filter(pk=media_id).values_list("node", flat=True).first():
        media_on(node, media_id)


# --- Uploads: handing over, clearing away --------------------------------------------------------------------------


@db_task()  # type: ignore[untyped-decorator]
def relay_upload(upload_id: uuid.UUID) -> None:
    relay.relay(upload_id)


@db_task()  # type: ignore[untyped-decorator]
def sweep_spool() -> None:
    uploads.sweep_spool()
    archive_tidying.tidy()


def relay_on(node: str, upload_id: uuid.UUID) -> None:
    """The relay runs where the bytes are."""
    relay_queue(node).enqueue(relay_upload.s(upload_id))


@db_periodic_task(crontab(minute="23"))  # type: ignore[untyped-decorator]
def sweep_spools() -> None:
    """Each worker's clock calls this; each node's spool is swept once an hour all the same."""
    hour = timezone.now().strftime("%Y%m%d%H")
    nodes = {settings.NODE}
    for kept in (Upload.objects, Media.objects.exclude(node="")):
        nodes.update(kept.filter(pruned_at=None).values_list("node", flat=True))
    nodes.update(archive_tidying.live_nodes())
    for node in nodes:
        if cache.add(f"sweep-spool:{node}:{hour}", True, timeout=7200):
            relay_queue(node).enqueue(sweep_spool.s())


# --- The archive ----------------------------------------------------------------------------------------------------


@db_task()  # type: ignore[untyped-decorator]
def copy_to_archive(archived_id: uuid.UUID) -> None:
    archive_copies.copy(archived_id)


@db_periodic_task(crontab())  # type: ignore[untyped-decorator]
def keep_by_itself() -> None:
    """Each worker's clock calls this; one of them does it, once a minute."""
    if cache.add(f"archive:{timezone.now():%Y%m%d%H%M}", True, timeout=120):
        archive.keep_by_itself()


# --- Rows that would wait for ever ---------------------------------------------------------------------------------


@db_periodic_task(crontab())  # type: ignore[untyped-decorator]
def mend_projects() -> None:
    """Each worker's clock calls this; one of them does it, once a minute."""
    if cache.add(f"mend-projects:{timezone.now():%Y%m%d%H%M}", True, timeout=120):
        mending.mend()
