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

from django.core.cache import cache
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from dashboard import audit, budgets, crypto, leases, remote, senders
from dashboard.actions import api_keys, held_calls
from dashboard.models import UpstreamCall, User
from projects_app import media_csp
from projects_app.actions import look_results, look_turns, rendering, waking
from projects_app.models import Clip, Project, ProjectState
from providers.errors import ProjectNotFound, ProviderError, RateLimited, Unauthorised
from providers.submagic import Project as Seen

log = logging.getLogger(__name__)

# Seconds between looks by the age of the job, "up to this age": a real account has 100 reads an hour (contract, row 2).
LIVE_PACE = ((300, 30), (900, 60), (3600, 120), (86_400, 300), (7 * 86_400, 3600))
SANDBOX_PACE = ((120, 2), (600, 5), (86_400, 30), (7 * 86_400, 600))
RARELY = 6 * 3600.0
GONE_AFTER = dt.timedelta(minutes=10)
LINKS_GO_STALE = dt.timedelta(minutes=30)
WORDS_WAIT = dt.timedelta(hours=1)


class Overtaken(Exception):
    """Something was begun with the project while it was read (an export), so the answer is from before that."""


def soon(project: Project, *, state: ProjectState | None = None) -> None:
    """The project is due for a look now (and in this state until then)."""
    values: dict[str, Any] = {"next_look_at": timezone.now()}
    if state:
        values["state"] = project.state = state
    Project.objects.filter(pk=project.pk).update(**values)


def look(project_id: uuid.UUID, *, force: bool = False) -> bool:
    """One look; True when the provider answered. `force`: a person or a webhook asked, so the reserve may be used."""
    project = Project.objects.select_related("api_key", "team", "clip__project").get(pk=project_id)
    with leases.held(project, seconds=leases.while_reading(), heartbeat=True) as hold:
        if hold is None:
            return False
        if not project.upstream_id:
            hold.write(next_look_at=None)
            return False
        asked_for = project.next_look_at
        try:
            with remote.client_for(project.api_key) as client:
                if wait := _no_turn(project, force=force):
                    _wait_turn(hold, project, wait, asked=force)
                    return False
                seen = client.get_project(project.upstream_id)
                _write(hold, project, seen)
                look_results.missing_words(project, client)
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
            log.exception("what Submagic says about project %s could not be taken over", project.pk)
            _failed(hold, project, error)
            return False
        # Who asked for a look while we were reading gets it: that time is not overwritten.
        mine = Project.objects.filter(pk=project.pk, lease_owner=hold.owner, next_look_at=asked_for)
        if not mine.update(next_look_at=_next(project)):
            log.info("project %s is to be looked at again already", project.pk)
        hold.write(looks=0)
        return True


def _write(hold: leases.Held, project: Project, seen: Seen) -> None:
    before, known_status = project.state, project.upstream_status
    now = timezone.now()
    with transaction.atomic():
        if Project.objects.select_for_update().values_list("state", flat=True).get(pk=project.pk) != before:
            raise Overtaken
        values = look_results.fields(project, seen, now)
        hold.write(**values, seen_at=now, look_problem="", missing_since=None)
        if not values:
            return  # an older answer than the one we know
        look_results.clips(project, seen, now)
        look_results.transcript(project, seen)
        look_results.mirror(project, seen, now)
        rendering.settle(project, seen, known_status=known_status, now=now)
        if project.state != before and project.state in (ProjectState.READY, ProjectState.FAILED):
            verb = f"project.{project.state}"
            audit.record(team=project.team, by=None, verb=verb, target=project, title=project.title)
    media_csp.remember(project.team_id, [seen.url, *(clip.url for clip in seen.clips)])


def _next(project: Project) -> dt.datetime | None:
    if project.state == ProjectState.FAILED:
        return None
    if project.state == ProjectState.NEEDS_YOU and pace(project) >= RARELY:
        return None  # a person knows; it need not be looked at for ever
    done = project.state == ProjectState.READY
    asked_until = (project.finished_at or timezone.now()) + WORDS_WAIT
    if done and not (look_results.words_missing(project) and timezone.now() < asked_until):
        return None
    wanted, cycle = pace(project), look_turns.cycle(project, partial(_pace_at, project.api_key.is_sandbox))
    # Where there are too few looks for all, none of them may be left unused: better to come a little early and to wait
    # for one's turn.
    return _in(wanted) if wanted >= cycle else timezone.now() + dt.timedelta(seconds=cycle * random.uniform(0.95, 1.0))


def pace(project: Project) -> float:
    """Seconds to the next look, by the age of the job."""
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


def _no_turn(project: Project, *, force: bool) -> float:
    """Seconds until it may be read, 0.0 when now."""
    ahead = 0 if force else look_turns.ahead(project, partial(_pace_at, project.api_key.is_sandbox))
    return budgets.turn(project.api_key, look_turns.READ, click=force, evenly=not force, ahead=ahead)


def _wait_turn(hold: leases.Held, project: Project, wait: float, *, asked: bool) -> None:
    """No reads are left for this look. Only who asked for it is told; the others notice nothing but a later one."""
    hold.write(next_look_at=look_turns.later(project, wait))
    if asked:
        limit = budgets.left(project.api_key, look_turns.READ).limit
        text = _("Looking again waits its turn: Submagic's limit of calls is used up for now.")
        if limit is not None:
            text = _("Looking again waits its turn: Submagic takes %(limit)d of these an hour.") % {"limit": limit}
        hold.write(look_problem=text)


# --- When the provider does not answer as hoped -------------------------------------------------------------------


def _failed(hold: leases.Held, project: Project, error: Exception) -> None:
    """Trouble with a look is no trouble of the job: the page keeps the last good data, "as of"."""
    text = error.message if isinstance(error, ProviderError) else str(error)
    if not isinstance(error, ProviderError | remote.NoUsableKey | crypto.CannotOpen):
        text = _("Submagic's answer holds something that this desk cannot take over. Tell an admin.")
    if isinstance(error, RateLimited):
        again = _in(error.wait_seconds)
    elif isinstance(error, Unauthorised):
        api_keys.doubt(key=project.api_key, problem=error.message)
        again = _in(900)
    elif isinstance(error, ProviderError):
        again = _in(min(300, 2 * 2 ** min(project.looks, 8)))
    else:
        again = _in(900)
    hold.write(look_problem=text[:300], next_look_at=again, looks=project.looks + 1)


def _missing(hold: leases.Held, project: Project) -> None:
    """404. Twice, ten minutes apart, and it is said; whether it was deleted depends on what else the key sees."""
    now = timezone.now()
    first = project.missing_since
    if first and now - first >= GONE_AFTER and (wait := budgets.turn(project.api_key, look_turns.READ)):
        # What it means cannot be told before another project has been looked at.
        hold.write(next_look_at=look_turns.later(project, wait))
        return
    if first is None or now - first < GONE_AFTER:
        problem = _("Submagic does not find this project just now; it is asked again.")
        hold.write(missing_since=first or now, look_problem=problem, next_look_at=_in(120 if first else 660))
        return
    deleted = _sees_others(project)
    if deleted:
        reason = _("Submagic no longer has this project: it was deleted there.")
        advice = _("What was read before stays here. Links to its videos may stop working.")
    else:
        reason = _("Submagic finds none of this key's projects any more.")
        advice = _("The key may belong to another account now. Ask an admin to enter the right one, then check again.")
    with transaction.atomic():
        hold.write(
            state=ProjectState.NEEDS_YOU, failure_reason=reason, advice=advice, next_look_at=None, look_problem=""
        )
        audit.record(team=project.team, by=None, verb="project.missing", target=project)
        if deleted:
            _nothing_more(project)


def _nothing_more(project: Project) -> None:
    """What still waits to be sent about it can never go out (R15): it ends here, told instead of refused later."""
    problem = _("Not sent: the project was deleted at Submagic.")
    about = [project.pk, *project.clips.values_list("pk", flat=True)]
    waiting = UpstreamCall.objects.for_team(project.team).filter(target_id__in=about, state__in=held_calls.UNSENT)
    for call in waiting.select_related("team"):
        if held_calls.cannot(call, problem=problem, advice=_("Nothing was posted or spent. Make a new project of it.")):
            # Told where it was asked for; should that message get lost, the minute's mending tells it.
            transaction.on_commit(partial(senders.deliver, call.pk), robust=True)


def _sees_others(project: Project) -> bool:
    """Whether the same key still finds another project that we know (reliability, R15)."""
    others = Project.objects.filter(api_key=project.api_key, missing_since=None).exclude(upstream_id="")
    other = others.exclude(pk=project.pk).order_by(F("seen_at").desc(nulls_last=True)).first()
    if other is None:
        return False
    try:
        with remote.client_for(project.api_key) as client:
            client.get_project(other.upstream_id)
    except (ProviderError, remote.NoUsableKey):
        return False
    return True


# --- What people ask for ------------------------------------------------------------------------------------------


def check_now(*, project: Project, by: User) -> bool:
    """Look at once; False when it was just asked for (somebody leaning on the button must not use up the limit)."""
    seconds = 2 if project.api_key.is_sandbox else 30
    if not project.upstream_id or not cache.add(f"check-now:{project.pk}", 1, seconds):
        return False
    soon(project)
    waking.project(project.pk)
    return True


def refresh_links(thing: Clip | Project) -> bool:
    """Before a video is played or fetched: read its links anew when they are older than half an hour.

    True when they are fresh now. The sandbox's links never go stale.
    """
    project = thing.project if isinstance(thing, Clip) else thing
    seen = thing.seen_at
    if project.api_key.is_sandbox or (seen and timezone.now() - seen < LINKS_GO_STALE):
        return True
    # One try a minute for each: a page that is loaded again and again must not use up the limit.
    if not thing.upstream_id or not cache.add(f"links:{thing.pk}", 1, 60):
        return False
    try:
        with remote.client_for(project.api_key, timeouts=remote.WHILE_SOMEBODY_WAITS) as client:
            if budgets.turn(project.api_key, look_turns.READ, click=True):
                return False
            found = client.get_project(thing.upstream_id)
            look_results.links(thing, found)
    except (ProviderError, remote.NoUsableKey, crypto.CannotOpen):
        return False
    media_csp.remember(project.team_id, [found.url])
    return True
