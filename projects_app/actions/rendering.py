"""What an answer about a project tells of its exports, and of requests whose own answer was lost.

`settle` is called with each answer that is newer than what was known, in the transaction that writes it.
"""

from __future__ import annotations

import datetime as dt
from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from dashboard.actions import hook_addresses, upstream_calls
from dashboard.models import CallState, UpstreamCall
from projects_app.actions import slideshow_evidence
from projects_app.models import Export, ExportState, Kind, Project
from providers.submagic import Project as Seen
from providers.submagic import ProjectStatus

EXPORT, UPDATE = "export", "update"
# What a provider works on for a while.
WORKS = (EXPORT, UPDATE, slideshow_evidence.OPERATION)
# So long an answer that shows nothing new is taken for an older one; longer than any rendering takes.
MAY_TAKE = dt.timedelta(hours=1)
# Our clock and the provider's may differ a little (reliability 2.3, 5).
CLOCK_SLACK = dt.timedelta(minutes=2)
# What Get Project shows of the fields of an update (001 Get Project).
ECHOED = ("removeSilencePace", "removeBadTakes")


def baseline(project: Project, *, renders: bool) -> dict[str, Any]:
    """What is known just before something is asked, so that answers from before it are told from those after it.

    `renders`: the project goes back to work and is completed anew.
    """
    changed, seen = project.outdated_since, project.seen_at
    return {
        "renders": renders,
        "state": project.state,
        "status": project.upstream_status.lower(),
        "updatedAt": project.upstream_updated_at.isoformat() if project.upstream_updated_at else "",
        "downloadUrl": project.download_url,
        "directUrl": project.direct_url,
        # A change that no answer has shown yet moved the provider's time on as well.
        "unseenChange": bool(changed and (seen is None or seen < changed)),
    }


def rebase(call: UpstreamCall, project: Project) -> None:
    """Just before it goes out: it may have waited long for its turn, and other things were done since it was asked."""
    known = baseline(project, renders=bool(call.baseline.get("renders")))
    kept = {name: call.baseline[name] for name in ("state", hook_addresses.WITHOUT) if name in call.baseline}
    call.baseline = known | kept
    UpstreamCall.objects.filter(pk=call.pk, state=CallState.READY).update(baseline=call.baseline)


def is_from_before(project: Project, seen: Seen) -> bool:
    """An answer from before the last thing that was asked of the project: it must end neither it nor the looks."""
    call = _asked(project, EXPORT, UPDATE).order_by("-settled_at").first()
    return call is not None and not _has_moved(project.upstream_status, seen, call)


def asked_at(project: Project) -> dt.datetime | None:
    """When the provider last took something that it has to work on."""
    found: dt.datetime | None = _asked(project, *WORKS).aggregate(last=Max("settled_at"))["last"]
    return found


def _asked(project: Project, *operations: str) -> Any:
    since = timezone.now() - MAY_TAKE
    calls = UpstreamCall.objects.filter(target_id=project.pk, operation__in=operations, settled_at__gt=since)
    return calls.filter(state=CallState.ACCEPTED, baseline__renders=True)


def _has_moved(known_status: str, seen: Seen, call: UpstreamCall) -> bool:
    before = call.baseline.get("status", "")
    return (
        known_status.lower() != before  # an earlier answer showed that the work had begun
        or seen.status.lower() != before
        or _has_new_video(seen, call)
        or _is_newer(seen, call)
    )


def _has_new_video(seen: Seen, call: UpstreamCall) -> bool:
    pairs = ((seen.download_url, "downloadUrl"), (seen.direct_url, "directUrl"))
    return any(url and identity(url) != identity(call.baseline.get(name, "")) for url, name in pairs)


def _is_newer(seen: Seen, call: UpstreamCall) -> bool:
    if seen.updated_at is None or call.sent_at is None:
        return False
    known = call.baseline.get("updatedAt") or ""
    if known and seen.updated_at <= dt.datetime.fromisoformat(known):
        return False
    slack = dt.timedelta() if call.baseline.get("unseenChange") else CLOCK_SLACK
    return seen.updated_at > call.sent_at - slack


def identity(url: str) -> str:
    """What stays the same when a link to the same video is given out anew (contract.md, section 2: `path=`)."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    named = parse_qs(parts.query).get("path")
    return named[0] if named else f"{parts.netloc}{parts.path}"


# --- After an answer ----------------------------------------------------------------------------------------------


def settle(project: Project, seen: Seen, *, known_status: str, now: dt.datetime) -> None:
    """`project` as it is written now; `known_status` is the provider's word from before this answer."""
    if project.kind != Kind.CAPTIONS:
        return
    unknown = UpstreamCall.objects.select_related("team").filter(
        target_id=project.pk, operation__in=(EXPORT, UPDATE), state=CallState.UNKNOWN
    )
    for call in unknown:
        if call.operation == EXPORT and _export_began(seen, call):
            _adopt(call, project)
            Export.objects.filter(call=call).update(state=ExportState.RUNNING, problem="")
        elif call.operation == UPDATE and _change_shows(seen, call) and _adopt(call, project):
            change_taken(project, call)
    running = project.exports.filter(state=ExportState.RUNNING).select_related("call").first()
    if running:
        _end(running, project, seen, known_status, now)
    else:
        _by_itself(project, seen, now)


def _adopt(call: UpstreamCall, project: Project) -> bool:
    return upstream_calls.accept(call, upstream_id=project.upstream_id, reply={"adopted": True})


def _export_began(seen: Seen, call: UpstreamCall) -> bool:
    if _is_followed(call, baseline__renders=True):
        return False
    began = seen.known_status is ProjectStatus.EXPORTING and call.baseline.get("status") != "exporting"
    return began or (_has_new_video(seen, call) and _is_newer(seen, call))


def _change_shows(seen: Seen, call: UpstreamCall) -> bool:
    """The fields that are shown decide; without any of them the provider's own time of the last change does."""
    shown = [name for name in ECHOED if name in call.body and name in seen.raw]
    if shown:
        return all(seen.raw[name] == call.body[name] for name in shown)
    return not _is_followed(call) and _is_newer(seen, call)


def _is_followed(call: UpstreamCall, **which: Any) -> bool:
    """Something else was sent about the project since: what the provider shows may come from that."""
    since = UpstreamCall.objects.filter(target_id=call.target_id, operation__in=(EXPORT, UPDATE), **which)
    later = since.filter(sent_at__gt=call.sent_at).exclude(pk=call.pk)
    return later.exclude(state__in=(CallState.READY, CallState.REJECTED)).exists()


def change_taken(project: Project, call: UpstreamCall) -> None:
    """The project's options are what was last sent; its video does not show them yet."""
    now = timezone.now()
    options = Project.objects.select_for_update().values_list("options", flat=True).get(pk=project.pk)
    project.options = options | call.body
    project.outdated_since = now
    Project.objects.filter(pk=project.pk).update(options=project.options, outdated_since=now)


def _end(export: Export, project: Project, seen: Seen, known_status: str, now: dt.datetime) -> None:
    call = export.call
    if call and not _has_moved(known_status, seen, call):
        if seen.is_completed or seen.is_failed:
            # It was waited for long enough (`is_from_before` held such answers back until now).
            _close(export, now, problem=_("Submagic took the request, but no new video came. Export it again."))
    elif seen.is_failed:
        _close(export, now, problem=seen.failure_reason or _("Submagic gave no reason."))
    elif seen.is_completed and seen.url:
        _done(export, project, now)


def _by_itself(project: Project, seen: Seen, now: dt.datetime) -> None:
    """The provider renders by itself too: after creation, and when AI B-roll is done."""
    if project.exports.filter(state=ExportState.UNKNOWN).exists():
        return  # whose video it is cannot be told yet
    asked = project.exports.filter(state=ExportState.ASKED).exists()
    if seen.known_status is ProjectStatus.EXPORTING and not asked:
        Export.objects.create(project=project, options=project.options, state=ExportState.RUNNING)
    elif seen.is_completed and project.video_url:
        shown = {identity(row.video_url) for row in project.exports.done()}
        if identity(project.video_url) not in shown:
            # Without any other the video may have been there long before it was first seen.
            _done(Export(project=project, options=project.options), project, now, is_new=bool(shown))


def keep_video(project: Project) -> None:
    """The video that is there now stays on the list when another is asked for, also where it was never seen to end."""
    if project.video_url and not project.exports.done().exists():
        Export.objects.create(
            project=project,
            options={} if project.outdated_since else project.options,
            state=ExportState.DONE,
            download_url=project.download_url,
            direct_url=project.direct_url,
            finished_at=project.finished_at,
        )


def _done(export: Export, project: Project, now: dt.datetime, *, is_new: bool = True) -> None:
    export.download_url, export.direct_url = project.download_url, project.direct_url
    _close(export, now, state=ExportState.DONE)
    # Asked of the row itself: a change may have been taken while this answer was on its way.
    if is_new and Project.objects.filter(pk=project.pk, outdated_since__lt=export.began_at).update(outdated_since=None):
        project.outdated_since = None


def _close(export: Export, now: dt.datetime, *, state: ExportState = ExportState.FAILED, problem: str = "") -> None:
    export.state, export.problem, export.finished_at = state, problem[:500], now
    export.save()
