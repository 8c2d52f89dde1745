"""What a Picovico account has (document 003, GET /me/videos). Nothing of it is stored before somebody takes it up."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.utils.translation import gettext as _

from dashboard import budgets, crypto, remote
from dashboard.actions import api_keys, permits
from dashboard.models import ApiKey
from projects_app.actions.projects import NotNow
from providers.errors import ProviderError, Unauthorised, UnknownOutcome
from providers.picovico import PageQuery, PicovicoClient, Video, VideoPage


def need(key: ApiKey, endpoint: str) -> None:
    """One call of this class that somebody waits for; raises NotNow when none is left."""
    if seconds := budgets.turn(key, endpoint, click=True):
        text = _("Picovico's limit of calls is used up; try again in %(minutes)d min.")
        raise NotNow(text % {"minutes": max(1, round(seconds / 60))})


def changes(key: ApiKey) -> None:
    """Before something is begun, changed or deleted there: not after a restored backup (I10). Raises NotNow."""
    if permits.is_held(key.team_id):
        raise NotNow(_("This desk was restored from a backup. Nothing is changed there before an admin lets it go on."))


@contextmanager
def asking(key: ApiKey, *endpoints: str) -> Iterator[PicovicoClient]:
    """A client for what somebody waits for, once a call of each class is left. All that goes wrong becomes a NotNow
    with a sentence for the person; an unknown outcome goes on as it is."""
    try:
        with remote.picovico(key, timeouts=remote.WHILE_SOMEBODY_WAITS) as client:
            for endpoint in endpoints:
                need(key, endpoint)
            yield client
    except UnknownOutcome:
        raise
    except (ProviderError, remote.NoUsableKey, crypto.CannotOpen) as error:
        if isinstance(error, Unauthorised):
            api_keys.doubt(key=key, problem=error.message)
        raise NotNow(_in_words(error)) from None


def _in_words(error: Exception) -> str:
    if not isinstance(error, ProviderError):
        return str(error)
    told = [detail.message for detail in error.details]
    return " ".join(part for part in (error.message, *told, error.advice) if part)


def page(key: ApiKey, wanted: PageQuery) -> VideoPage:
    """One page of the list; raises NotNow with a sentence for the person."""
    with asking(key, "videos.list") as client:
        return client.videos(count=wanted.count, from_=wanted.from_, to=wanted.to)


def draft(key: ApiKey) -> Video | None:
    """The account's open draft; raises NotNow with a sentence for the person."""
    with asking(key, "videos.draft") as client:
        return client.draft()
