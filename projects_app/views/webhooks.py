from __future__ import annotations

from functools import partial

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from dashboard import addresses
from projects_app import receive, small_bodies
from projects_app.actions import hook_door, webhooks
from projects_app.actions.hook_door import Answer, Message
from projects_app.brake import Allowance, Brake

# Of all senders together in a second: about what a process can store, so it costs it next to nothing to say no. Never
# per team, else one that is flooded would keep its own news out, and nobody else's.
brake = Brake(settings.WEBHOOKS_PER_SECOND)
# Guesses at an address from one network address. Counted apart from real messages, so that no guessing makes the real
# sender wait, who may come from the same address (a proxy's, or a cloud's).
guesses = Allowance(300, 300)
KEPT_HEADERS = {"Content-Type": "CONTENT_TYPE", "User-Agent": "HTTP_USER_AGENT"}
STATUS = {Answer.STORED: 204, Answer.TOO_MANY: 429}


@csrf_exempt
@login_not_required
@require_POST
def webhook(request: HttpRequest, token: str) -> HttpResponse:
    """Method → brake → size → token → limit → stored → 204. Nothing in the body is looked into before the answer, and
    for one that does not come nobody is waited for but whom we know.

    204 under a good token whatever the body is; 404 with one body for unknown, expired and malformed tokens; 413 over
    1 MiB; 429 for too many; 503 when it could not be stored (then the sender may try again).
    """
    if brake.is_on():
        return _plain(429)
    source = addresses.of_client(request)
    try:
        body = small_bodies.read(request, most=hook_door.LARGEST, is_known=partial(hook_door.knows, token))
        if len(body) > hook_door.LARGEST:
            return _too_large(token, source)
        headers = {name: request.META[key][:300] for name, key in KEPT_HEADERS.items() if request.META.get(key)}
        answer = hook_door.take(Message(token, body, headers, source or None))
    except small_bodies.Stranger:
        return _unknown(source)
    except receive.Cut:
        return _plain(400)
    except DatabaseError:
        return _plain(503)
    return _unknown(source) if answer is Answer.UNKNOWN else _plain(STATUS[answer])


def _too_large(token: str, source: str) -> HttpResponse:
    call = hook_door.call_of(token)
    if call is None:
        return _unknown(source)
    if not hook_door.per_call.take(call.pk):
        return _plain(429)
    webhooks.ring(call)
    return _plain(413)


def _unknown(source: str) -> HttpResponse:
    return _plain(404 if guesses.take(source) else 429)


def _plain(status: int) -> HttpResponse:
    return HttpResponse(b"", status=status, content_type="text/plain; charset=utf-8")
