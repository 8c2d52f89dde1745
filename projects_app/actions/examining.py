"""What an upload's first bytes (and its index, wherever it lies) tell about it, while it is still arriving."""

from __future__ import annotations

from django.utils.translation import gettext as _

from projects_app import containers
from projects_app.actions import uploads
from projects_app.models import Upload
from providers.submagic import limits


def examine(upload: Upload, read: containers.ReadAt, available: int) -> int:
    """Container and length of the video, as far as the bytes that are here tell; sets them on `upload` (not saved).

    Returns how many bytes must be here before it can tell more. Raises uploads.Unacceptable with the reason.
    """
    never = upload.size + 1
    if not upload.container:
        head = read(0, min(available, containers.LONGEST_FTYP))
        kind = containers.sniff(head)
        if kind is None and available < min(upload.size, containers.LONGEST_FTYP):
            return min(upload.size, len(head) + 1)
        if not kind:
            raise uploads.Unacceptable(
                _("“%(name)s” is not an MP4 or MOV video, whatever its name says.") % {"name": upload.filename},
                _("Convert it to MP4 and drop it again. Nothing was spent."),
                status=415,
            )
        upload.container = kind
    try:
        look = containers.look(read, available, upload.size)
    except containers.Unreadable:
        raise uploads.Unacceptable(
            _("“%(name)s” is damaged or was cut short: it cannot be played.") % {"name": upload.filename},
            _("Check that it plays on your computer, export it again and drop it here. Nothing was spent."),
            status=415,
        ) from None
    if not look.found:
        return look.needs
    upload.duration = look.duration
    if look.duration is not None and look.duration > limits.LONGEST_VIDEO:
        raise uploads.Unacceptable(
            _("The video is %(minutes)d minutes long. Submagic takes up to %(most)d minutes.")
            % {"minutes": look.duration // 60, "most": limits.LONGEST_VIDEO // 60},
            _("Cut it into parts and start one project for each. Nothing was spent."),
        )
    return look.needs or never
