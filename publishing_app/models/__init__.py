from __future__ import annotations

from publishing_app.models.measurement import Measurement
from publishing_app.models.numbers import NUMBERS
from publishing_app.models.platform import Chip, Platform, platform_name
from publishing_app.models.post import Post
from publishing_app.models.publication import PERSON_AFTER, Publication
from publishing_app.models.publication_state import PublicationState, state_from_feed
from publishing_app.models.schedule import Keeper, Schedule

__all__ = [
    "NUMBERS",
    "PERSON_AFTER",
    "Chip",
    "Keeper",
    "Measurement",
    "Platform",
    "Post",
    "Publication",
    "PublicationState",
    "Schedule",
    "platform_name",
    "state_from_feed",
]
