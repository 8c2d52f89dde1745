from __future__ import annotations

from dashboard.models.api_key import ApiKey, Environment, Provider
from dashboard.models.audit_event import AuditEvent
from dashboard.models.epoch import Epoch
from dashboard.models.invitation import Invitation
from dashboard.models.key_hook import KeyHook
from dashboard.models.membership import ROLE_HELP, Membership, Role
from dashboard.models.rate_window import RateWindow
from dashboard.models.team import Team, TeamOwnedQuerySet
from dashboard.models.upstream_call import LIVE_STATES, CallState, UpstreamCall
from dashboard.models.user import User

__all__ = [
    "LIVE_STATES",
    "ROLE_HELP",
    "ApiKey",
    "AuditEvent",
    "CallState",
    "Environment",
    "Epoch",
    "Invitation",
    "KeyHook",
    "Membership",
    "Provider",
    "RateWindow",
    "Role",
    "Team",
    "TeamOwnedQuerySet",
    "UpstreamCall",
    "User",
]
