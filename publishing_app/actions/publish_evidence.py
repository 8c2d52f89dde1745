"""Looking for a publication whose answer was lost (design: reliability, 2.3). Nothing in here sends anything."""

from __future__ import annotations

import datetime as dt
import logging
from typing import Final

from django.utils import timezone

from dashboard import budgets, crypto, leases, remote
from dashboard.actions import api_keys, upstream_calls
from dashboard.models import CallState, UpstreamCall
from providers import submagic
from providers.errors import ProviderError, RateLimited, Unauthorised
from publishing_app.actions import publish_answers
from publishing_app.models import PERSON_AFTER, Keeper, Publication

log = logging.getLogger(__name__)

FEED: Final = "projects.published"
# The clocks of both sides may differ; an entry this much older than our call can still be ours.
CLOCK_SLACK: Final = dt.timedelta(minutes=2)
# A scheduled entry is ours only if it is due at the minute that was asked for.
SCHEDULE_SLACK: Final = dt.timedelta(seconds=60)
# How far back the feed is read for a lost answer; pages hold 100.
SETTLE_PAGES: Final = 10
PAGE: Final = 100


def look(call: UpstreamCall, publication: Publication, hold: leases.Held) -> None:
    """Look for the one new entry of the feed that can only be this call; otherwise look again later."""
    wait = 0.0
    try:
        with remote.client_for(call.api_key) as client:
            found = _find(client, call, publication)
    except Unauthorised as error:
        api_keys.doubt(key=call.api_key, problem=error.message)
    except RateLimited as error:
        wait = error.wait_seconds
    except budgets.NoTurn as error:
        wait = error.seconds
    except (ProviderError, remote.NoUsableKey, crypto.CannotOpen) as error:
        log.info("publish call %s could not be looked for: %s", call.pk, error)
    else:
        looked = {"looked_at": timezone.now().isoformat(), "candidates": [entry.id for entry in found]}
        mine = UpstreamCall.objects.filter(pk=call.pk, state=CallState.UNKNOWN, lease_owner=hold.owner)
        if not mine.update(reply=looked):
            return  # a person, or its late answer, has settled it while the feed was read
        call.reply = looked
        if len(found) == 1:
            reply = found[0].raw | {"matched": "feed"}
            publish_answers.accept(call, publication, upstream_id=found[0].id, status=found[0].status, reply=reply)
            publish_answers.look_soon(call.api_key)
        elif upstream_calls.no_evidence(call):
            _in_time_for_a_person(call, hold)
        return
    # A person decides after a look only, so looks go on until there was one.
    upstream_calls.not_looked(call, wait, until_looked=not (publication.was_looked_for or publication.cannot_be_seen))


def _in_time_for_a_person(call: UpstreamCall, hold: leases.Held) -> None:
    """When the question is put to a person there is a look from just before."""
    asked_at = (call.sent_at or call.created_at) + PERSON_AFTER
    if call.next_look_at and timezone.now() < asked_at < call.next_look_at:
        hold.write(next_look_at=asked_at)


def _find(client: submagic.SubmagicClient, call: UpstreamCall, publication: Publication) -> list[submagic.Publication]:
    since = (call.sent_at or call.created_at) - CLOCK_SLACK
    before = set(call.baseline.get("ids", []))
    taken = set(
        Publication.objects.filter(
            api_key=call.api_key_id, upstream_project_id=publication.upstream_project_id, call__isnull=False
        ).values_list("upstream_id", flat=True)
    )
    asked = frozenset(publication.platforms)
    scheduled = publication.keeper == Keeper.PROVIDER
    # An entry without a time may be an old one that the baseline did not reach.
    whole = bool(call.baseline.get("whole", False))
    found: dict[str, submagic.Publication] = {}
    cursor: str | None = None
    seen: set[str] = set()
    for _number in range(SETTLE_PAGES):
        # Of what looks leave to people: a person waits for the answer.
        budgets.need(call.api_key, FEED, click=True)
        page = client.published(limit=PAGE, cursor=cursor)
        for entry in page.items:
            late_enough = whole if entry.published_at is None else entry.published_at >= since
            if scheduled and entry.published_at and publication.scheduled_for:
                late_enough = abs(entry.published_at - publication.scheduled_for) <= SCHEDULE_SLACK
            if (
                entry.project_id == publication.upstream_project_id
                and entry.id not in before
                and entry.id not in taken
                and entry.platforms == asked
                and entry.scheduled == scheduled
                and late_enough
            ):
                found[entry.id] = entry
        cursor = page.next_cursor
        # The feed runs from new to old: once a whole page is older than the call, the rest is too.
        older = [entry.published_at is not None and entry.published_at < since for entry in page.items]
        if not cursor or cursor in seen or (older and all(older)):
            break
        seen.add(cursor)
    return list(found.values())
