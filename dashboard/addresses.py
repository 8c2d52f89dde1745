"""Addresses that leave this page (in mails, on the terminal, for copying), those that htmx sends and takes, and where a
request came from."""

from __future__ import annotations

import ipaddress
from typing import cast
from urllib.parse import parse_qs, urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, resolve

from dashboard.requests import PersonRequest


def absolute(request: HttpRequest, path: str) -> str:
    """PUBLIC_URL decides where it is set, because a request behind a proxy may not know its own name."""
    return f"{settings.PUBLIC_URL}{path}" if settings.PUBLIC_URL else request.build_absolute_uri(path)


def of_client(request: HttpRequest) -> str:
    """The network address behind the request; "" when there is none.

    Anybody can write an X-Forwarded-For: only its last TRUSTED_PROXIES entries are our own proxies' words, and the
    first of these is whom the outermost one saw.
    """
    remote = _clean(str(request.META.get("REMOTE_ADDR", "")))
    told = request.headers.get("X-Forwarded-For", "").split(",")
    count = settings.TRUSTED_PROXIES
    if count < 1 or len(told) < count:
        return remote
    return _clean(told[-count]) or remote


def _clean(text: str) -> str:
    """Without what some proxies add: a port, or the zone of a local address."""
    text = text.strip()
    if text.count(":") == 1 or text.startswith("["):
        text = text.rpartition(":")[0] if not text.endswith("]") else text
    try:
        return str(ipaddress.ip_address(text.strip("[]").partition("%")[0]))
    except ValueError:
        return ""


def page_behind(request: HttpRequest) -> str:
    """The path of the page that sent this request, as htmx or the browser names it; "" unless it is one of ours."""
    for url in (cast(PersonRequest, request).htmx.current_url, request.headers.get("Referer")):
        try:
            page = urlsplit(url or "")
            if (page.scheme, page.netloc) != (request.scheme, request.get_host()):
                continue
            resolve(page.path)
        except (ValueError, Resolver404):
            continue
        return f"{page.path}?{page.query}" if page.query else page.path
    return ""


def show_address(request: HttpRequest, response: HttpResponse, address: str) -> None:
    """The browser shows this address for the fragment; typing on in a search makes no new entry in its history."""
    before, now = urlsplit(page_behind(request)), urlsplit(address)
    were, are = parse_qs(before.query), parse_qs(now.query)
    is_typing = bool(were.pop("q", None)) and bool(are.pop("q", None))
    is_same = is_typing and (before.path, were) == (now.path, are)
    response.headers["HX-Replace-Url" if is_same else "HX-Push-Url"] = address
