"""An answer that was paid for is written down, whatever happens to this process or to the database."""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.db import IntegrityError
from django.utils.translation import gettext as _

from dashboard import connections
from dashboard.models import UpstreamCall
from providers.classify import unknown_texts
from providers.errors import UnknownOutcome

# Written at any LOG_LEVEL (settings.LOGGING).
answers = logging.getLogger("dashboard.answers")


def keep[T](call: UpstreamCall, upstream_id: str, write: Callable[[], T]) -> T:
    """The provider has done it: `write` that down, however long the database is away. The id goes to the log first
    (it is no secret), so that it can be found whatever happens to this process.

    Raises UnknownOutcome when the id is that of something else already: what was made, if anything, is not known.
    """
    answers.info("call %s (%s): the provider has it as %s", call.pk, call.operation, upstream_id)
    try:
        return connections.insist(write)
    except IntegrityError as error:
        why = _("It answered with the id of something that was known before: %(id)s.") % {"id": upstream_id[:100]}
        text, advice = unknown_texts(call.api_key.get_provider_display(), why)
        raise UnknownOutcome(text, advice=advice) from error
