"""What must be true at the end, whatever happened on the way (design: reliability, I1 to I10 and T2)."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import Counter
from typing import Any

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from dashboard import leases, needs
from dashboard.models import ApiKey, AuditEvent, CallState, Membership, Provider, Role, UpstreamCall
from projects_app import archive_files
from projects_app.models import (
    ArchivedVideo,
    ArchiveState,
    Export,
    ExportState,
    Media,
    MediaState,
    Project,
    ProjectState,
    WebhookEvent,
)
from projects_app.models.project import IN_FLIGHT_STATES
from projects_app.models.upload import UNDER_WAY
from publishing_app.models import Publication, PublicationState
from tests.crash.scenes import FILM, Scene
from tests.crash.world import World

ON_THE_WAY = (CallState.READY, CallState.SENDING, CallState.COMMITTING)


def problems(scene: Scene, world: World, *, hooks: bool) -> list[str]:
    seen = world.control("GET", "account")
    found = [*_doubles(scene, seen), *stuck(), *_keys(world, seen), *_asked(scene)]
    if scene.operation:
        found += _outcome(scene, seen, hooks=hooks)
    else:
        found += _news(scene, world)
    return found


def complete_requests(seen: dict[str, Any]) -> list[dict[str, Any]]:
    """Those that change something and reached the provider to their end, refused ones too."""
    cut = [(entry["method"], entry["path"]) for entry in seen["wire"] if entry["status"] == 400]
    cut_uploads = sum(path.endswith("/upload") for _method, path in cut)
    whole = [entry for entry in seen["wire"] if entry["method"] != "GET"]
    assert cut_uploads <= len(whole)
    return [entry for entry in whole if not (entry["path"].endswith("/upload") and entry["status"] == 400)]


def _doubles(scene: Scene, seen: dict[str, Any]) -> list[str]:
    sent, applied = complete_requests(seen), seen["applied"]
    found = []
    if len(sent) > scene.posts:
        found.append(f"{len(sent)} complete requests went out for one wish: {sent}")
    if len(applied) > scene.posts:
        found.append(f"the provider did it {len(applied)} times")
    rows = UpstreamCall.objects.filter(operation=scene.operation).count()
    if scene.operation and rows != 1:
        found.append(f"{rows} calls were stored for one wish")
    return found


# --- Nothing waits for ever -----------------------------------------------------------------------------------------


def stuck() -> list[str]:
    """I9: a next look in the future, or an open question to a person."""
    now = timezone.now()
    found = [f"{call} is on its way for ever" for call in UpstreamCall.objects.filter(state__in=ON_THE_WAY)]
    for model in {kind.model for kind in leases._kinds}:
        rows = model._base_manager.filter(next_look_at__lte=now).exclude(pk__in=_not_for_sweeps(model))
        found += [f"{model.__name__} {row.pk} is due since {row.next_look_at}" for row in rows]
        held = model._base_manager.filter(lease_until__gt=now + dt.timedelta(seconds=settings.LEASE_SECONDS))
        found += [f"{model.__name__} {row.pk} is held until {row.lease_until}" for row in held]
    lost = UpstreamCall.objects.filter(state=CallState.UNKNOWN)
    found += [f"nobody is asked about {call} ({call.pk})" for call in lost if not _is_asked(call)]
    found += _rows(
        (Project.objects.filter(state__in=IN_FLIGHT_STATES), _project_goes_on),
        (Publication.objects.filter(state__in=(PublicationState.QUEUED, PublicationState.MISSED)), lambda row: False),
        (Publication.objects.filter(state=PublicationState.UNKNOWN), lambda row: row.person_decides),
        (Media.objects.in_motion(), lambda row: row.state == MediaState.UNKNOWN and _call_is_lost(row)),
        (Export.objects.open(), lambda row: row.state == ExportState.UNKNOWN and _call_is_lost(row)),
        (WebhookEvent.objects.filter(handled_at=None), lambda row: False),
        (
            ApiKey.objects.filter(state=ApiKey.State.VALID, provider=Provider.SUBMAGIC),
            lambda row: row.next_look_at is not None,
        ),
    )
    return found


def _not_for_sweeps(model: Any) -> Any:
    """Rows that no kind of the sweep takes; what drives them is looked at by itself."""
    wanted = Q(pk__in=[])
    for kind in leases._kinds:
        if kind.model is model:
            wanted |= kind.where() or ~Q(pk__in=[])
    return model._base_manager.exclude(wanted).values("pk")


def _rows(*kinds: tuple[Any, Any]) -> list[str]:
    return [f"{type(row).__name__} “{row}” stays as it is" for rows, fine in kinds for row in rows if not fine(row)]


def _project_goes_on(row: Project) -> bool:
    if row.state == ProjectState.UNKNOWN:
        return _call_is_lost(row)
    upload = getattr(row, "upload", None)
    waits = upload is not None and upload.state in UNDER_WAY and upload.next_look_at is not None
    return waits or row.next_look_at is not None


def _call_is_lost(row: Any) -> bool:
    return row.call is not None and row.call.state == CallState.UNKNOWN


def _is_asked(call: UpstreamCall) -> bool:
    """It is on the list of what needs a person, and leads to a page."""
    member = Membership.objects.select_related("user", "team").get(team=call.team_id, role=Role.OWNER)
    listed = {need.key: need for need in needs.of_team(call.team, member)}
    return f"call-{call.pk}" in listed and bool(listed[f"call-{call.pk}"].url)


# --- What is known of it ----------------------------------------------------------------------------------------------


def _keys(world: World, seen: dict[str, Any]) -> list[str]:
    """I6: no call with a key that was replaced."""
    key, found = world.key, []
    for call in UpstreamCall.objects.filter(attempts__gt=0, api_key=key).exclude(key_version=key.version):
        if not world.facts.get("replaced"):
            found.append(f"{call} went out with version {call.key_version} of the key, and {key.version} is in use")
    for entry in seen["wire"]:
        if entry["status"] == 401:
            found.append(f"a key that was replaced is still used: {entry}")
    return found


def _outcome(scene: Scene, seen: dict[str, Any], *, hooks: bool) -> list[str]:
    call = UpstreamCall.objects.filter(operation=scene.operation).first()
    if call is None:
        return ["the wish itself is lost"]
    applied = seen["applied"]
    if not applied:
        fine = call.state == CallState.UNKNOWN
        return [] if fine else [f"nothing was done there, and the call is {call.state}: {call.problem}"]
    if not hooks and not scene.evidence and call.state == CallState.UNKNOWN:
        return []
    if call.state != CallState.ACCEPTED:
        return [f"it was done and there is evidence, but the call is {call.state}: {call.problem}"]
    right = {"publish": seen["posts"], "create_media": seen["media"]}.get(scene.operation, [applied[0]["projectId"]])
    return [] if [call.upstream_id] == right else [f"the call has the id {call.upstream_id}, it is {right}"]


def _asked(scene: Scene) -> list[str]:
    counts = Counter(AuditEvent.objects.values_list("verb", flat=True))
    return [f"the audit says {verb} {counts[verb]} times" for verb in scene.asked if counts[verb] != 1]


def _news(scene: Scene, world: World) -> list[str]:
    if scene.name == "webhook":
        project = Project.objects.get(pk=world.facts["project"])
        return [] if project.state == ProjectState.READY else [f"the project stays {project.state}"]
    if scene.name == "archive":
        return _archived()
    posts = Publication.objects.filter(upstream_id=world.facts["post"])
    row = posts.first()
    if row is None or posts.count() != 1 or not row.posts.exists():
        return ["the post made elsewhere was not taken over once"]
    return [] if row.posts.count() == 1 else ["its platform's post is there more than once"]


def _archived() -> list[str]:
    """Whole, checked, and nothing else lies there."""
    row = ArchivedVideo.objects.first()
    if row is None or row.state != ArchiveState.KEPT:
        return [f"the video is not kept: {row and (row.state, row.problem)}"]
    whole = row.sha256 == hashlib.sha256(FILM).hexdigest() and archive_files.path(row.pk).read_bytes() == FILM
    found = [] if whole else ["what is kept is not the film"]
    left = [file for file in archive_files.stored() if (file.pk, file.ending) != (row.pk, "")]
    return found + [f"{file} was left behind" for file in left]
