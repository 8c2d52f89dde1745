"""Checks of the whole desk, for its admins: a page in the settings, `manage.py doctor`, and a text to send along.

Each check gives findings in words: what is, and what to do next. Nothing in them is secret. Upper apps add what they
alone know (`register`). A check that fails is a finding itself, and a database that is away silences only the checks
that need it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from django.db import DatabaseError
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from dashboard.doctor import address, clocks, database, disk, keys, provider, setup, sharing, worker
from dashboard.doctor.findings import TITLES, Finding, Group, Scope, State, Visit

__all__ = ["TITLES", "Finding", "Group", "Scope", "Section", "State", "Visit", "examine", "is_slow", "register"]

log = logging.getLogger(__name__)

Look = Callable[[Scope], Iterable[Finding]]


class Check(NamedTuple):
    group: Group
    look: Look
    needs_database: Callable[[], bool]
    is_slow: bool


@dataclass(frozen=True, slots=True)
class Section:
    group: Group
    title: str | Promise
    findings: list[Finding]

    @property
    def worst(self) -> State:
        return next((state for state in State if self.count(state)), State.OK)

    @property
    def broken(self) -> int:
        return self.count(State.BAD)

    @property
    def doubtful(self) -> int:
        return self.count(State.WARN)

    def count(self, state: State) -> int:
        return sum(finding.state == state for finding in self.findings)


def _always() -> bool:
    return True


def _never() -> bool:
    return False


_checks: list[Check] = []


def register(group: Group, look: Look, *, needs_database: Callable[[], bool] = _always, is_slow: bool = False) -> None:
    """`is_slow`: it waits for somebody else, so a page loads its group by itself."""
    check = Check(group, look, needs_database, is_slow)
    if check not in _checks:
        _checks.append(check)


def is_slow(group: Group) -> bool:
    return any(check.is_slow for check in _checks if check.group == group)


def examine(scope: Scope, groups: Iterable[Group] = tuple(Group)) -> list[Section]:
    """What is worst in a group stands first."""
    wanted, order = list(groups), list(State)
    is_away = not database.answers()
    found = []
    for group in wanted:
        checks = [check for check in _checks if check.group == group]
        findings = [finding for check in checks for finding in _run(check, scope, is_away)]
        if any(is_away and check.needs_database() for check in checks):
            findings.append(_not_looked_at())
        findings.sort(key=lambda finding: order.index(finding.state))
        found.append(Section(group, TITLES[group], findings))
    return found


def _run(check: Check, scope: Scope, is_away: bool) -> Iterator[Finding]:
    if is_away and check.needs_database():
        return
    try:
        # All of it, so that what fails in the middle is told as well.
        yield from list(check.look(scope))
    except Exception as error:
        # With tables that are missing many fail for one reason, which is told by its own finding.
        log.warning("a check of the doctor failed: %s", error, exc_info=not isinstance(error, DatabaseError))
        part = check.look.__module__.rpartition(".")[2]
        text = _("This could not be looked at: %(error)s.") % {"error": type(error).__name__}
        yield Finding(
            _("A check (%(part)s)") % {"part": part},
            State.WARN,
            text,
            _("Look at the findings around it; the log says more."),
        )


def _not_looked_at() -> Finding:
    text = _("The rest cannot be looked at while the database does not answer.")
    return Finding(_("Other checks"), State.WARN, text, _("Begin with the database, then check again."))


register(Group.DESK, database.look, needs_database=_never)
register(Group.DESK, worker.look)
register(Group.DESK, sharing.queue, needs_database=_never)
register(Group.DESK, sharing.cache_, needs_database=sharing.cache_is_a_table)
register(Group.DESK, address.look, needs_database=_never)
register(Group.DESK, disk.look, needs_database=_never)
register(Group.DESK, clocks.of_database)
register(Group.DESK, keys.secrets)
register(Group.DESK, setup.mail, needs_database=_never)
register(Group.DESK, setup.debug, needs_database=_never)
register(Group.DESK, setup.deployment, needs_database=_never)
register(Group.PROVIDER, provider.look, is_slow=True)
register(Group.PROVIDER, clocks.of_providers)
register(Group.KEYS, keys.look)
