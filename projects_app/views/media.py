"""The media library: what can be named in a project's options, and what is on its way there."""

from __future__ import annotations

import datetime as dt
import uuid
import zlib
from typing import Any, Final
from urllib.parse import urlencode

from django.conf import settings
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from dashboard import access, live, remote
from dashboard.models import ApiKey, CallState, Provider
from dashboard.requests import TeamRequest
from projects_app import curl, media_samples
from projects_app.actions import media_evidence, media_sync
from projects_app.forms.clips import read_ids
from projects_app.forms.media import STATES, MediaFileForm, MediaFilterForm, MediaUrlForm
from projects_app.media_csp import allow_media
from projects_app.media_spool import ACCEPT, megabytes
from projects_app.models import Media, MediaState
from projects_app.models.media import MediaQuerySet, uses
from projects_app.views.media_cards import Card, card, cards

PAGE: Final = 24
# A background read that was asked for by opening the page is waited for at most this long.
READ_SECONDS: Final = 60
READ_POLL: Final = 2
MOST_ASKED: Final = 60
MOST_PAGES: Final = 20


# --- The list -------------------------------------------------------------------------------------------------------


@require_safe
@access.team_view()
def media_list(request: TeamRequest) -> HttpResponse:
    """The library of one key's account; for htmx the next cards (`after`), or what is new (`part=news`)."""
    keys = keys_of(request)
    key = chosen_key(request, keys)
    if key is None:
        return render(request, "projects/media_list.html", {"nav": "media", "keys": []})
    if request.htmx and request.GET.get("part") == "news":
        return _news(request, key)
    asked = timezone.now() if media_sync.wish(key) else None
    context = list_context(request, keys, key, asked=asked)
    name = "projects/media_list.html" + ("#cards" if request.htmx else "")
    response = render(request, name, context)
    return allow_media(response, [each.src for each in context["cards"]])


def keys_of(request: TeamRequest) -> list[ApiKey]:
    """Also one that is refused just now: its library is known, only nothing new is."""
    kept = ApiKey.objects.for_team(request.team).of(Provider.SUBMAGIC).kept()
    return list(kept.order_by("-is_default", "created_at"))


def chosen_key(request: TeamRequest, keys: list[ApiKey]) -> ApiKey | None:
    wanted = request.POST.get("key") or request.GET.get("key")
    return next((key for key in keys if str(key.pk) == wanted), keys[0] if keys else None)


def list_context(
    request: TeamRequest,
    keys: list[ApiKey],
    key: ApiKey,
    *,
    asked: dt.datetime | None = None,
    url_form: MediaUrlForm | None = None,
) -> dict[str, Any]:
    form = MediaFilterForm(request.GET)
    chosen = form.chosen()
    kept = _kept(request, keys, key)
    pictures = bool(request.GET.get("pictures"))
    found = _filtered(Media.objects.for_team(request.team).of_key(key), chosen)
    place = request.GET.get("after", "")
    # Whoever asks for news may have read on: these parts are on the page too.
    later = list(filter(None, request.GET.getlist("shown")))[:MOST_PAGES]
    size = PAGE * (1 + len(later))
    rows = list(found.after(place)[: size + 1])
    shown = cards(request.team, rows[:size], pictures=pictures)
    query = {**kept, **chosen}
    usable = [each for each in keys if each.state == ApiKey.State.VALID]
    is_empty = not rows and not chosen and not place
    samples: list[media_samples.MediaSample] = []
    if key.is_sandbox and key in usable and not chosen and not place and len(rows) <= size:
        have = {row.source_url for row in rows}
        samples = [each for each in media_samples.samples() if each.url not in have]
    return {
        "nav": "media",
        "keys": keys,
        "key": key,
        "is_usable": key in usable,
        "library": media_sync.library(key),
        "form": form,
        "chosen": chosen,
        "kept": kept,
        "cards": shown,
        "is_later_page": bool(place),
        "later": later,
        "more_query": urlencode({**query, "after": rows[size - 1].place}) if len(rows) > size else "",
        "is_empty": is_empty,
        "pictures": pictures,
        "pictures_query": "" if pictures or all(each.is_shown or not each.src for each in shown)
        else urlencode({**query, "pictures": 1}),
        "url_form": url_form or MediaUrlForm(keys=usable, initial={"key": key.pk}),
        "file_form": MediaFileForm(keys=usable, initial={"key": key.pk}),
        "samples": [{"title": each.title, "url": each.url, "token": uuid.uuid4()} for each in samples],
        "upload_command": _upload_command(key),
        "accept": ACCEPT,
        "max_bytes": settings.MEDIA_MAX_BYTES,
        "most_words": megabytes(settings.MEDIA_MAX_BYTES),
        "poll": None if place else _poll(shown, key, _first(shown), query, asked),
    }  # fmt: skip


def _upload_command(key: ApiKey) -> str:
    """How a file is added without the desk; "" where there is nothing to send it to."""
    try:
        base_url = remote.base_url(key.environment)
    except remote.NoUsableKey:
        return ""
    return curl.command("upload_media", {}, base_url=base_url, last4=key.last4, filename="my-video.mp4")


def _kept(request: TeamRequest, keys: list[ApiKey], key: ApiKey) -> dict[str, str]:
    """What stays in the address beside the filters."""
    kept = {"key": str(key.pk)} if key != keys[0] else {}
    return kept | ({"pictures": "1"} if request.GET.get("pictures") else {})


def _filtered(media: MediaQuerySet, chosen: dict[str, str]) -> MediaQuerySet:
    if state := chosen.get("state"):
        media = media.filter(state__in=STATES[state][1])
    if kind := chosen.get("type"):
        media = media.filter(type=kind)
    if words := chosen.get("q"):
        media = media.filter(Q(name__icontains=words) | Q(upstream_id=words))
    return media


# --- What is new since the page was loaded --------------------------------------------------------------------------


def _first(shown: list[Card]) -> str:
    """A mark of which entries the first page holds, to tell when others have come."""
    return f"{zlib.crc32(' '.join(str(each.media.pk) for each in shown[:PAGE]).encode()):x}"


def _poll(
    shown: list[Card], key: ApiKey, first: str, query: dict[str, str], asked: dt.datetime | None
) -> dict[str, Any]:
    """When the page looks again (0: only when something is added) and what it says that it shows."""
    moving = [each for each in shown if each.media.is_in_motion]
    seconds = min((each.media.poll_seconds for each in moving), default=0)
    if asked and _is_awaited(key, asked):
        seconds = READ_POLL
    said = [f"{each.media.pk}:{each.stamp}" for each in moving]
    seen = media_sync.library(key).synced_at
    more = {"part": "news", "first": first, "seen": seen.isoformat() if seen else ""}
    if asked:
        more["asked"] = asked.isoformat()
    return {"seconds": seconds, "query": urlencode({**query, **more, "show": said}, doseq=True)}


def _is_awaited(key: ApiKey, asked: dt.datetime) -> bool:
    found = media_sync.library(key)
    is_read = found.problem or (found.synced_at is not None and found.synced_at >= asked)
    return not is_read and timezone.now() - asked < dt.timedelta(seconds=READ_SECONDS)


def _news(request: TeamRequest, key: ApiKey) -> HttpResponse:
    """The cards that look different now, all that the page shows when others have come, and when to ask again."""
    keys = keys_of(request)
    asked = _moment(request.GET.get("asked"))
    context = list_context(request, keys, key, asked=asked)
    has_others = _first(context["cards"]) != request.GET.get("first")
    said = dict(each.split(":", 1) for each in request.GET.getlist("show")[:MOST_ASKED] if ":" in each)
    context |= {"fragment": True, "has_others": has_others, "changed": []}
    if not has_others:
        rows = Media.objects.for_team(request.team).of_key(key).filter(pk__in=read_ids(list(said)))
        now = cards(request.team, rows, pictures=context["pictures"])
        context["changed"] = [each for each in now if said[str(each.media.pk)] != each.stamp]
        # Cards of later pages are asked for as long as they move.
        known = {each.media.pk for each in context["cards"]}
        late = [each for each in now if each.media.pk not in known]
        query = {**context["kept"], **context["chosen"]}
        context["poll"] = _poll([*context["cards"], *late], key, request.GET.get("first", ""), query, asked)
    is_same = not has_others and not context["changed"]
    if is_same and context["poll"]["seconds"] == _number(request.GET.get("every")) and _is_seen(request, context):
        return HttpResponse(status=204)
    return render(request, "projects/media_list.html#news", context)


def _is_seen(request: TeamRequest, context: dict[str, Any]) -> bool:
    seen = context["library"].synced_at
    return request.GET.get("seen", "") == (seen.isoformat() if seen else "")


def _moment(text: str | None) -> dt.datetime | None:
    try:
        found = dt.datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return found if timezone.is_aware(found) else None


def _number(text: str | None) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 6 else 0


# --- One entry ------------------------------------------------------------------------------------------------------


@require_safe
@access.team_view()
def media_detail(request: TeamRequest, pk: uuid.UUID) -> HttpResponse:
    media = access.get_or_404(Media.objects.all(), request.team, pk)
    pictures = bool(request.GET.get("pictures"))
    shown = card(media, 0, pictures=pictures)
    used = uses(request.team, [media.upstream_id]).get(media.upstream_id, [])
    call = media.call
    is_unknown = call is not None and call.state == CallState.UNKNOWN
    context = {
        "nav": "media",
        "media": media,
        "card": shown,
        "call": call,
        "used": used,
        "is_unknown": is_unknown,
        "candidates": media_evidence.candidates(media) if is_unknown else [],
        "pictures": pictures,
        "may_send_again": _may_send_again(media),
    }
    name, poll = "projects/media_detail.html", media.poll_seconds if media.is_in_motion else 0
    # While a person may be choosing on the page, nothing but the entry's own news is swapped under them.
    stamp = shown.stamp if is_unknown else ""
    return allow_media(live.page(request, name, "live", context, poll=poll, stamp=stamp), [shown.src])


def _may_send_again(media: Media) -> bool:
    call = media.call
    if call is None or media.upstream_id or media.state != MediaState.FAILED:
        return False
    return call.state in (CallState.REJECTED, CallState.ABANDONED) and (not media.is_file or media.has_file)
