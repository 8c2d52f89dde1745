"""Under which address people and providers reach the desk, and whether all that must know it agree."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from urllib.parse import urlsplit

from django.conf import settings
from django.http.request import validate_host
from django.utils.translation import gettext as _

from dashboard.doctor.findings import Finding, Scope, State, Visit


def look(scope: Scope) -> Iterator[Finding]:
    yield _public()
    yield _names()
    if scope.visit:
        yield _visited(scope.visit)
        yield _proxies(scope.visit)


def _public() -> Finding:
    name, url = _("Public address"), settings.PUBLIC_URL
    if not url:
        text = _("PUBLIC_URL is not set, so Submagic is given no webhook address. News comes when the desk looks.")
        return _without_webhooks(name, text, _("Set PUBLIC_URL to the https address that people open."))
    told = {"url": url}
    if not url.startswith("https://"):
        text = _("%(url)s is not https, so Submagic is given no webhook address. News comes when the desk looks.")
        advice = _("Put a proxy with a certificate in front, and set PUBLIC_URL to its https address.")
        return _without_webhooks(name, text % told, advice)
    if _is_local(urlsplit(url).hostname or ""):
        text = _("%(url)s cannot be reached from outside, so no webhook ever arrives. News comes when the desk looks.")
        advice = _("Set PUBLIC_URL to an address that Submagic can reach.")
        return Finding(name, State.WARN, text % told, advice)
    return Finding(name, State.OK, _("%(url)s. Submagic reports to it by webhook.") % told)


def _without_webhooks(name: str, text: str, advice: str) -> Finding:
    """Beside the sandbox, which takes any address, nothing is missing."""
    return Finding(name, State.OK, text) if settings.SANDBOX_URL else Finding(name, State.WARN, text, advice)


def _is_local(host: str) -> bool:
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return host == "localhost" or "." not in host


def _is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _names() -> Finding:
    name = _("Names answered to")
    hosts: list[str] = list(settings.ALLOWED_HOSTS)
    host = urlsplit(settings.PUBLIC_URL).hostname or ""
    if host and not validate_host(host, hosts):
        text = _("ALLOWED_HOSTS does not name %(host)s: whoever opens PUBLIC_URL gets an error page.")
        return Finding(name, State.BAD, text % {"host": host}, _("Add it to ALLOWED_HOSTS and start the desk again."))
    if "*" in hosts:
        text = _("The desk answers to every name, also to one that a stranger made up.")
        return Finding(name, State.WARN, text, _("Name in ALLOWED_HOSTS only the addresses that people open."))
    return Finding(name, State.OK, ", ".join(hosts))


def _visited(visit: Visit) -> Finding:
    name, told = _("Your way here"), {"seen": visit.address, "url": settings.PUBLIC_URL}
    if not settings.PUBLIC_URL:
        return Finding(name, State.OK, _("You came by %(seen)s.") % told)
    if visit.forwarded_proto == "https" and not settings.PUBLIC_URL.startswith("https://"):
        text = _("The proxy in front speaks https, but PUBLIC_URL is %(url)s: cookies are not kept to https.")
        return Finding(name, State.WARN, text % told, _("Set PUBLIC_URL to the https address."))
    both_here = _is_loopback(visit.address) and _is_loopback(settings.PUBLIC_URL)
    if visit.address == settings.PUBLIC_URL or both_here:
        return Finding(name, State.OK, _("You came by %(seen)s, as PUBLIC_URL says.") % told)
    text = _("You came by %(seen)s, but links in mails and webhooks lead to %(url)s.")
    advice = _("If people open another address than PUBLIC_URL, change it; else let the proxy pass the Host header on.")
    return Finding(name, State.WARN, text % told, advice)


def _proxies(visit: Visit) -> Finding:
    """Too few believed: everybody is one address to the limits on signing in. Too many: anybody chooses theirs."""
    name, trusted = _("Proxies in front"), settings.TRUSTED_PROXIES
    told = {"trusted": trusted, "seen": visit.forwarded_for}
    advice = _("Set TRUSTED_PROXIES to how many proxies of yours add to X-Forwarded-For.")
    if visit.forwarded_for and not trusted:
        text = _("A proxy names the address of its visitors, but TRUSTED_PROXIES is 0: all count as one person.")
        return Finding(name, State.WARN, text, advice)
    if visit.forwarded_for < trusted:
        text = _("TRUSTED_PROXIES is %(trusted)d, but this request names only %(seen)d.")
        return Finding(name, State.WARN, text % told, advice)
    if not trusted:
        return Finding(name, State.OK, _("None, as TRUSTED_PROXIES says."))
    return Finding(name, State.OK, _("TRUSTED_PROXIES is %(trusted)d; this request names %(seen)d.") % told)
