"""The bytes of a video that is copied to the archive: from the link that we have, or a fresh one, into the part."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any, Final

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from dashboard import budgets, crypto, leases, remote
from dashboard.models import Team
from projects_app import archive_files, archive_links, containers, durable, media_csp
from projects_app.actions import readers
from projects_app.actions.rendering import identity
from projects_app.models import ArchivedVideo, Clip, Project
from providers import files
from providers.errors import ProjectNotFound, ProviderError
from providers.files import FileTrouble

TELL_SECONDS: Final = 1.0


class Full(Exception):
    """The team's part of the archive is used up."""


class Ended(Exception):
    """Somebody took it out, or another worker has it: nothing more is written."""


class Gone(FileTrouble):
    """Nobody has the video any more."""


@dataclass(slots=True)
class Try:
    """One go at a row that we hold. `room`: bytes that the team may still have, this video counted in."""

    hold: leases.Held
    row: ArchivedVideo
    part: archive_files.Part
    room: int = 0
    source: str = ""

    def write(self, **values: Any) -> None:
        write(self.hold, **values)


def write(hold: leases.Held, **values: Any) -> None:
    """Only while we hold the row, and nobody has taken it out."""
    mine = ArchivedVideo.objects.to_copy().filter(pk=hold.row.pk, lease_owner=hold.owner)
    if mine.update(**values) != 1:
        raise Ended
    for name, value in values.items():
        setattr(hold.row, name, value)


def fetch(this: Try) -> tuple[str, float | None]:
    """By the link that we have; where that does not work any more, once by a fresh one. Container and seconds."""
    row = this.row
    link = archive_links.of(row.thing)
    if not link.url:
        raise Gone(_("The provider does not have this video any more."))
    try:
        return _download(this, link.url)
    except FileTrouble as trouble:
        if not trouble.link_is_old or link.owner is None:
            raise
        _renew(link.owner)
        row.thing.refresh_from_db()
        fresh = archive_links.of(row.thing).url
        if fresh == link.url:
            raise
        return _download(this, fresh)


def _renew(owner: Clip | Project) -> None:
    """Read its links anew. Raises budgets.NoTurn, or FileTrouble when the provider gives none."""
    project = owner.project if isinstance(owner, Clip) else owner
    reader = readers.of(project.api_key)
    try:
        with reader.client(project.api_key) as client:
            # As one of many looks: reads that are kept for people, and the others' turns, are left alone.
            if wait := budgets.turn(project.api_key, reader.endpoint, evenly=True):
                raise budgets.NoTurn(wait)
            found = reader.read(client, owner.upstream_id)
    except ProjectNotFound:
        raise Gone(_("The provider does not have this video any more.")) from None
    except (ProviderError, remote.NoUsableKey, crypto.CannotOpen) as error:
        raise FileTrouble(error.message if isinstance(error, ProviderError) else str(error)) from error
    reader.links(owner, found)
    media_csp.remember(project.team_id, reader.addresses(found))


def _download(this: Try, url: str) -> tuple[str, float | None]:
    row, part = this.row, this.part
    if part.size and not row.etag:
        part.restart()  # without a version nobody can say that the rest belongs to what is here
    began = part.size
    with files.download(
        url, allowed=lambda each: bool(media_csp.origin(each)), start=began, etag=row.etag, transport=remote.transport
    ) as got:
        if got.start and got.etag != row.etag:
            part.restart()
            raise FileTrouble(_("The host of the video has another version of it now."))
        if got.start != began:
            part.restart()
        _make_room(this, got, url)
        told = time.monotonic()
        for block in got.blocks:
            if part.size + len(block) > this.room:
                raise Full
            part.write(block)
            if time.monotonic() - told > TELL_SECONDS:
                this.hold.check()
                this.write(received=part.size)
                if got.total is None and archive_files.free_bytes() <= 0:
                    part.restart()
                    raise archive_files.NoRoom
                told = time.monotonic()
    if got.total is not None and part.size != got.total:
        raise FileTrouble(_("The connection ended before the whole video had come."))
    return _look_at(part)


def _make_room(this: Try, got: files.Download, url: str) -> None:
    """The team's row is locked: of two copies that begin at once the second counts the first."""
    with transaction.atomic():
        team = Team.locked(this.row.team_id)
        others = ArchivedVideo.objects.for_team(team).exclude(pk=this.row.pk).used_bytes()
        this.room = settings.ARCHIVE_BYTES_PER_TEAM - others
        if (got.total or 0) > this.room:
            raise Full
        this.source = identity(url)[:300]
        facts: dict[str, Any] = {"etag": got.etag, "boot": durable.boot(), "received": this.part.size, "problem": ""}
        if not this.row.renews:
            # Of what was lost its own size is what is looked for; of what is renewed the old one is in use until then.
            facts |= {"source": this.source, "size": this.row.size if this.row.sha256 else got.total}
        this.write(**facts)
    this.part.make_room((got.total or 0) - this.part.size)


def _look_at(part: archive_files.Part) -> tuple[str, float | None]:
    """Its container and seconds. Raises FileTrouble when it is no video, or not a whole one."""
    kind = containers.sniff(part.read(0, containers.LONGEST_FTYP))
    try:
        found = containers.look(part.read, part.size, part.size) if kind else None
    except containers.Unreadable:
        found = None
    if not kind or found is None or not found.found:
        part.restart()
        raise FileTrouble(_("What came is no whole MP4 or MOV video."), link_is_old=True)
    return kind, found.duration
