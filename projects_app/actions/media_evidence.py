"""Which entry of a library may be the one whose answer was lost (design: reliability, 2.3)."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final
from urllib.parse import unquote

from projects_app.models import Media, MediaState, MediaType
from providers.submagic.user_media import UserMedia

# Our clock and the provider's may differ a little (reliability 2.3, 5).
CLOCK_SLACK: Final = dt.timedelta(minutes=2)


def fits(row: Media, entry: UserMedia) -> bool:
    """Made after this was sent, and it has its name, its address or its exact size; a file of another size it is not,
    whatever its name."""
    sent = row.call.sent_at if row.call else None
    if sent is None or entry.created_at is None or entry.created_at < sent - CLOCK_SLACK:
        return False
    if row.type and entry.type in MediaType.values and row.type != entry.type:
        return False
    if row.is_file and row.size and entry.file_size and entry.file_size != row.size:
        return False
    if row.source_url and entry.url and unquote(entry.url) == unquote(row.source_url):
        return True
    if (entry.file_name or "").casefold() == row.name.casefold():
        return True
    return bool(row.is_file and row.size and entry.file_size == row.size)


def candidates(row: Media) -> list[Media]:
    """For a person who decides: what turned up in the library since this was sent, and nobody added from here."""
    sent: Any = row.call.sent_at if row.call else None
    found = Media.objects.filter(api_key=row.api_key, call=None, state=MediaState.READY)
    return list(found.filter(created_at__gte=(sent or row.created_at) - CLOCK_SLACK).order_by("-created_at")[:20])
