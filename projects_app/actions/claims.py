"""A person says: this project at Submagic is the one whose answer was lost."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from dashboard import audit, budgets, crypto, remote
from dashboard.actions import hook_addresses, upstream_calls
from dashboard.models import ApiKey, CallState, Provider, User
from projects_app.actions import lost_calls, projects, readers
from projects_app.actions.projects import NotNow
from projects_app.models import Project
from providers.errors import ProjectNotFound, ProviderError
from providers.submagic import Project as Seen


def id_in(text: str) -> str:
    """The id in `text`: an id, or a link such as https://app.submagic.co/view/<id> or, of a file,
    https://videos.magichour.ai/<id>/output.mp4; "" when it is none of these."""
    text = text.strip()
    if "/" in text:
        try:
            rest, _slash, text = urlsplit(text).path.rstrip("/").rpartition("/")
        except ValueError:
            return ""
        if "." in text:
            text = rest.rpartition("/")[2]
    # Ids are opaque (contract.md, row 17), but none has blanks or other signs.
    return text if re.fullmatch(r"[A-Za-z0-9_-]{6,255}", text) else ""


def claim(*, project: Project, text: str, by: User) -> None:
    """Take the project that `text` names as this one's; raises NotNow with a sentence for the person.

    Where a webhook address was sent, the project must echo it; else the person's word counts, and the audit says so.
    """
    call = project.call
    if call is None or call.state != CallState.UNKNOWN:
        raise NotNow(_("The outcome is known by now; look at the project again."))
    claimed = id_in(text)
    if not claimed:
        raise NotNow(_("This is neither an id nor a link of a Submagic project."))
    _unless(budgets.wait(project.api_key, "projects.get", click=True))
    # One of before this was written down, or that a restored backup put in doubt, has no mark.
    reachable = remote.hook_url("", call.api_key.environment) is not None
    checked = reachable and hook_addresses.is_given(call)
    if checked:
        finding = lost_calls.adopt(call, claimed, timeouts=remote.WHILE_SOMEBODY_WAITS)
        if finding is lost_calls.Finding.CANNOT_TELL:
            raise NotNow(_("Submagic does not answer right now. Nothing was changed; try again in a minute."))
        if finding is lost_calls.Finding.NOT_OURS:
            raise NotNow(_("This project exists not, or it was made by another call. Nothing was changed."))
    else:
        _take_on_trust(project, claimed)
    audit.record(team=project.team, by=by, verb="project.claimed", target=project, upstream_id=claimed, checked=checked)


def _unless(seconds: float, provider: str = Provider.SUBMAGIC) -> None:
    if seconds:
        raise NotNow(
            _("%(provider)s's limit of looks is used up. Nothing was changed; try again in %(minutes)d min.")
            % {"provider": Provider(provider).label, "minutes": max(1, round(seconds / 60))}
        )


def read(api_key: ApiKey, claimed: str) -> Any:
    """The project of this id in the key's account, as its provider's client reads it; raises NotNow with a sentence
    for the person."""
    reader, told = readers.of(api_key), {"provider": Provider(api_key.provider).label}
    try:
        with reader.client(api_key, timeouts=remote.WHILE_SOMEBODY_WAITS) as client:
            _unless(budgets.turn(api_key, reader.endpoint, click=True), api_key.provider)
            return reader.read(client, claimed)
    except ProjectNotFound:
        text = _("%(provider)s does not know this project, or it belongs to another account.")
        raise NotNow(text % told) from None
    except (ProviderError, remote.NoUsableKey, crypto.CannotOpen):
        text = _("%(provider)s does not answer right now. Nothing was changed; try again in a minute.")
        raise NotNow(text % told) from None


def _take_on_trust(project: Project, claimed: str) -> None:
    assert project.call is not None
    found: Seen = read(project.api_key, claimed)
    try:
        with transaction.atomic():
            projects.lock_file(project)
            if not upstream_calls.accept(project.call, upstream_id=found.id, reply={"id": found.id, "claimed": True}):
                raise NotNow(_("The outcome is known by now; look at the project again."))
            projects.accepted(project=project, upstream_id=found.id, reply=found.raw)
    except IntegrityError:
        raise NotNow(_("Another project of your team is this one already.")) from None
