"""The tus 1.0 endpoint of one upload, and the numbers that the upload tray shows.

An upload is made by the new-project form, which answers with its address, or by a tus client's POST
(upload_creation.py). Protocol: https://tus.io/protocols/resumable-upload, 1.0.0; see projects_app/tus.py.
"""

from __future__ import annotations

import functools
import logging
import uuid
from collections.abc import Callable
from typing import Any, Final, cast

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from dashboard import access
from dashboard.models import Role, User
from dashboard.requests import TeamRequest
from projects_app import receive, spool, tus
from projects_app.actions import receiving, uploads
from projects_app.models import Upload, UploadState
from projects_app.tus import answer, busy
from projects_app.upload_rows import row
from providers.submagic import limits

log = logging.getLogger(__name__)

METHODS: Final = ("OPTIONS", "HEAD", "PATCH", "DELETE")
MOST_ASKED: Final = 50


def tus_endpoint(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Errors as a tus client wants them: with the protocol's header, and 401 instead of a way to the sign-in page."""

    @functools.wraps(view)
    def wrapped(request: HttpRequest, *args: object, **kwargs: Any) -> HttpResponse:
        try:
            if not request.user.is_authenticated:
                return answer(401, _("Sign in again to go on."))
            return view(request, *args, **kwargs)
        except Http404:
            if "pk" in kwargs and _was_theirs(kwargs["pk"], cast(User, request.user)):
                return answer(403, _("You are not a member of this team any more. The upload stops here."))
            return answer(404)
        except PermissionDenied as error:
            return answer(403, str(error))
        except DatabaseError as error:
            # A client that got 500 would give up; this one comes back, and goes on where it was (R5).
            log.warning("%s %s: %r", request.method, request.path, error)
            return busy(_("The desk cannot reach its database just now."))

    return login_not_required(wrapped)


def _was_theirs(pk: uuid.UUID, user: User) -> bool:
    """Begun by this person, who has left its team since: nothing is told that they do not know, and a client that got
    404 would begin anew."""
    mine = Upload.objects.filter(pk=pk, created_by=user)
    return mine.exclude(team__memberships__user=user).exists()


def asked_method(request: TeamRequest) -> str:
    """For clients that cannot send PATCH or DELETE the method may stand in a header of a POST; never of a GET, which
    needs no CSRF token."""
    method = request.method or ""
    return request.headers.get("X-HTTP-Method-Override", "POST").upper() if method == "POST" else method


def protocol_refusal(request: TeamRequest, method: str, known: tuple[str, ...]) -> HttpResponse | None:
    """What is answered before anything is looked at: OPTIONS, other methods, other versions."""
    if method == "OPTIONS":
        return tus.options(max(limit.block for limit in limits.UPLOADS.values()))
    if method not in known:
        return answer(405, Allow=", ".join(known))
    if request.headers.get("Tus-Resumable") != tus.VERSION:
        return answer(412, _("This address speaks tus 1.0.0."), Tus_Version=tus.VERSION)
    return None


@tus_endpoint
@access.team_view(need=Role.EDITOR)
def upload(request: TeamRequest, pk: uuid.UUID) -> HttpResponse:
    found = access.get_or_404(Upload.objects.select_related("project"), request.team, pk)
    if found.created_by_id != request.user.pk and not request.membership.may_administer:
        raise PermissionDenied(_("Only the person who started this upload, or an admin, can go on with it."))
    method = asked_method(request)
    if refusal := protocol_refusal(request, method, METHODS):
        return refusal
    if found.node != settings.NODE and not (method == "DELETE" and uploads.is_left(found)):
        # The bytes lie on another machine; the next try may be routed there (docs/operations.md).
        return busy(_("Another machine of the desk holds this upload; the next try may reach it."))
    return {"HEAD": _head, "PATCH": _patch, "DELETE": _delete}[method](request, found)


def _head(request: TeamRequest, found: Upload) -> HttpResponse:
    try:
        offset = receiving.offset_of(found)
    except receiving.Gone:
        return answer(410)
    except spool.SpoolFull as error:
        return _failed(found, error)
    except (spool.Busy, DatabaseError) as error:
        log.warning("HEAD of upload %s: %r", found.pk, error)
        return busy("")
    response = answer(200, Upload_Offset=offset, Upload_Length=found.size, **about(found))
    if found.metadata:
        response.headers["Upload-Metadata"] = found.metadata
    # Some clients take a bodiless answer's Content-Length for the file's.
    response.headers["Content-Length"] = "0"
    return response


def about(found: Upload) -> dict[str, str]:
    """Upload-Expires, for as long as the upload is not finished."""
    return {"Upload_Expires": tus.expires(found.expires_at)} if found.state == UploadState.RECEIVING else {}


def _patch(request: TeamRequest, found: Upload) -> HttpResponse:
    if (request.content_type or "").lower() != tus.BODY_TYPE:
        return answer(415, _("The body must be %(type)s.") % {"type": tus.BODY_TYPE})
    at = tus.number(request.headers.get("Upload-Offset"))
    if at is None:
        return answer(400, _("Upload-Offset must be a number."))
    offset = take_body(request, found, at)
    if isinstance(offset, HttpResponse):
        return offset
    return answer(204, Upload_Offset=offset, **about(found))


def take_body(request: TeamRequest, found: Upload, at: int) -> int | HttpResponse:
    """The request's bytes, from byte `at` on: the new offset, or the answer that says what was wrong."""
    length = tus.number(request.headers.get("Content-Length") or "0")  # neither length nor chunks: no body
    is_chunked = "chunked" in request.headers.get("Transfer-Encoding", "").lower()
    if length is None:
        return answer(400, _("Content-Length must be a number."))
    if at + length > found.size:
        return _too_many(found, at)
    checksum: tus.Checksum | None = None
    if stated := request.headers.get("Upload-Checksum"):
        try:
            checksum = tus.checksum(stated)
        except ValueError as error:
            return answer(400, f"Upload-Checksum: {error}")
    with receive.slot() as free:
        if not free:
            return busy(_("The desk takes as many uploads as it can just now."))
        source = receive.source_of(request, None if is_chunked else length)
        clean = False
        try:
            offset = receiving.append(
                upload=found, at=at, source=source, checksum=checksum, may_go_on=lambda: _must_still(request)
            )
            clean = True
        except Exception as error:
            return _failed(found, error)
        finally:
            source.finish(clean=clean)
    return offset


def _must_still(request: TeamRequest) -> None:
    if not access.still_may(request.user, request.team, Role.EDITOR):
        raise PermissionDenied(_("You may not upload for this team any more. The upload stops here."))


def _too_many(found: Upload, at: int) -> HttpResponse:
    """A wrong offset comes first (tus 1.0, PATCH: it MUST be 409)."""
    try:
        if at != receiving.offset_of(found):
            return _failed(found, receiving.Conflict())
    except (receiving.Gone, spool.SpoolFull, spool.Busy, DatabaseError) as error:
        return _failed(found, error)
    return _failed(found, receiving.TooLong())


def _failed(found: Upload, error: Exception) -> HttpResponse:
    """What was durable stays; the client asks with HEAD how far it is. Anything unforeseen is raised again."""
    match error:
        case receiving.Conflict():
            return answer(409, _("Other bytes are expected next."))
        case receiving.Gone():
            return answer(410, found.problem)
        case uploads.Unacceptable():
            return answer(error.status, f"{error.message} {error.advice}")
        case PermissionDenied():
            return answer(403, str(error))
        case tus.Mismatch():
            return answer(tus.CHECKSUM_MISMATCH, _("These bytes are not the ones that were sent; send them again."))
        case receiving.TooLong():
            return answer(413, _("More bytes than the upload was announced with."))
        case receiving.Replaced():
            return answer(423, _("This upload goes on in another request."))
        case receiving.Silent():
            return answer(408, _("Nothing came for a minute."))
        case receive.Cut():
            return answer(400, _("The connection broke; go on from the last byte."))
        case spool.SpoolFull():
            log.error("the spool is full; upload %s is paused at %s", found.pk, found.offset)
            return answer(507, _("Storage is full. The upload is paused; try to go on later."))
        case spool.Busy():
            return busy(_("Another request is still writing."))
        case DatabaseError():
            log.exception("upload %s: nothing acknowledged", found.pk)
            return busy("")
    raise error


def _delete(request: TeamRequest, found: Upload) -> HttpResponse:
    try:
        stopped = uploads.cancel(upload=found, by=request.user)
    except uploads.TooLate:
        return answer(409, _("Submagic has the whole file already; it cannot be cancelled any more."))
    return answer(204 if stopped else 410)


@require_safe
@access.team_view()
def upload_status(request: TeamRequest) -> JsonResponse:
    """`{"uploads": [row, …]}`: what this person has under way in this team, and the uploads asked for by `id`."""
    asked: list[uuid.UUID] = []
    for text in cast(list[str], request.GET.getlist("id"))[:MOST_ASKED]:
        try:
            asked.append(uuid.UUID(text))
        except ValueError:
            continue  # nobody's upload
    rows = Upload.objects.for_tray(request.team, request.user, asked)
    return JsonResponse({"uploads": [row(each) for each in rows]})
