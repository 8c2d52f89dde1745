from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse


@login_not_required
def healthz(request: HttpRequest) -> HttpResponse:
    """The process serves. Asks no database, so that a slow one does not get every process restarted."""
    return HttpResponse("ok", content_type="text/plain")
