"""Where a video that is kept, or is to be kept, comes from."""

from __future__ import annotations

from typing import NamedTuple

from projects_app.actions.rendering import identity
from projects_app.models import ArchivedVideo, Clip, Export, Project


class Link(NamedTuple):
    """`owner`: whose link it is, and may be read anew; None for an older export. `url`: "" when there is no video."""

    owner: Clip | Project | None
    url: str


def of(thing: Clip | Export) -> Link:
    if isinstance(thing, Clip):
        return Link(thing, thing.download_url or thing.video)
    own, project = thing.download_url or thing.direct_url, thing.project
    # The project's link is the fresher one of the newest export; but it may be of one that we do not know of yet.
    fresh = project.download_url or project.direct_url
    same = {identity(fresh)} & {identity(each) for each in (thing.download_url, thing.direct_url) if each}
    return Link(project, fresh) if fresh and same else Link(None, own)


def is_current(archived: ArchivedVideo) -> bool:
    """Whether it is the video that its provider shows now: a clip may have been edited and exported since."""
    clip = archived.clip
    if clip is None or not clip.project.is_submagic or not archived.source:
        return True
    shown = [each for each in (clip.download_url, clip.video) if each]
    return not shown or archived.source in map(identity, shown)
