from __future__ import annotations

import zoneinfo
from collections.abc import Callable
from typing import Any, cast
from urllib.parse import unquote

from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, resolve_url
from django.utils import timezone
from django.utils.cache import patch_cache_control, patch_vary_headers
from django_htmx.http import HttpResponseClientRedirect

from dashboard.addresses import page_behind
from dashboard.requests import PersonRequest

GetResponse = Callable[[HttpRequest], HttpResponse]
ZONES = zoneinfo.available_timezones()


class ProbeMiddleware:
    """Whether the desk is ready is asked by nobody in particular: for a browser that asks, no session is looked up in
    a database that may never answer."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info == "/readyz":
            request.META.pop("HTTP_COOKIE", None)
        return self.get_response(request)


class SignInMiddleware(LoginRequiredMiddleware):
    """Login by default. The way back leads to a page, not to a fragment's address or to one that only takes a POST.

    A fragment's request is answered with a whole page to go to; else the sign-in form would land in a panel.
    """

    def handle_no_permission(  # type: ignore[override]  # htmx is led away by a header, not by a redirect
        self, request: HttpRequest, view_func: Callable[..., Any]
    ) -> HttpResponseBase:
        is_fragment = bool(cast(PersonRequest, request).htmx)
        if not is_fragment and request.method in ("GET", "HEAD"):
            return super().handle_no_permission(request, view_func)
        login = resolve_url(self.get_login_url(view_func))
        page = page_behind(request)
        way = redirect_to_login(page, login, self.get_redirect_field_name(view_func)) if page else redirect(login)
        return HttpResponseClientRedirect(way.url) if is_fragment else way


class PersonMiddleware:
    """Shows times in the person's zone: the one of their profile, else the browser's (cookie `timezone`), else UTC."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        zone = unquote(request.COOKIES.get("timezone", ""))
        if request.user.is_authenticated:
            zone = request.user.timezone or zone
        with timezone.override(zoneinfo.ZoneInfo(zone) if zone in ZONES else None):
            return self.get_response(request)


class PrivatePagesMiddleware:
    """Pages of signed-in people are never kept by a cache; fragments and pages of one address are told apart."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.user.is_authenticated and not response.has_header("Cache-Control"):
            patch_cache_control(response, no_store=True, private=True)
        patch_vary_headers(response, ["HX-Request"])
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        return response
