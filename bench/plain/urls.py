from __future__ import annotations

import hashlib

from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from bench.plain.models import Message


@csrf_exempt
@require_POST
def message(request: HttpRequest, token: str) -> HttpResponse:
    body = request.body
    Message._default_manager.create(token=token, body=body, sha256=hashlib.sha256(body).hexdigest())
    return HttpResponse(status=204)


urlpatterns = [path("h/<str:token>", message)]
