"""A key that works, and suddenly finds nothing of what it found before: a trouble of the key and not of the projects
(design: reliability, R15 and R16)."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from dashboard import audit
from dashboard.models import ApiKey


@transaction.atomic
def blind(*, key: ApiKey) -> bool:
    """Told once: on the keys' page, in the doctor and where things wait for a person. The key stays usable."""
    problem = _("It works, but finds none of this team's projects any more. Does it belong to another account now?")
    same = ApiKey.objects.filter(pk=key.pk, version=key.version, state=ApiKey.State.VALID, problem="")
    told = same.update(problem=problem)
    if told:
        audit.record(team=key.team, by=None, verb="api_key.sees_nothing", target=key, label=key.label, last4=key.last4)
    return bool(told)


def sees(*, key: ApiKey) -> None:
    """It found a project of the team."""
    ApiKey.objects.filter(pk=key.pk, version=key.version, state=ApiKey.State.VALID).update(problem="")
    key.problem = ""
