"""Reading a project at the provider and writing down what is true now.

Looks alone keep every project true; webhooks only make one come sooner. State goes forward only: an older answer never
overwrites a newer one (design: reliability, I4).
"""

from __future__ import annotations

import datetime as dt
import logging
import random
import uuid
from functools import partial
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from dashboard import audit, budgets, crypto, leases, remote
from dashboard.actions import api_keys, key_sight
from dashboard.models import User
from projects_app import media_csp
from projects_app.actions import gone, look_turns, readers, rendering, waking
from projects_app.models import FINAL_STATES, Project, ProjectState, standing
from providers.errors import ProjectNotFound, ProviderError, RateLimited, Unauthorised

log = logging.getLogger(__name__)

# Seconds between looks by the age of the job, "up to this age": a real account has 100 reads an hour (contract, row 2).
LIVE_PACE = ((300, 30), (900, 60), (3600, 120), (86_400, 300), (7 * 86_400, 3600))
SANDBOX_PACE = ((120, 2), (600, 5), (86_400, 30), (7 * 86_400, 600))
RARELY = 6 * 3600.0
# Seconds until it is tried again: of any six such tries the first and the last are an hour apart.
AFTER_FAILURES = (2, 30, 150, 900, 1800, 900)
GONE_AFTER = dt.timedelta(minutes=10)


class Overtaken(Exception):
    """Something was begun with the project while it was read (an export), so the answer is from before that."""


def soon(project: Project, *, state: ProjectState | None = None) -> None:
    """The project is due for a look now (and in this state until then)."""
    values: dict[str, Any] = {"next_look_at": timezone.now()}
    if state:
        values |= {"state": state, "moved_at": timezone.now()}
        project.state = state
    Project.objects.filter(pk=project.pk).update(**values)


def look(project_id: uuid.UUID, *, force: bool = False) -> bool:
    """One look; True when the provider answered. `force`: a person or a webhook asked, so the reserve may be used."""
    project = Project.objects.select_related("api_key", "team", "clip__project").get(pk=project_id)
    with leases.held(project, seconds=leases.while_reading(), heartbeat=True) as hold:
        if hold is None:
            return False
        if not project.upstream_id or project.state == ProjectState.DELETED:
            hold.write(next_look_at=None)
            return False
        asked_for, reader = project.next_look_at, readers.of(project.api_key)
        try:
            with reader.client(project.api_key) as client:
                if wait := _no_turn(project, force=force):
                    _wait_turn(hold, project, wait, asked=force)
                    return False
                _write(hold, project, reader.read(client, project.upstream_id))
                reader.more(project, client)
        except ProjectNotFound:
            _missing(hold, project)
            return True
        except (ProviderError, remote.NoUsableKey, crypto.CannotOpen) as error:
            _failed(hold, project, error)
            return False
        except Overtaken:
            hold.write(next_look_at=timezone.now())
            return False
        except leases.LeaseLost:
            raise
        except Exception as error:
            log.exception("what the provider says about project %s could not be taken over", project.pk)
            _failed(hold, project, error)
            return False
        _come_again(hold, project, asked_for)
        hold.write(looks=0)
        return True


def look_if_due(project_id: uuid.UUID) -> bool:
    """For a message of the sweep: while many wait, each row is delivered more than once, and one look is enough."""
    soon = timezone.now() + dt.timedelta(seconds=settings.REDELIVER_SECONDS + 1)
    due = Project.objects.filter(pk=project_id, next_look_at__lte=soon)
    return due.exists() and look(project_id)


def _write(hold: leases.Held, project: Project, seen: Any) -> None:
    before, known_status = project.state, project.upstream_status
    now, reader = timezone.now(), readers.of(project.api_key)
    with transaction.atomic():
        rows = Project.objects.select_for_update().values_list("state", "upstream_updated_at")
        state, project.upstream_updated_at = rows.get(pk=project.pk)
        if state != before:
            raise Overtaken
        values = reader.fields(project, seen, now)
        moved = values.get("state", before) != before or values.get("upstream_status", known_status) != known_status
        values |= {"moved_at": now} if moved else {}
        hold.write(**values, seen_at=now, look_problem="", missing_since=None)
        if not values:
            return  # an older answer than the one we know
        reader.store(project, seen, now, known_status)
        if project.state != before and project.state in FINAL_STATES:
            verb = f"project.{project.state}"
            audit.record(team=project.team, by=None, verb=verb, target=project, title=project.title)
    if project.api_key.problem:
        key_sight.sees(key=project.api_key)
    media_csp.remember(project.team_id, reader.addresses(seen))


def _come_again(hold: leases.Held, project: Project, asked_for: dt.datetime | None) -> None:
    """Who asked for a look while we were reading gets it: that time is not overwritten, but never waited for longer
    than for any other look (the sweeper moves it ahead when it delivers a row a second time)."""
    mine, again = Project.objects.filter(pk=project.pk, lease_owner=hold.owner), _next(project)
    if mine.filter(next_look_at=asked_for).update(next_look_at=again):
        return
    log.info("project %s is to be looked at again already", project.pk)
    if again:
        mine.filter(next_look_at__gt=again).update(next_look_at=again)


def _next(project: Project) -> dt.datetime | None:
    if project.state == ProjectState.DELETED:
        return None
    if project.state == ProjectState.NEEDS_YOU and pace(project) >= RARELY:
        return None  # a person knows; it need not be looked at for ever
    done = project.state in (ProjectState.READY, ProjectState.FAILED)
    asked_until = (project.finished_at or timezone.now()) + standing.LATE_NEWS
    if done and not (readers.of(project.api_key).asks_more(project) and timezone.now() < asked_until):
        return None
    wanted, cycle = (
        pace(project),
        look_turns.cycle(project, _read_of(project), partial(_pace_at, project.api_key.is_sandbox)),
    )
    # Where there are too few looks for all, none of them may be left unused: better to come a little early and to wait
    # for one's turn.
    return _in(wanted) if wanted >= cycle else timezone.now() + dt.timedelta(seconds=cycle * random.uniform(0.95, 1.0))


def pace(project: Project) -> float:
    """Seconds to the next look, by the age of the job."""
    if project.is_open_draft:
        return RARELY  # it waits for people; whoever opens it reads it, and a lost request looks for itself
    since = project.accepted_at or project.created_at
    # A job that moved lately, or of which something was asked, is looked at as often as a young one.
    moved = [each for each in (project.upstream_updated_at, rendering.asked_at(project)) if each]
    age = (timezone.now() - max([since, *moved])).total_seconds()
    return _pace_at(project.api_key.is_sandbox, age)


def _pace_at(is_sandbox: bool, age: float) -> float:
    steps = SANDBOX_PACE if is_sandbox else LIVE_PACE
    return next((seconds for until, seconds in steps if age < until), RARELY)


def _in(seconds: float) -> dt.datetime:
    return timezone.now() + dt.timedelta(seconds=seconds * random.uniform(1.0, 1.1))


def _read_of(project: Project) -> str:
    return readers.of(project.api_key).endpoint


def _no_turn(project: Project, *, force: bool) -> float:
    """Seconds until it may be read, 0.0 when now."""
    ahead = 0 if force else look_turns.ahead(project, _read_of(project), partial(_pace_at, project.api_key.is_sandbox))
    return budgets.turn(project.api_key, _read_of(project), click=force, evenly=not force, ahead=ahead)


def _wait_turn(hold: leases.Held, project: Project, wait: float, *, asked: bool) -> None:
    """No reads are left for this look. Only who asked for it is told; the others notice nothing but a later one."""
    hold.write(next_look_at=look_turns.later(project, _read_of(project), wait))
    if asked:
        limit = budgets.left(project.api_key, _read_of(project)).limit
        text = _("Looking again waits its turn: %(provider)s's limit of calls is used up for now.")
        if limit is not None:
            text = _("Looking again waits its turn: %(provider)s takes %(limit)d of these an hour.")
        hold.write(look_problem=text % {"provider": project.provider_name, "limit": limit})


# --- When the provider does not answer as hoped -------------------------------------------------------------------


def _failed(hold: leases.Held, project: Project, error: Exception) -> None:
    """Trouble with a look is no trouble of the job: the page keeps the last good data, "as of"."""
    text = error.message if isinstance(error, ProviderError) else str(error)
    if not isinstance(error, ProviderError | remote.NoUsableKey | crypto.CannotOpen):
        text = _("%(provider)s's answer holds something that this desk cannot take over. Tell an admin.")
        text %= {"provider": project.provider_name}
    if isinstance(error, RateLimited):
        again = _in(error.wait_seconds)
    elif isinstance(error, Unauthorised):
        api_keys.doubt(key=project.api_key, problem=error.message)
        again = _in(900)
    elif isinstance(error, ProviderError):
        again = _in(after_failure(project.looks, is_sandbox=project.api_key.is_sandbox))
    else:
        again = _in(900)
    hold.write(look_problem=text[:300], next_look_at=again, looks=project.looks + 1)


def after_failure(failures: int, *, is_sandbox: bool) -> float:
    """Seconds until a look that failed is made again, after `failures` others in a row: within an hour at most five
    (R6), so that fifty jobs do not use up their key's calls on a provider in trouble."""
    if is_sandbox:
        return min(300.0, 2.0 * 2.0 ** min(failures, 8))
    wait = AFTER_FAILURES[min(failures, len(AFTER_FAILURES) - 1)]
    return wait * random.uniform(1.0, 1.5)


def _missing(hold: leases.Held, project: Project) -> None:
    """404. Twice, ten minutes apart, and it is said; whether it was deleted depends on what else the key sees."""
    now, told = timezone.now(), {"provider": project.provider_name}
    first = project.missing_since
    if first and now - first >= GONE_AFTER and (wait := budgets.turn(project.api_key, _read_of(project))):
        # What it means cannot be told before another project has been looked at.
        hold.write(next_look_at=look_turns.later(project, _read_of(project), wait))
        return
    if first is None or now - first < GONE_AFTER:
        problem = _("%(provider)s does not find this project just now; it is asked again.") % told
        hold.write(missing_since=first or now, look_problem=problem, next_look_at=_in(120 if first else 660))
        return
    others = gone.others(project)
    deleted = gone.finds_any(others)
    if deleted is None:
        problem = _("%(provider)s does not find this project, and whether the key sees others could not be asked yet.")
        again = _in(max(300.0, after_failure(project.looks, is_sandbox=project.api_key.is_sandbox)))
        hold.write(look_problem=problem % told, next_look_at=again, looks=project.looks + 1)
        return
    if deleted:
        reason = _("%(provider)s no longer has this project: it was deleted there.") % told
        advice = _("What was read before stays here. Links to its videos may stop working.")
    else:
        reason = _("%(provider)s finds none of this key's projects any more.") % told
        advice = _("The key may belong to another account now. Ask an admin to enter the right one, then check again.")
    with transaction.atomic():
        hold.write(
            state=ProjectState.NEEDS_YOU, failure_reason=reason, advice=advice, next_look_at=None, look_problem=""
        )
        audit.record(team=project.team, by=None, verb="project.missing", target=project)
        if deleted:
            gone.nothing_more(project)
        elif others:
            key_sight.blind(key=project.api_key)


# --- What people ask for ------------------------------------------------------------------------------------------


def check_now(*, project: Project, by: User) -> bool:
    """Look at once; False when it was just asked for (somebody leaning on the button must not use up the limit)."""
    seconds = 2 if project.api_key.is_sandbox else 30
    if not project.upstream_id or not cache.add(f"check-now:{project.pk}", 1, seconds):
        return False
    soon(project)
    waking.project(project.pk)
    return True
