"""Findings as plain text: for the terminal, and to send along when asking for help."""

from __future__ import annotations

import platform
import textwrap
from collections.abc import Iterable

import django
from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from dashboard.doctor import Section, State
from dashboard.doctor.database import NAMES
from dashboard.logs import ScrubFilter

MARKS = {State.OK: "ok  ", State.WARN: "look", State.BAD: "BAD "}
WIDTH = 100


def is_bad(sections: Iterable[Section]) -> bool:
    return any(section.broken for section in sections)


def lines(sections: Iterable[Section]) -> Iterable[str]:
    for section in sections:
        yield ""
        yield str(section.title)
        for finding in section.findings:
            yield from _wrapped(f"  {MARKS[finding.state]}  {finding.name}: {finding.found}", 8)
            if finding.advice:
                yield from _wrapped(f"        → {finding.advice}", 10)


def _wrapped(text: str, indent: int) -> list[str]:
    # Addresses and names stay whole, or they could not be copied.
    return textwrap.wrap(text, WIDTH, subsequent_indent=" " * indent, break_long_words=False, break_on_hyphens=False)


def text(sections: Iterable[Section]) -> str:
    """No finding holds a secret; whatever looks like one is masked all the same, because this text is passed on."""
    head = [
        _("Clipdesk health report, %(time)s UTC") % {"time": f"{timezone.now():%Y-%m-%d %H:%M:%S}"},
        f"Django {django.get_version()}, Python {platform.python_version()}, "
        f"{NAMES.get(connection.vendor, connection.vendor)}, {platform.system()} {platform.machine()}",
    ]
    return ScrubFilter.clean("\n".join([*head, *lines(sections)]) + "\n")


def summary(sections: Iterable[Section]) -> str:
    found = list(sections)
    broken, doubtful = sum(each.broken for each in found), sum(each.doubtful for each in found)
    if broken:
        return _("%(broken)d broken, %(doubtful)d to look at.") % {"broken": broken, "doubtful": doubtful}
    if doubtful:
        return _("Nothing is broken, %(doubtful)d to look at.") % {"doubtful": doubtful}
    return _("All is in order.")
