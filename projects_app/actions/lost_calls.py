"""Finding out what became of a call that makes a project, when its answer was lost (design: reliability, 2.3).

The provider has no list of projects: evidence can only come under the call's own secret address, or from a person.
"""

from __future__ import annotations

import hmac
from enum import Enum
from urllib.parse import urlsplit

from django.db import IntegrityError, transaction

from dashboard import budgets, crypto, remote
from dashboard.actions import upstream_calls
from dashboard.models import UpstreamCall
from projects_app.actions import hook_bodies, projects
from projects_app.models import Project
from providers.errors import ProjectNotFound, ProviderError
from providers.http import Timeouts
from providers.submagic import Project as Seen


class Finding(Enum):
    ADOPTED = "adopted"
    NOT_OURS = "not ours"
    CANNOT_TELL = "cannot tell"  # the provider could not be read just now


def look(call: UpstreamCall) -> bool:
    """One look at an unknown call: True when it is settled now."""
    findings = []
    for claimed in hook_bodies.claims_on(call):
        findings.append(adopt(call, claimed))
        if findings[-1] is Finding.ADOPTED:
            return True
    if Finding.CANNOT_TELL in findings:
        upstream_calls.not_looked(call)
    else:
        upstream_calls.no_evidence(call)
    return False


def adopt(call: UpstreamCall, claimed: str, *, timeouts: Timeouts | None = None) -> Finding:
    """Take this project as the one that the call made, if it is."""
    found = made_by(call, claimed, timeouts=timeouts)
    if isinstance(found, Finding):
        return found
    return Finding.ADOPTED if _take(call, found) else Finding.NOT_OURS


def made_by(call: UpstreamCall, claimed: str, *, timeouts: Timeouts | None = None) -> Seen | Finding:
    """The project of this id if it was made by this call: only if it echoes the call's own secret address.

    Nothing else is asked of it: nobody but this call ever had these 256 bits, while the two sides' clocks may differ.
    """
    try:
        with remote.client_for(call.api_key, timeouts=timeouts) as client:
            if budgets.turn(call.api_key, "projects.get", click=True):
                return Finding.CANNOT_TELL
            found = client.get_project(claimed)
    except (ProjectNotFound, ValueError):
        return Finding.NOT_OURS  # not there, or no possible id
    except (ProviderError, remote.NoUsableKey, crypto.CannotOpen):
        return Finding.CANNOT_TELL
    return found if echoes(call, found.webhook_url) else Finding.NOT_OURS


def echoes(call: UpstreamCall, webhook_url: str | None) -> bool:
    try:
        token = urlsplit(webhook_url or "").path.rstrip("/").rpartition("/")[2]
    except ValueError:
        return False
    return hmac.compare_digest(crypto.fingerprint(token), call.hook_hash)


def _take(call: UpstreamCall, found: Seen) -> bool:
    project = Project.objects.select_related("api_key", "team").get(pk=call.target_id)
    try:
        with transaction.atomic():
            projects.lock_file(project)
            moved = upstream_calls.accept(call, upstream_id=found.id, reply={"id": found.id, "adopted": True})
            if moved:
                projects.accepted(project=project, upstream_id=found.id, reply=found.raw)
            return moved
    except IntegrityError:
        return False  # another project of the team has this id
