from __future__ import annotations

from functools import partial

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from dashboard import addresses
from projects_app import receive, small_bodies
from projects_app.actions import signed_messages
from projects_app.actions.signed_messages import LARGEST, Verdict
from projects_app.brake import Allowance
from providers.magic_hour import SIGNATURE_HEADER, TIMESTAMP_HEADER

# For each network address in a minute, and as many at once: an account makes some videos at a time, not hundreds.
senders = Allowance(300, 300)
STATUS = {Verdict.UNKNOWN: 404, Verdict.REFUSED: 401, Verdict.TAKEN: 204}


@csrf_exempt
@login_not_required
@require_POST
def signed_message(request: HttpRequest, token: str) -> HttpResponse:
    """204 for a message that is signed as agreed, 401 for any other under a known address, 404 under an unknown one,
    413 over 256 KiB, 429 for too many."""
    if not senders.take(addresses.of_client(request)):
        return _plain(429)
    try:
        body = small_bodies.read(request, most=LARGEST, is_known=partial(signed_messages.knows, token))
    except small_bodies.Stranger:
        return _plain(STATUS[Verdict.UNKNOWN])
    except receive.Cut:
        return _plain(400)
    if len(body) > LARGEST:
        return _plain(413)
    verdict = signed_messages.take(
        token=token,
        body=body,
        signature=request.headers.get(SIGNATURE_HEADER, ""),
        timestamp=request.headers.get(TIMESTAMP_HEADER, ""),
    )
    return _plain(STATUS[verdict])


def _plain(status: int) -> HttpResponse:
    return HttpResponse(b"", status=status, content_type="text/plain; charset=utf-8")
