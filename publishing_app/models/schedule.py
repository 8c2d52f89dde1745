from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db import models
from django.utils.translation import gettext_lazy as _


class Keeper(models.TextChoices):
    """Who keeps a scheduled publication until its time."""

    DESK = "desk", _("this desk")
    PROVIDER = "provider", "Submagic"


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a publication goes out (an aware time), in which IANA zone that was said, and who keeps it until then."""

    at: dt.datetime
    zone: str
    keeper: Keeper
