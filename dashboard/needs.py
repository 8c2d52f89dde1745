"""What waits for a person, and the first steps of a new team. Upper apps add what they alone know (`register`)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import NamedTuple

from django.conf import settings
from django.db.models import Exists, OuterRef, Q
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from dashboard import heartbeat
from dashboard.models import ApiKey, AuditEvent, CallState, Environment, Membership, Provider, Team, UpstreamCall

REFUSED_FOR = dt.timedelta(days=3)
MOST = 20
MOST_ASKED = 200


class Need(NamedTuple):
    """key: a name that stays; tone: 'bad' (something is broken) or 'warn'; `at`: when it began, if that counts."""

    key: str
    tone: str
    title: str
    text: str
    url: str
    at: dt.datetime | None = None


class Step(NamedTuple):
    title: str
    text: str
    url: str
    label: str
    done: bool


Source = Callable[[Team], list[Need]]
_sources: list[Source] = []


def register(source: Source) -> None:
    """For the floors above: called with the team, gives what waits for a person there."""
    if source not in _sources:
        _sources.append(source)


def of_team(team: Team, member: Membership) -> list[Need]:
    above = [need for source in _sources for need in source(team)]
    return [*_desk(team, member), *_keys(team, member), *_calls(team), *_late_news(team), *above]


def _desk(team: Team, member: Membership) -> list[Need]:
    if heartbeat.worker_is_alive():
        return []
    text = _("Uploads are kept, but nothing is handed to Submagic and no news comes from there.")
    more = _("Start one with script/worker.") if member.may_administer else _("Tell an admin of the team.")
    url = _link("dashboard:doctor", team) if member.may_administer else ""
    return [Need("worker", "bad", _("The desk does no work in the background"), f"{text} {more}", url)]


def _keys(team: Team, member: Membership) -> list[Need]:
    url = reverse("dashboard:keys", kwargs={"team": team.slug}) if member.may_administer else ""
    found = []
    kept = list(ApiKey.objects.for_team(team).kept())
    for key in kept:
        if key.state == ApiKey.State.INVALID:
            text = key.problem or _("Nothing is sent with it until it is replaced.")
            title = _("%(provider)s refuses the key %(key)s") % {"provider": key.get_provider_display(), "key": key}
            found.append(Need(f"key-{key.pk}", "bad", title, text, url, key.checked_at))
        elif key.problem:
            found.append(Need(f"key-{key.pk}", "warn", _("The API key %(key)s") % {"key": key}, key.problem, url))
    usable = [key for key in kept if key.state == ApiKey.State.VALID and key.provider == Provider.SUBMAGIC]
    if usable and not settings.SANDBOX_URL and all(key.environment == Environment.SANDBOX for key in usable):
        text = _("The team only has a key for the local sandbox, and none is running. Add a real key.")
        found.append(Need("no-key", "warn", _("No key for the real Submagic"), text, url))
    return found


def _calls(team: Team) -> list[Need]:
    """Unknown outcomes until they are settled, and what missed its time until somebody says what becomes of it;
    refusals for some days, unless the same was tried again since."""
    again = UpstreamCall.objects.filter(
        team=team,
        target_id=OuterRef("target_id"),
        operation=OuterRef("operation"),
        created_at__gt=OuterRef("created_at"),
    )
    refused = Q(state=CallState.REJECTED, settled_at__gt=timezone.now() - REFUSED_FOR) & ~Exists(again)
    missed = Q(state=CallState.DRAFT, next_look_at=None)
    calls = UpstreamCall.objects.for_team(team).select_related("api_key").order_by("-created_at")
    # A question to a person is never pushed out of the list by news (I9).
    asked, told = calls.filter(Q(state=CallState.UNKNOWN) | missed), calls.filter(refused)[:MOST]
    return [_call(team, call) for call in [*asked[:MOST_ASKED], *told]]


def _call(team: Team, call: UpstreamCall) -> Need:
    what = _operation(call.operation)
    text = " ".join(part for part in (call.problem, call.advice) if part)
    url = _page_of(team, call)
    if call.state == CallState.UNKNOWN:
        title = _("%(what)s: we do not know whether it arrived") % {"what": what}
        return Need(f"call-{call.pk}", "warn", title, text, url, call.sent_at)
    if call.state == CallState.DRAFT:
        title = _("%(what)s is on hold") % {"what": what}
        return Need(f"call-{call.pk}", "warn", title, text, url, call.not_before or call.created_at)
    title = _("%(what)s: %(provider)s refused it")
    title %= {"what": what, "provider": call.api_key.get_provider_display()}
    return Need(f"call-{call.pk}", "bad", title, text, url, call.settled_at)


def _late_news(team: Team) -> list[Need]:
    """What was given up and reached the provider after all, and messages that said what was not true."""
    since = timezone.now() - REFUSED_FOR
    events = list(AuditEvent.objects.for_team(team).filter(verb__in=LATE_NEWS, at__gt=since)[:MOST])
    rows = UpstreamCall.objects.filter(pk__in=[each.target_id for each in events]).select_related("api_key")
    calls = {str(call.pk): call for call in rows}
    found = []
    for event in events:
        if (call := calls.get(event.target_id)) is None:
            continue
        told = {"what": _operation(call.operation), "provider": call.api_key.get_provider_display()}
        if event.verb == "call.appeared_later":
            title = _("%(what)s did reach %(provider)s") % told
            text = _("It had been given up. It may be there twice, and paid twice: look there, and delete one.")
            if call.state == CallState.ACCEPTED:
                title = _("%(what)s reached %(provider)s twice") % told
                text = _("There is a second one (%(id)s), which may have been paid for: look there, and delete it.")
                text %= {"id": str(event.data.get("upstream_id", ""))[:100]}
        else:
            title = _("Messages about %(what)s were not true") % (told | {"what": told["what"].lower()})
            text = _("Nothing they said was believed. Somebody may know the address; an admin can close all addresses.")
        found.append(Need(f"news-{event.pk}", "warn", title, text, _page_of(team, call), event.at))
    return found


LATE_NEWS = ("call.appeared_later", "webhook.not_confirmed")
MEDIA = ("create_media", "upload_media")


def _operation(operation: str) -> str:
    if operation in MEDIA:
        return _("An entry of the media library")
    if operation == "publish":
        return _("A post")
    if operation == "update":
        return _("A change of a video")
    if operation == "render_slideshow":
        return _("A slideshow’s film")
    return _("An export") if operation == "export" else _("A new project")


# Where a call about a project is decided, when not on the project's own page.
PAGES = {
    "export": "projects:project-exports",
    "update": "projects:project-edit",
    "render_slideshow": "projects:slideshow-edit",
}


def _page_of(team: Team, call: UpstreamCall) -> str:
    """By name, so that nothing is imported upwards."""
    if call.operation == "publish":
        return _link("publishing:publication-detail", team, pk=call.pk)
    if call.operation in MEDIA:
        return _link("projects:media-detail", team, pk=call.target_id)
    return _link(PAGES.get(call.operation, "projects:project-detail"), team, pk=call.target_id)


# --- First steps ----------------------------------------------------------------------------------


def first_steps(team: Team, member: Membership) -> list[Step]:
    """Done when the team did it once, read from its own history."""
    calls = UpstreamCall.objects.for_team(team).exclude(state=CallState.REJECTED)
    operations = set(calls.values_list("operation", flat=True).distinct())
    has_key = ApiKey.objects.for_team(team).usable().exists()
    reviewed = AuditEvent.objects.for_team(team).filter(verb__in=["clip.approved", "clip.rejected"]).exists()
    edit, admin = member.may_edit, member.may_administer
    return [
        Step(
            _("Add your Submagic key"),
            _("It is tested before it is stored, and never shown again."),
            _link("dashboard:key-new", team) if admin else "",
            _("Add a key"),
            has_key,
        ),
        Step(
            _("Bring a first video"),
            _("A file, a link or a YouTube address becomes short clips, or one video with captions."),
            _link("projects:project-new", team) if edit and has_key else "",
            _("New project"),
            any(name.startswith(("create_", "upload_")) for name in operations.difference(MEDIA)),
        ),
        Step(
            _("Review the clips"),
            _("Play them, read along, approve what is good."),
            _link("projects:clip-list", team),
            _("Clips"),
            reviewed,
        ),
        Step(
            _("Publish one"),
            _("Its views come back here and become a curve."),
            _link("publishing:publication-list", team),
            _("Publishing"),
            "publish" in operations,
        ),
    ]


def _link(name: str, team: Team, **more: object) -> str:
    try:
        return reverse(name, kwargs={"team": team.slug, **more})
    except NoReverseMatch:
        return ""
