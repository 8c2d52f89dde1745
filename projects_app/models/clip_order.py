"""The orders of the gallery, and a clip's place in each.

Pages of the gallery and the steps of the review queue continue after a *place* (the values that a clip was sorted by)
and not after a number of rows: a clip that is approved while somebody works through "undecided" leaves the list, and
counting rows would then skip its neighbour.
"""

from __future__ import annotations

import datetime as dt
import math
import uuid
from collections.abc import Callable
from typing import Any, NamedTuple

from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.db.models.expressions import Combinable, OrderBy
from django.db.models.functions import Coalesce
from django.db.models.lookups import GreaterThan, LessThan
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _


class ClipSort(models.TextChoices):
    UNDECIDED = "undecided", _("Undecided first")
    SCORE = "score", _("Best score")
    NEWEST = "newest", _("Newest")
    LONGEST = "longest", _("Longest")
    SHORTEST = "shortest", _("Shortest")


class Key(NamedTuple):
    """One value that is sorted by: in the database, of a row in hand, and read back from an address."""

    column: str
    expression: Combinable
    of: Callable[[Any], Any]
    read: Callable[[str], Any]
    descending: bool = False


def _number(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(text)
    return number


def _moment(text: str) -> dt.datetime:
    moment = parse_datetime(text)
    if moment is None or moment.tzinfo is None:
        raise ValueError(text)
    return moment


# A clip without a score or a length comes last in every order that asks for it.
_SCORE = Key(
    "score_key",
    Coalesce(F("virality_total"), Value(-1.0)),
    lambda clip: -1.0 if clip.virality_total is None else clip.virality_total,
    _number,
    True,
)
_LONGEST = Key(
    "length_key",
    Coalesce(F("duration"), Value(-1.0)),
    lambda clip: -1.0 if clip.duration is None else clip.duration,
    _number,
    True,
)
_SHORTEST = Key(
    "length_key",
    Coalesce(F("duration"), Value(1e9)),
    lambda clip: 1e9 if clip.duration is None else clip.duration,
    _number,
)
_NEWEST = Key("made_key", F("created_at"), lambda clip: clip.created_at, _moment, True)
_TURN = Key(
    "turn_key",
    Case(When(decision="undecided", then=Value(0)), default=Value(1)),
    lambda clip: 0 if clip.decision == "undecided" else 1,
    int,
)
_ID = Key("id", F("id"), lambda clip: clip.pk, uuid.UUID)

_KEYS: dict[str, tuple[Key, ...]] = {
    ClipSort.UNDECIDED: (_TURN, _SCORE, _ID),
    ClipSort.SCORE: (_SCORE, _ID),
    ClipSort.NEWEST: (_NEWEST, _ID),
    ClipSort.LONGEST: (_LONGEST, _ID),
    ClipSort.SHORTEST: (_SHORTEST, _ID),
}

type Place = tuple[Any, ...]


def columns(sort: str) -> dict[str, Combinable]:
    """What a query must be annotated with before it is ordered or compared."""
    return {key.column: key.expression for key in _KEYS[sort] if key.column != "id"}


def ordering(sort: str, *, backwards: bool = False) -> list[OrderBy]:
    return [OrderBy(F(key.column), descending=key.descending != backwards) for key in _KEYS[sort]]


def beyond(sort: str, place: Place, *, backwards: bool = False) -> Q:
    """Rows after the place (before it, when backwards): (a, b) beyond (x, y) is a > x or (a = x and b > y)."""
    found = Q()
    equal = Q()
    for key, value in zip(_KEYS[sort], place, strict=True):
        compare = LessThan if key.descending != backwards else GreaterThan
        found |= equal & Q(compare(F(key.column), value))
        equal &= Q(**{key.column: value})
    return found


def place_of(clip: models.Model, sort: str) -> Place:
    return tuple(key.of(clip) for key in _KEYS[sort])


def write(place: Place) -> str:
    """A place as part of an address."""
    return "~".join(value.isoformat() if isinstance(value, dt.datetime) else str(value) for value in place)


def read(text: str, sort: str) -> Place | None:
    """What `write` wrote for this order; None for anything else."""
    parts = text.split("~")
    keys = _KEYS[sort]
    if len(parts) != len(keys):
        return None
    try:
        return tuple(key.read(part) for key, part in zip(keys, parts, strict=True))
    except ValueError:
        return None
