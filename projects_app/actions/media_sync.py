"""Reading the media library of a key's account: the list alone says what exists and what can be used (contract.md,
section 2). Everything here may be repeated at any time.
"""

from __future__ import annotations

import datetime as dt
import logging
import random
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from django.core.cache import cache
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from dashboard import audit, budgets, crypto, leases, remote
from dashboard.actions import api_keys, upstream_calls
from dashboard.models import ApiKey, CallState
from projects_app import media_csp
from projects_app.actions import media, media_evidence, waking
from projects_app.models import Media, MediaState
from providers.errors import BadAnswer, ProviderError, Unauthorised
from providers.submagic.limits import PAGE
from providers.submagic.user_media import UserMedia

log = logging.getLogger(__name__)

ENDPOINT: Final = "user_media.list"
MOST_PAGES: Final = 100
# A list that is older than this is read anew when somebody opens the page.
STALE_SECONDS: Final = {"live": 600, "sandbox": 10}
# Between two reads that people ask for by the button.
CLICK_SECONDS: Final = {"live": 30, "sandbox": 2}
# Seconds between looks by the age of the entry, "up to this age"; a slow one is asked for rarely (contract, section 2).
LIVE_PACE: Final = ((120, 20), (300, 30), (900, 60), (3600, 600), (86_400, 3600))
SANDBOX_PACE: Final = ((120, 2), (900, 10), (86_400, 300))
RARELY: Final = 6 * 3600.0
# A read holds the key's list for at most this long; then another may begin.
LONGEST_READ: Final = 300
KEPT_SECONDS: Final = 90 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Library:
    """What is known about a key's list: read to its end at `synced_at`; `problem` when the last try failed."""

    synced_at: dt.datetime | None = None
    problem: str = ""


def library(key: ApiKey) -> Library:
    found: Library | None = cache.get(_name(key))
    if found is None:
        # The cache was emptied: the entries remember.
        newest = Media.objects.filter(api_key=key, seen_at__isnull=False).order_by("-seen_at").first()
        return Library(newest.seen_at if newest else None)
    return found


def _remember(key: ApiKey, found: Library) -> None:
    cache.set(_name(key), found, KEPT_SECONDS)


def _name(key: ApiKey) -> str:
    return f"media-library:{key.pk}"


# --- When -----------------------------------------------------------------------------------------------------------


def wish(key: ApiKey) -> bool:
    """Somebody looks at the page: read the list in the background if it is old. True when a read is under way."""
    if key.state != ApiKey.State.VALID:
        return False
    seen = library(key).synced_at
    stale = STALE_SECONDS[key.environment]
    if seen and timezone.now() - seen < dt.timedelta(seconds=stale):
        return bool(cache.get(f"media-read:{key.pk}"))
    # One wish at a time, however many people open the page; after a failure the provider is left alone for a while.
    if cache.add(f"media-wish:{key.pk}", 1, min(stale, 60)):
        waking.library(key.pk)
    return not library(key).problem


def check_now(key: ApiKey) -> bool:
    """A person asks; False when it was just asked for."""
    if key.state != ApiKey.State.VALID or not cache.add(f"media-click:{key.pk}", 1, CLICK_SECONDS[key.environment]):
        return False
    waking.library(key.pk)
    return True


def look(media_id: uuid.UUID) -> None:
    """An entry waits to become ready: read the list, which settles all that wait beside it, and set the next look."""
    row = Media.objects.select_related("api_key").filter(pk=media_id, state=MediaState.WAITING).first()
    if row is None:
        return
    with leases.held(row, heartbeat=True) as hold:
        if hold is None or row.state != MediaState.WAITING:
            return
        wait = 0.0
        if not _was_read_since(row):
            wait = sync(row.api_key)
        if Media.objects.filter(pk=row.pk, state=MediaState.WAITING).exists():
            hold.write(next_look_at=_in(max(wait, pace(row))), looks=row.looks + 1)


def _was_read_since(row: Media) -> bool:
    """Another entry's look has just read the list for this one too."""
    seen = library(row.api_key).synced_at
    since = max(timezone.now() - dt.timedelta(seconds=pace(row) / 2), row.accepted_at or row.created_at)
    return bool(seen and seen > since)


def pace(row: Media) -> float:
    """Seconds to the next look, by the age of the entry."""
    steps = SANDBOX_PACE if row.api_key.is_sandbox else LIVE_PACE
    age = row.age.total_seconds()
    return next((seconds for until, seconds in steps if age < until), RARELY)


def _in(seconds: float) -> dt.datetime:
    return timezone.now() + dt.timedelta(seconds=seconds * random.uniform(1.0, 1.1))


# --- Reading --------------------------------------------------------------------------------------------------------


def sync_key(key_id: uuid.UUID) -> None:
    """What the task of a person's wish does."""
    key = ApiKey.objects.filter(pk=key_id, state=ApiKey.State.VALID).first()
    if key:
        sync(key, click=True)


def sync(key: ApiKey, *, click: bool = False) -> float:
    """Read the whole list and write down what is true. Returns seconds after which it makes sense to try again, 0 when
    all was read."""
    if not cache.add(f"media-read:{key.pk}", 1, LONGEST_READ):
        return 2.0
    try:
        return _sync(key, click=click)
    finally:
        cache.delete(f"media-read:{key.pk}")


def _sync(key: ApiKey, *, click: bool) -> float:
    began = timezone.now()
    try:
        entries = _read(key, click=click)
    except budgets.NoTurn as wait:
        _remember(key, Library(library(key).synced_at, _("The list waits for its turn: Submagic allows some an hour.")))
        return wait.seconds
    except (ProviderError, remote.NoUsableKey, crypto.CannotOpen) as error:
        if isinstance(error, Unauthorised):
            api_keys.doubt(key=key, problem=error.message)
        text = error.message if isinstance(error, ProviderError) else str(error)
        _remember(key, Library(library(key).synced_at, text[:300]))
        return float(getattr(error, "wait_seconds", 30.0))
    try:
        _write(key, entries, began)
    except IntegrityError:
        # The answer to one that was being added came in this very moment; now its id is known.
        _write(key, entries, began)
    media_csp.remember(key.team_id, [entry.url for entry in entries])
    _remember(key, Library(timezone.now()))
    return 0.0


def _read(key: ApiKey, *, click: bool) -> list[UserMedia]:
    """All pages. A list that leads back to a page it gave, or does not end, is no list."""
    found: dict[str, UserMedia] = {}
    seen: set[str] = set()
    cursor: str | None = None
    with remote.client_for(key) as client:
        for _number in range(MOST_PAGES):
            budgets.need(key, ENDPOINT, click=click)
            page = client.user_media(limit=PAGE[1], cursor=cursor)
            found |= {entry.id: entry for entry in page.items if entry.id not in found}
            cursor = page.next_cursor
            if not cursor:
                return list(found.values())
            if cursor in seen:
                break
            seen.add(cursor)
    raise BadAnswer(_("Submagic's list of media does not come to an end."))


# --- Writing --------------------------------------------------------------------------------------------------------

FIELDS: Final = (
    *("type", "name", "url", "width", "height", "duration", "size", "seen_at"),
    *("state", "ready_at", "problem", "advice"),
)


@transaction.atomic
def _write(key: ApiKey, entries: list[UserMedia], began: dt.datetime) -> None:
    now = timezone.now()
    rows = Media.objects.filter(api_key=key).exclude(upstream_id="").select_for_update().order_by("pk")
    known = {row.upstream_id: row for row in rows}
    fresh = [entry for entry in entries if entry.id not in known]
    for entry in entries:
        if row := known.get(entry.id):
            _fill(row, entry, now)
    Media.objects.bulk_update((known[each.id] for each in entries if each.id in known), FIELDS, batch_size=100)
    # One that was lost while another read was on its way has been taken for somebody else's by that.
    adopted = _adopt(key, [entry for entry in entries if entry.id not in known or known[entry.id].is_found], now)
    _add(key, [entry for entry in fresh if entry.id not in adopted], now)
    listed = {entry.id for entry in entries}
    # What became ready while we read may be on a page that was read before.
    gone = [row.pk for row in known.values() if row.upstream_id not in listed and (row.seen_at or now) < began]
    Media.objects.filter(pk__in=gone, state=MediaState.READY).update(state=MediaState.GONE)


def _fill(row: Media, entry: UserMedia, now: dt.datetime) -> None:
    row.type = entry.type[:12] or row.type
    row.name = (entry.file_name or row.name)[:200]
    row.url = _link(entry.url) or row.url
    row.width, row.height = entry.width or row.width, entry.height or row.height
    row.duration = entry.duration if entry.duration is not None else row.duration
    row.size = entry.file_size or row.size
    row.seen_at = now
    if row.state != MediaState.READY:
        row.state = MediaState.READY
        row.ready_at = now
        row.problem = row.advice = ""


def _link(url: str | None) -> str:
    """As long as our column, and nothing but http(s)."""
    return url if url and len(url) <= 2048 and url.lower().startswith(("https://", "http://")) else ""


def _add(key: ApiKey, entries: Iterable[UserMedia], now: dt.datetime) -> None:
    """What we do not know was added elsewhere: it is part of the library all the same."""
    found: list[tuple[Media, UserMedia]] = []
    for entry in entries:
        name = entry.file_name or _("Without a name")
        row = Media(team_id=key.team_id, api_key=key, upstream_id=entry.id, name=name, state=MediaState.WAITING)
        _fill(row, entry, now)
        found.append((row, entry))
    Media.objects.bulk_create([row for row, _entry in found])
    for row, entry in found:
        # In the list it stands where the provider says that it was added.
        if entry.created_at:
            Media.objects.filter(pk=row.pk).update(created_at=entry.created_at)
    if found:
        audit.record(team=key.team, by=None, verb="media.found", target=key, label=key.label, count=len(found))


# --- Evidence for lost answers --------------------------------------------------------------------------------------


def _adopt(key: ApiKey, nobodys: list[UserMedia], now: dt.datetime) -> set[str]:
    """Entries that are the ones whose answers were lost; only where one fits one and nothing else can be meant."""
    rows = Media.objects.filter(api_key=key).select_related("call", "team", "api_key")
    unknown = rows.filter(state=MediaState.UNKNOWN, call__state=CallState.UNKNOWN)
    # Locked as a person who decides locks them: the entry before its call.
    lost = list(unknown.select_for_update(of=("self",)).order_by("pk")) if nobodys else []
    # One that is being sent just now may be in the list before its answer is here; and one that a person left may turn
    # up at last.
    may_be = rows.filter(call__state__in=(CallState.SENDING, CallState.COMMITTING, CallState.ABANDONED))
    others = list(may_be.filter(upstream_id="")) if lost else []
    taken: set[str] = set()
    for row in lost:
        fitting = [entry for entry in nobodys if media_evidence.fits(row, entry)]
        rivals = [other for other in (*lost, *others) if other.pk != row.pk]
        if len(fitting) != 1 or any(media_evidence.fits(other, fitting[0]) for other in rivals):
            continue
        entry = fitting[0]
        assert row.call
        if upstream_calls.accept(row.call, upstream_id=entry.id, reply={"userMediaId": entry.id, "adopted": True}):
            media.accepted(media=row, upstream_id=entry.id)
            _fill(row, entry, now)
            row.save(update_fields=FIELDS)
            taken.add(entry.id)
    return taken
