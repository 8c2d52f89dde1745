from __future__ import annotations

from typing import NamedTuple

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from dashboard import access
from dashboard.actions import restores
from dashboard.models import ApiKey, CallState, Epoch, Provider, Role, Team, UpstreamCall
from dashboard.pulse import Sign
from dashboard.requests import TeamRequest

# How it was noticed, as a sentence.
HOW = {
    Sign.OLDER: gettext_lazy("The database went back: this machine had seen newer things in it."),
    Sign.COPIED: gettext_lazy("The desk’s data folder was copied or restored."),
    Sign.MOVED: gettext_lazy(
        "The database came to a machine that had not worked with it, after nobody had for a while."
    ),
    Sign.OTHER_SERVER: gettext_lazy("The database lies on another server, or under another name, than before."),
    Sign.SAID: gettext_lazy("An operator said so, with manage.py restored."),
}


class Feed(NamedTuple):
    """One key's list of posts: was it read to its end since the restore? `works`: can it be read at all?"""

    key: ApiKey
    is_read: bool
    works: bool


@require_http_methods(["GET", "HEAD", "POST"])
@access.team_view()
def restored(request: TeamRequest) -> HttpResponse:
    """What a restored backup means, what is held because of it, and the step that lets sending go on (admins)."""
    team, epoch = request.team, Epoch.current()
    feeds = _feeds(team)
    unread = [feed.key for feed in feeds if not feed.is_read]
    missing = False
    if request.method == "POST":
        access.require(request, Role.ADMIN)
        if request.POST.get("life", str(epoch.number)) != str(epoch.number):
            messages.error(request, _("Another backup was restored since this page was made. Look at it again."))
            return redirect("dashboard:restored", team=team.slug)
        missing = bool(unread) and request.POST.get("looked") != "yes"
        if not missing:
            if restores.confirm(team=team, by=request.user):
                messages.success(request, _("Sending goes on. What is still in doubt waits under “Needs you”."))
            return redirect("dashboard:home", team=team.slug)
    calls = UpstreamCall.objects.for_team(team)
    context = {
        "nav": "restored",
        "epoch": epoch,
        "how": HOW.get(Sign(epoch.sign), "") if epoch.sign else "",
        "feeds": feeds,
        "unread": unread,
        "missing": missing,
        "doubted": calls.filter(state=CallState.UNKNOWN).count(),
        "held": calls.filter(state=CallState.DRAFT, next_look_at=None).count(),
        "waiting": calls.filter(state=CallState.READY).count(),
    }
    return render(request, "dashboard/restored.html", context, status=422 if missing else 200)


def _feeds(team: Team) -> list[Feed]:
    kept = ApiKey.objects.for_team(team).of(Provider.SUBMAGIC).kept().order_by("created_at")
    since = team.held_since
    found = []
    for key in kept:
        is_read = since is None or (key.feed_synced_at is not None and key.feed_synced_at > since)
        found.append(Feed(key, is_read, key.state == ApiKey.State.VALID))
    return found
