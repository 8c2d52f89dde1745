"""Reads a key's published feed: publications, their posts, and a measurement per post.

(design: reliability, R19.) Each page is committed as a whole; a page that cannot be read changes nothing, and the
last good numbers stay with the time they are from.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
import random
import uuid
from dataclasses import asdict, dataclass, field

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from dashboard import budgets, crypto, leases, remote
from dashboard.actions import api_keys
from dashboard.models import ApiKey
from providers import submagic
from providers.errors import BadAnswer, NotSent, ProviderError, RateLimited, Unauthorised, UpstreamFault
from publishing_app.actions import feed_pages
from publishing_app.models import Publication

log = logging.getLogger(__name__)

ENDPOINT = "projects.published"
PAGE = 100
MOST_PAGES = 500
# What is under way is new, so it stands at the head; one that is not there is left to the next sweep.
HEAD_PAGES = 3
# Nobody knows how long a provider's cursor leads anywhere.
CURSOR_LASTS = dt.timedelta(hours=24)


class BrokenFeed(BadAnswer):
    """The pages do not come to an end."""


def sync(api_key_id: uuid.UUID, *, full: bool = False) -> bool:
    """Read the feed of one key; what the task does. True when it was read as far as was wanted.

    `full` reads to the end even when only publications under way are due to be looked at. A list that is too long for
    what may be read now goes on at its next look, where it was left.
    """
    key = ApiKey.objects.usable().filter(pk=api_key_id).first()
    if key is None:
        return False
    with leases.held(key, seconds=leases.while_reading(), heartbeat=True) as hold:
        if hold is None or key.state != ApiKey.State.VALID:
            return False
        try:
            with remote.client_for(key) as client:
                _read(client, key, hold, full=full)
        except Unauthorised as error:
            hold.write(feed_problem=error.message[:300])
            if not api_keys.doubt(key=key, problem=error.message):
                _failed(key, hold, error.message, _backoff(key))
        except budgets.NoTurn as error:
            _wait_turn(key, hold, error.seconds)
        except RateLimited as error:
            _failed(key, hold, error.message, dt.timedelta(seconds=error.wait_seconds))
        except (UpstreamFault, NotSent) as error:
            _failed(key, hold, error.message, _backoff(key))
        except ProviderError as error:
            # Whatever is wrong with this page or its cursor: the next sweep begins at the head.
            hold.write(feed_sweep={})
            _failed(key, hold, error.message, _backoff(key))
        except (remote.NoUsableKey, crypto.CannotOpen) as error:
            _failed(key, hold, str(error), _usual(key))
        except leases.LeaseLost:
            raise
        except Exception:
            log.exception("the feed of key %s could not be taken over", key.pk)
            hold.write(feed_sweep={})
            text = _("Submagic's list of posts holds something that this desk cannot take over. Tell an admin.")
            _failed(key, hold, text, _backoff(key))
        else:
            return True
        return False


def _read(client: submagic.SubmagicClient, key: ApiKey, hold: leases.Held, *, full: bool) -> None:
    at = timezone.now()
    sweep = Sweep.of(key, at)
    waiting = set(Publication.objects.in_a_hurry(key).values_list("upstream_id", flat=True))
    due = full or key.feed_synced_at is None or at - key.feed_synced_at >= _usual(key)
    twin = None
    if sweep.cursor and (full or waiting) or not (due or sweep.cursor):
        twin = _head(client, key, hold, at, waiting)
    if due or sweep.cursor:
        twin = _sweep(client, key, hold, at, sweep) or twin
        hold.write(feed_synced_at=at)
    hold.write(looks=0, feed_problem=_told(twin), next_look_at=_next_look(key, timezone.now()))


def _head(
    client: submagic.SubmagicClient, key: ApiKey, hold: leases.Held, at: dt.datetime, waiting: set[str]
) -> ApiKey | None:
    """What is new, as far as everything that is under way was seen."""
    cursor: str | None = None
    twin: ApiKey | None = None
    for _number in range(HEAD_PAGES):
        budgets.need(key, ENDPOINT)
        page = client.published(limit=PAGE, cursor=cursor)
        hold.check()
        with transaction.atomic():
            twin = feed_pages.take(key, page.items, at) or twin
        waiting -= {entry.id for entry in page.items}
        cursor = page.next_cursor
        if not cursor or not waiting:
            break
    return twin


@dataclass(slots=True)
class Sweep:
    """How far a reading of the whole list has come: the next page's cursor, and which it gave before (R19)."""

    cursor: str = ""
    began: str = ""
    seen: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, key: ApiKey, now: dt.datetime) -> Sweep:
        """The one that was left, or a new one, which begins at the head."""
        kept = cls(**key.feed_sweep)
        if kept.cursor and now - dt.datetime.fromisoformat(kept.began) < CURSOR_LASTS:
            return kept
        return cls(began=now.isoformat())

    def go_on(self, cursor: str | None) -> None:
        """Raises BrokenFeed when the list leads back, or does not end."""
        self.cursor = cursor or ""
        if not cursor:
            return
        mark = hashlib.sha256(cursor.encode()).hexdigest()[:16]
        if mark in self.seen:
            raise BrokenFeed("Submagic's list of posts leads back to a page it already gave.")
        self.seen.append(mark)
        if len(self.seen) >= MOST_PAGES:
            raise BrokenFeed(f"Submagic's list of posts did not end after {MOST_PAGES} pages.")


def _sweep(
    client: submagic.SubmagicClient, key: ApiKey, hold: leases.Held, at: dt.datetime, sweep: Sweep
) -> ApiKey | None:
    """Page by page to the end. Each page is kept together with the cursor of the next one, so what ends this (a kill,
    the hour's limit) costs one page at most. Returns another key of the team that gives the same posts."""
    twin: ApiKey | None = None
    # Only the first time as fast as may be: a long list leaves calls to what is under way.
    evenly = key.feed_synced_at is not None
    while True:
        if seconds := budgets.turn(key, ENDPOINT, evenly=evenly):
            raise budgets.NoTurn(seconds)
        page = client.published(limit=PAGE, cursor=sweep.cursor or None)
        sweep.go_on(page.next_cursor)
        with transaction.atomic():
            twin = feed_pages.take(key, page.items, at) or twin
            hold.write(feed_sweep=asdict(sweep) if sweep.cursor else {})
            if not sweep.cursor:
                feed_pages.absent(key, dt.datetime.fromisoformat(sweep.began))
        if not sweep.cursor:
            return twin


def _told(twin: ApiKey | None) -> str:
    if twin is None:
        return ""
    text = _("These posts come by the key “%(key)s” too, and are counted once. Use Replace there and remove this one.")
    return (text % {"key": twin})[:300]


def _usual(key: ApiKey) -> dt.timedelta:
    return dt.timedelta(seconds=settings.SANDBOX_FEED_SYNC_SECONDS if key.is_sandbox else settings.FEED_SYNC_SECONDS)


def _next_look(key: ApiKey, now: dt.datetime) -> dt.datetime:
    """Soon while something is under way, less often the longer it takes, else at the usual time."""
    wait = _usual(key)
    if newest := Publication.objects.in_a_hurry(key).order_by("-created_at").first():
        fresh = now - newest.created_at < dt.timedelta(minutes=15)
        quick = (2 if fresh else 30) if key.is_sandbox else (30 if fresh else 300)
        wait = min(wait, dt.timedelta(seconds=max(quick, budgets.spacing(key, ENDPOINT))))
    return now + wait * random.uniform(1.0, 1.1)


def _backoff(key: ApiKey) -> dt.timedelta:
    """With full jitter, at most five minutes (R6); never in a greater hurry than two seconds."""
    return dt.timedelta(seconds=2 + random.uniform(0, min(300, 4 * 2 ** min(key.looks, 8))))


def _wait_turn(key: ApiKey, hold: leases.Held, seconds: float) -> None:
    """What was read so far is kept; no trouble, so nobody is told but by the time of the last sync."""
    again = dt.timedelta(seconds=budgets.later(key, ENDPOINT, seconds, others=0))
    hold.write(next_look_at=timezone.now() + again)


def _failed(key: ApiKey, hold: leases.Held, problem: str, wait: dt.timedelta) -> None:
    hold.write(feed_problem=problem[:300], looks=key.looks + 1, next_look_at=timezone.now() + wait)
