from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from dashboard import readiness


@login_not_required
def healthz(request: HttpRequest) -> HttpResponse:
    """The process serves. Asks no database, so that a slow one does not get every process restarted."""
    return HttpResponse("ok", content_type="text/plain")


@login_not_required
@never_cache
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """The process could do its work: send visitors here, or not just now and say what is missing."""
    if wrong := readiness.failing():
        text = "".join(f"{line}\n" for line in wrong)
        headers = {"Retry-After": str(readiness.RETRY_AFTER)}
        return HttpResponse(text, status=503, content_type="text/plain; charset=utf-8", headers=headers)
    return HttpResponse("ready\n", content_type="text/plain; charset=utf-8")
