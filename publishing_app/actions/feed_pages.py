"""One page of the published feed into publications, posts and measurements, in the caller's transaction."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F, Max, Q

from dashboard.models import ApiKey
from projects_app.models import Clip, Kind, Project
from providers import submagic
from publishing_app.actions import doubles
from publishing_app.models import NUMBERS, Measurement, Post, Publication, state_from_feed
from publishing_app.models.publication import GONE_AFTER

# Numbers that did not change are still written down this often, so that a curve shows where we looked.
KEEP_EVERY = dt.timedelta(hours=1)
SHOWN_WITHIN = dt.timedelta(minutes=10)
_MEASURED = (*NUMBERS, "engagement_rate")
_ROW_FIELDS = (
    *("upstream_project_id", "clip_id", "project_id"),
    *("upstream_status", "scheduled", "published_at", "state", "title"),
)
_POST_FIELDS = ("platform_post_id", "url", "publish_status", "sync_status", "error", *_MEASURED)


@dataclass(frozen=True, slots=True)
class Known:
    """What of this page's project ids is the team's own."""

    clips: dict[str, Clip]
    projects: dict[str, Project]


def take(key: ApiKey, entries: Sequence[submagic.Publication], at: dt.datetime) -> ApiKey | None:
    """Upsert by the feed's ids; doing it twice changes nothing but the time it was seen.

    Posts that another key of the team gives are left to that one, which is returned.
    """
    # Should a page name an id twice, the later one counts, as it would on two pages.
    fresh = {entry.id: entry for entry in entries}
    twin = _leave_to_others(key, fresh)
    rows = {
        row.upstream_id: row
        for row in Publication.objects.select_for_update().filter(api_key=key, upstream_id__in=list(fresh))
    }
    known = _known(key, [entry.project_id for entry in fresh.values() if entry.project_id])
    new = []
    for upstream_id, entry in fresh.items():
        if upstream_id not in rows and (row := _create(key, entry, known, at)):
            rows[upstream_id] = row
            new.append((row, entry))
    doubles.tell(key, new, at)
    posts: defaultdict[uuid.UUID, list[Post]] = defaultdict(list)
    stored = Post.objects.filter(publication__in=rows.values()).annotate(kept_at=Max("measurements__at"))
    for post in stored.order_by("created_at", "pk"):
        posts[post.publication_id].append(post)
    unchanged = [row.pk for each, row in rows.items() if not _update(row, fresh[each], posts[row.pk], known, at)]
    # Nearly all of a page, each time: with one statement.
    Publication.objects.filter(pk__in=unchanged).update(seen_at=at)
    Publication.objects.filter(pk__in=[row.pk for row in rows.values()], absences__gt=0).update(absences=0)
    return twin


def absent(key: ApiKey, began: dt.datetime) -> None:
    """The whole feed was read since `began`: what it has not shown is missing once more (R19). Where it has shown
    nothing that we know, that is a trouble of the key and says nothing of its posts (R15)."""
    known = Publication.objects.filter(api_key=key).exclude(upstream_id="")
    if not known.filter(seen_at__gte=began).exists():
        return
    # The feed may show a post minutes after it was taken.
    settled = began - SHOWN_WITHIN
    missing = known.filter(created_at__lt=settled).filter(Q(call=None) | Q(call__settled_at__lt=settled))
    missing.filter(Q(seen_at=None) | Q(seen_at__lt=began), absences__lt=GONE_AFTER).update(absences=F("absences") + 1)


def _leave_to_others(key: ApiKey, fresh: dict[str, submagic.Publication]) -> ApiKey | None:
    """A second key of one account gives the same posts: they are not to be counted twice.

    What a removed key brought goes on with the one that gives it now.
    """
    rows = Publication.objects.filter(upstream_id__in=list(fresh))
    others = rows.filter(team=key.team_id, api_key__environment=key.environment).exclude(api_key=key)
    twin: ApiKey | None = None
    for row in others.select_related("api_key").order_by("created_at", "pk"):
        if row.api_key.state != ApiKey.State.REVOKED:
            fresh.pop(row.upstream_id, None)
            twin = row.api_key
        elif not rows.filter(api_key=key, upstream_id=row.upstream_id).exists():
            Publication.objects.filter(pk=row.pk).update(api_key=key)
    return twin


def _known(key: ApiKey, project_ids: list[str]) -> Known:
    clips = Clip.objects.filter(team=key.team_id, project__api_key=key, upstream_id__in=project_ids)
    # A clip that was opened as a project is published as the clip.
    projects = Project.objects.filter(
        team=key.team_id, api_key=key, upstream_id__in=project_ids, kind=Kind.CAPTIONS, clip=None
    )
    return Known({clip.upstream_id: clip for clip in clips}, {row.upstream_id: row for row in projects})


def _create(key: ApiKey, entry: submagic.Publication, known: Known, at: dt.datetime) -> Publication | None:
    """A publication that was not made here, or whose answer we still wait for."""
    project_id = (entry.project_id or "")[:255]
    clip, project = known.clips.get(project_id), known.projects.get(project_id)
    ours = clip or project
    try:
        with transaction.atomic():
            row = Publication.objects.create(
                team_id=key.team_id,
                api_key=key,
                clip=clip,
                project=project,
                upstream_project_id=project_id,
                upstream_id=entry.id,
                title=(entry.project_title or (ours.title if ours else ""))[:255],
                seen_at=at,
            )
            # Lists run by this time: an account's history must not look as if it had been published just now.
            row.created_at = min(entry.published_at or at, at)
            row.save(update_fields=["created_at"])
            return row
    except IntegrityError:
        # The sender stored its answer at this moment; the next look brings the rest.
        return None


def _tell_of_what(row: Publication, entry: submagic.Publication, known: Known) -> None:
    """Which video it is of: as the newest answer has it, where we did not publish it ourselves and know better."""
    project_id = (entry.project_id or "")[:255]
    if row.call_id is None and project_id and project_id != row.upstream_project_id:
        row.upstream_project_id = project_id
        row.clip, row.project = known.clips.get(project_id), known.projects.get(project_id)


def _update(row: Publication, entry: submagic.Publication, posts: list[Post], known: Known, at: dt.datetime) -> bool:
    """False when it is as we know it, but for the time it was seen; that is left to the caller."""
    before = tuple(getattr(row, name) for name in _ROW_FIELDS)
    _tell_of_what(row, entry, known)
    now_there: list[Post] = []
    for post, data in _matched(row, entry.posts, posts):
        _fill(post, data, at)
        now_there.append(post)
    row.upstream_status = entry.status[:60]
    row.scheduled = entry.scheduled
    row.published_at = entry.published_at or row.published_at
    row.state = state_from_feed(entry.status, now_there)
    row.title = row.title or (entry.project_title or "")[:255]
    row.seen_at = at
    if before == tuple(getattr(row, name) for name in _ROW_FIELDS):
        return False
    row.save(update_fields=[*_ROW_FIELDS, "seen_at"])
    return True


def _matched(row: Publication, listed: Sequence[submagic.Post], posts: list[Post]) -> list[tuple[Post, submagic.Post]]:
    """Which stored post each of the listed ones is: by the platform's own id, which comes late and may be missing;
    then by the platform alone. An account may have two of one platform."""
    # One that is listed twice is one post; the later one counts, as of two entries.
    named = {(data.platform[:16], _id(data)): data for data in listed if data.platform_post_id}
    free = list(posts)
    found: list[tuple[Post, submagic.Post]] = []
    rest = [data for data in listed if not data.platform_post_id]
    for data in named.values():
        mine = [post for post in free if _is(post, data) and post.platform_post_id == _id(data)]
        if mine:
            free.remove(mine[0])
            found.append((mine[0], data))
        else:
            rest.append(data)
    for data in rest:
        mine = sorted((post for post in free if _is(post, data)), key=lambda post: bool(post.platform_post_id))
        if mine:
            free.remove(mine[0])
        new = Post(team_id=row.team_id, publication=row, platform=data.platform[:16])
        found.append((mine[0] if mine else new, data))
    return found


def _is(post: Post, data: submagic.Post) -> bool:
    return post.platform == data.platform[:16]


def _id(data: submagic.Post) -> str:
    return (data.platform_post_id or "")[:255]


def _fill(post: Post, data: submagic.Post, at: dt.datetime) -> None:
    before = tuple(getattr(post, name) for name in _POST_FIELDS)
    numbers_before = tuple(getattr(post, name) for name in _MEASURED)
    url = data.platform_post_url or ""
    post.platform_post_id = _id(data) or post.platform_post_id
    post.url = url if len(url) <= 2048 else ""
    post.publish_status = data.publish_status[:60]
    post.sync_status = data.sync_status[:60]
    post.error = data.error or ""
    # A number that is missing in this answer stays what it was: a gap of one sync is no loss of views.
    given = {name: getattr(data.analytics, name) for name in _MEASURED} if data.analytics else {}
    given = {name: value for name, value in given.items() if value is not None}
    for name, value in given.items():
        setattr(post, name, value)
    if given:
        post.measured_at = at
    if post._state.adding:
        post.save(force_insert=True)
    elif before != tuple(getattr(post, name) for name in _POST_FIELDS):
        post.save(update_fields=[*_POST_FIELDS, "measured_at"])
    elif given:
        post.save(update_fields=["measured_at"])
    numbers = {name: getattr(post, name) for name in _MEASURED}
    if given:
        _keep(post, numbers, at, changed=numbers_before != tuple(numbers.values()))


def _keep(post: Post, numbers: dict[str, Any], at: dt.datetime, *, changed: bool) -> None:
    """One measurement for each sync, also of a post that moved to another page while that went on."""
    kept_at: dt.datetime | None = getattr(post, "kept_at", None)
    if kept_at == at:
        Measurement.objects.filter(post=post, at=at).update(**numbers)
    elif kept_at is None or changed or at - kept_at >= KEEP_EVERY:
        Measurement.objects.create(team_id=post.team_id, post=post, at=at, **numbers)
        post.kept_at = at  # type: ignore[attr-defined]
