"""Rows that would wait for ever, found by looking for them once a minute (design: reliability, I9).

What became of a call is written together with the row that shows it; this is for rows from before that, and for
whatever else comes between. It also settles what a node left that is gone.
"""

from __future__ import annotations

import logging
import uuid
from typing import Any

from django.core.cache import cache
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from dashboard import heartbeat
from dashboard.actions import upstream_calls
from dashboard.models import CallState, UpstreamCall
from projects_app.actions import media_calls, project_calls, projects
from projects_app.models import Export, ExportState, Media, MediaState, Project, ProjectState, Upload
from projects_app.models.media import IN_MOTION
from projects_app.models.project import IN_FLIGHT_STATES
from projects_app.models.upload import UNDER_WAY

log = logging.getLogger(__name__)

MOST = 200
_ON_THE_WIRE = (CallState.SENDING, CallState.COMMITTING)


def mend() -> int:
    """Safe to call at any time; returns how many rows were told something."""
    told = 0
    for calls, tell in ((_of_projects(), project_calls.tell), (_of_media(), media_calls.tell)):
        for call in calls[:MOST]:
            tell(call)
            log.warning("what became of call %s (%s) is told now", call.pk, call.operation)
            told += 1
    for node in gone_nodes():
        if cache.add(f"node-gone:{node}", 1, 3600):
            log.warning("files wait on the node “%s”, whose worker was not heard for hours", node)
        told += _of_node(node)
    return told


# --- Rows that say something else than their call ------------------------------------------------------------------


def _of_projects() -> QuerySet[UpstreamCall]:
    """Those of uploads are told by their relay."""
    rows = Project.objects.filter(upstream_id="").exclude(call__operation__startswith="upload_")
    made = rows.filter(
        (Q(call__state=CallState.UNKNOWN) & ~Q(state=ProjectState.UNKNOWN))
        | (Q(call__state=CallState.REJECTED) & ~Q(state=ProjectState.FAILED))
        | Q(call__state=CallState.ABANDONED, state__in=IN_FLIGHT_STATES)
        | Q(call__state=CallState.ACCEPTED)
    )
    exported = Export.objects.open().filter(
        Q(call__state__in=(CallState.REJECTED, CallState.ABANDONED))
        | (Q(call__state=CallState.UNKNOWN) & ~Q(state=ExportState.UNKNOWN))
        | (Q(call__state=CallState.ACCEPTED) & ~Q(state=ExportState.RUNNING))
    )
    return _calls(made.values("call"), exported.values("call"))


def _of_media() -> QuerySet[UpstreamCall]:
    rows = Media.objects.filter(upstream_id="")
    wrong = rows.filter(
        (Q(call__state=CallState.UNKNOWN) & ~Q(state=MediaState.UNKNOWN))
        | (Q(call__state=CallState.REJECTED) & ~Q(state=MediaState.FAILED))
        | Q(call__state=CallState.ABANDONED, state__in=IN_MOTION)
        | Q(call__state=CallState.ACCEPTED)
    )
    return _calls(wrong.values("call"))


def _calls(*of: QuerySet[Any, Any]) -> QuerySet[UpstreamCall]:
    wanted = Q()
    for ids in of:
        wanted |= Q(pk__in=ids)
    return UpstreamCall.objects.filter(wanted).select_related("api_key", "team", "actor")


# --- What a node left that is gone ---------------------------------------------------------------------------------


def gone_nodes() -> list[str]:
    """Nodes that hold files and are silent. Their files cannot be sent from here, and are not thrown away either."""
    nodes = {*_uploads().values_list("node", flat=True), *_media().values_list("node", flat=True)}
    return sorted(node for node in nodes if heartbeat.is_gone(node))


def _uploads() -> QuerySet[Upload]:
    """Of which nothing came for as long as a node is silent before it is taken for gone."""
    old = timezone.now() - heartbeat.GONE_AFTER
    return Upload.objects.filter(pruned_at=None, created_at__lt=old).exclude(last_byte_at__gte=old)


def _media() -> QuerySet[Media]:
    old = timezone.now() - heartbeat.GONE_AFTER
    return Media.objects.filter(pruned_at=None, created_at__lt=old).exclude(node="")


def _of_node(node: str) -> int:
    """Its senders are dead; people are told, and may cancel or give up from any node. Should it come back, it goes on
    with what nobody ended."""
    now = timezone.now()
    free = Q(lease_until=None) | Q(lease_until__lt=now)
    count = 0
    for pk in _uploads().filter(free, node=node).values_list("pk", flat=True)[:MOST]:
        count += _settle_upload(pk)
    left = _media().filter(free, node=node, call__state__in=_ON_THE_WIRE).select_related("call__api_key")
    for row in left[:MOST]:
        if row.call:
            media_calls.settle(row.call)
            count += 1
    return count


@transaction.atomic
def _settle_upload(pk: uuid.UUID) -> bool:
    upload = Upload.objects.select_for_update().get(pk=pk)
    project = Project.objects.select_related("team").get(pk=upload.project_id)
    calls = UpstreamCall.objects.select_for_update(of=("self",)).select_related("team", "api_key")
    call = calls.get(created_project=project)
    settled = call.state in _ON_THE_WIRE
    if settled:
        upstream_calls.lost(call, counts=False)
        projects.tell(project=project, call=call)
    if upload.state not in UNDER_WAY:
        # Its file, should the node come back, is found there as an orphan (uploads.sweep_spool).
        upstream_calls.abandon(call=call, by=None)
        Upload.objects.filter(pk=pk, expires_at__lte=timezone.now()).update(pruned_at=timezone.now(), next_look_at=None)
    elif call.state == CallState.READY and project.state != ProjectState.NEEDS_YOU:
        problem = _("The machine of the desk that holds the file does not answer any more.")
        advice = _("It goes on by itself when that is back. Else cancel it and drop the file again; nothing was spent.")
        projects.needs_you(project=project, problem=problem, advice=advice)
        settled = True
    return settled
