"""Typed requests: what the middleware and access.team_view put on them."""

from __future__ import annotations

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from dashboard.models import Membership, Team, User


class PersonRequest(HttpRequest):
    user: User
    htmx: HtmxDetails


class TeamRequest(PersonRequest):
    team: Team
    membership: Membership
