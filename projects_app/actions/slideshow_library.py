"""What a slideshow is made of: the styles, music and photos that a Picovico account has, and its #Mohars.

(contract.md, section 1: styles and music are Picovico's own lists, which hardly change; photos are the account's.)
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final, Protocol

from django.core.cache import cache
from django.utils.translation import gettext as _

from dashboard import audit, remote
from dashboard.models import ApiKey, User
from projects_app import media_csp
from projects_app.actions import slideshows
from projects_app.actions.projects import NotNow
from projects_app.actions.slideshows import asking
from projects_app.models import Project
from providers.errors import UnknownOutcome
from providers.picovico import Music, Photo, Style, UploadBody

FRESH_SECONDS: Final = 300
# Picovico states no size; this keeps a page's request within what people wait for.
LARGEST: Final = 25 * 1000 * 1000
MOST_AT_ONCE: Final = 20
CHUNK: Final = 256 * 1024
# The first bytes of what Picovico takes (apidocs, docs/photos/details.md: JPG and PNG).
_MARKS: Final = ((b"\xff\xd8\xff", "image/jpeg"), (b"\x89PNG\r\n\x1a\n", "image/png"))


@dataclass(frozen=True, slots=True)
class Library:
    """`own_musics`: of the account, beside Picovico's own list. `mohars`: credits that are left, None when that is not
    told. `is_known`: False in place of one that could not be read."""

    styles: tuple[Style, ...] = ()
    musics: tuple[Music, ...] = ()
    photos: tuple[Photo, ...] = ()
    own_musics: tuple[Music, ...] = ()
    mohars: int | None = None
    is_known: bool = True

    @property
    def styles_by_name(self) -> dict[str, Style]:
        return {each.machine_name: each for each in self.styles}

    @property
    def photos_by_id(self) -> dict[str, Photo]:
        return {each.id: each for each in self.photos}

    @property
    def every_music(self) -> tuple[Music, ...]:
        return (*self.musics, *self.own_musics)

    @property
    def addresses(self) -> list[str | None]:
        """Of everything that a page may show or play."""
        shown = [address for each in self.photos for address in (each.thumbnail_url, each.url)]
        return [*shown, *(each.preview_url for each in self.every_music), *(each.thumbnail for each in self.styles)]


class Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...
    def seek(self, at: int, /) -> object: ...


@dataclass(frozen=True, slots=True)
class Picture:
    """A file that somebody chose."""

    name: str
    size: int
    file: Readable


def of(project: Project) -> Library:
    """Asked at most once in five minutes, and anew after a photo was added. Raises NotNow."""
    key = project.api_key
    found: Library | None = cache.get(_name(key))
    if found is None:
        changes = cache.get(_changes(key))
        with asking(key, "styles", "musics", "musics", "photos.list", "me") as client:
            # A photo may be in several albums.
            photos = {each.id: each for each in client.photos()}
            found = Library(
                styles=tuple(client.styles()),
                musics=tuple(client.musics()),
                photos=tuple(photos.values()),
                own_musics=tuple(client.musics(own=True)),
                mohars=client.me().mohars,
            )
        _keep(project, found, changes)
    return found


def with_photos_of_now(project: Project, known: Library) -> Library:
    """The same with the account's photos as they are at this moment: others add some too. Raises NotNow."""
    changes = cache.get(_changes(project.api_key))
    with asking(project.api_key, "photos.list") as client:
        photos = {each.id: each for each in client.photos()}
    found = replace(known, photos=tuple(photos.values()))
    _keep(project, found, changes)
    return found


def _keep(project: Project, found: Library, changes: str | None) -> None:
    """Not where something was changed while it was read."""
    if cache.get(_changes(project.api_key)) == changes:
        cache.set(_name(project.api_key), found, FRESH_SECONDS)
    media_csp.remember(project.team_id, found.addresses)


def forget(key: ApiKey) -> None:
    """Something of it changed: the next page asks again."""
    cache.set(_changes(key), uuid.uuid4().hex, FRESH_SECONDS)
    cache.delete(_name(key))


def add_photos(*, project: Project, pictures: Iterable[Picture], by: User) -> tuple[list[Photo], list[str]]:
    """The photos that Picovico has now, in their order, and a sentence for each file that it does not have.

    Nothing is tried twice: a photo whose answer was lost may be there, and is found in the list then.
    """
    kept, problems = [], []
    for picture in pictures:
        try:
            photo = _add(project.api_key, picture)
        except UnknownOutcome:
            text = _("“%(name)s”: the answer was lost. It may be among your photos; look before you send it again.")
            problems.append(text % {"name": picture.name})
            title = picture.name[:200]
            audit.record(team=project.team, by=by, verb="slideshow.photo_lost", target=project, title=title)
        except NotNow as reason:
            problems.append(_("“%(name)s” was not added. %(reason)s") % {"name": picture.name, "reason": reason})
        else:
            kept.append(photo)
            audit.record(
                team=project.team, by=by, verb="slideshow.photo_added", target=project, title=picture.name[:200]
            )
    forget(project.api_key)
    return kept, problems


def add_sample(*, project: Project, by: User) -> Photo:
    """The sandbox's own photo, for who has none at hand. Raises NotNow."""
    slideshows.changes(project.api_key)
    try:
        with asking(project.api_key, "photos.external") as client:
            base = remote.base_url(project.api_key.environment, project.api_key.provider)
            photo = client.external_photo(f"{base}/samples/hills.png")
    except UnknownOutcome as error:
        raise NotNow(error.message) from None
    audit.record(team=project.team, by=by, verb="slideshow.photo_added", target=project, title="hills.png")
    forget(project.api_key)
    return photo


def _add(key: ApiKey, picture: Picture) -> Photo:
    head = picture.file.read(8)
    kind = next((kind for mark, kind in _MARKS if head.startswith(mark)), "")
    if not kind:
        raise NotNow(_("Picovico takes JPEG and PNG pictures."))
    if picture.size > LARGEST:
        raise NotNow(_("It is larger than %(most)d MB.") % {"most": LARGEST // 10**6})
    slideshows.changes(key)
    picture.file.seek(0)
    blocks = iter(lambda: picture.file.read(CHUNK), b"")
    with asking(key, "photos.upload") as client:
        return client.upload_photo(UploadBody(picture.name, picture.size, kind, blocks, lambda: None))


def _changes(key: ApiKey) -> str:
    return f"slideshow-library-changes:{key.pk}"


def _name(key: ApiKey) -> str:
    # The last number goes up with the shape of Library: what an older version of the desk has stored cannot be read.
    return f"slideshow-library:{key.pk}:{key.version}:2"
