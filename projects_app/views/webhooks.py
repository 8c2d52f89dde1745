from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from dashboard import addresses, counters
from projects_app import receive
from projects_app.actions import webhooks
from projects_app.brake import Brake

# Requests a minute: under one secret address, and guesses at one from one network address. Counted apart, so that no
# guessing makes the real sender wait, who may come from the same address (a proxy's, or a cloud's).
PER_CALL, GUESSES = 60, 300
# In a second, of all senders together: more than a process can store, so it costs it next to nothing to say no. Never
# per team, else one that is flooded would keep its own news out, and nobody else's.
brake = Brake(500)
BLOCK = 64 * 1024


@csrf_exempt
@login_not_required
@require_POST
def webhook(request: HttpRequest, token: str) -> HttpResponse:
    """Method → brake → token → limits → size → stored → 204. Nothing in the body is read before the answer.

    204 under a good token whatever the body is; 404 with one body for unknown, expired and malformed tokens; 413 over
    1 MiB; 429 for too many; 503 when it could not be stored (then the sender may try again).
    """
    if brake.is_on():
        return _plain(429)
    source = addresses.of_client(request)
    try:
        # In here too: the counters may lie in the same database.
        call = webhooks.call_of(token)
        if call is None:
            return _plain(429 if _too_many(f"hook-guess:{source}", GUESSES) else 404)
        if _too_many(f"hook-call:{call.pk}", PER_CALL):
            return _plain(429)
        body = _body(request)
        if len(body) > webhooks.LARGEST:
            webhooks.ring(call)
            return _plain(413)
        webhooks.store(call=call, body=body, headers=request.headers, source_ip=source or None)
    except (UnreadablePostError, receive.Cut):
        return _plain(400)
    except DatabaseError:
        return _plain(503)
    return _plain(204)


def _body(request: HttpRequest) -> bytes:
    """Up to one byte more than is kept, also of a body that comes in chunks: Django takes one without a length for an
    empty one."""
    if request.META.get("CONTENT_LENGTH"):
        return request.read(webhooks.LARGEST + 1)
    source = receive.source_of(request, None)
    body, room = bytearray(), memoryview(bytearray(BLOCK))
    while len(body) <= webhooks.LARGEST and (count := source.read_into(room)):
        body += room[:count]
    return bytes(body)


def _too_many(name: str, most: int) -> bool:
    return counters.add(name, 60) > most


def _plain(status: int) -> HttpResponse:
    return HttpResponse(b"", status=status, content_type="text/plain; charset=utf-8")
