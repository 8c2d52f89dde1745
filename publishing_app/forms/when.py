from __future__ import annotations

import datetime as dt
import zoneinfo
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dashboard.forms.people import zone_choices
from publishing_app.models import Keeper, Schedule

NOW, LATER = "now", "later"
FURTHEST = dt.timedelta(days=366)
# What is handed over as a schedule must still lie ahead when it arrives.
AHEAD = dt.timedelta(minutes=2)


def moments(local: dt.datetime, zone: zoneinfo.ZoneInfo) -> list[dt.datetime]:
    """The times (UTC) at which the clocks of `zone` show `local`, a naive time.

    None where they are put forward over it, two where they are put back, the earlier one first.
    """
    found: list[dt.datetime] = []
    for fold in (0, 1):
        moment = local.replace(tzinfo=zone, fold=fold).astimezone(dt.UTC)
        if moment not in found and moment.astimezone(zone).replace(tzinfo=None, fold=0) == local:
            found.append(moment)
    return found


class LocalTime(forms.Field):
    """`<input type="datetime-local">`: a naive time, whole minutes."""

    widget = forms.DateTimeInput(attrs={"type": "datetime-local", "step": "60"}, format="%Y-%m-%dT%H:%M")

    def to_python(self, value: Any) -> dt.datetime | None:
        if not value or isinstance(value, dt.datetime):
            return value or None
        try:
            found = dt.datetime.fromisoformat(str(value).strip())
        except ValueError:
            found = None
        if found is None or found.tzinfo is not None:
            raise forms.ValidationError(_("Write date and time like 2027-03-05 14:30."))
        return found.replace(second=0, microsecond=0)


class WhenForm(forms.Form):
    """At once, or when, and who keeps it until then. `schedule()` is None for at once."""

    when = forms.ChoiceField(
        label=gettext_lazy("When"),
        choices=[(NOW, gettext_lazy("At once")), (LATER, gettext_lazy("At a time"))],
        widget=forms.RadioSelect,
    )
    # Required once "At a time" is chosen; what is wrong with them otherwise is dropped again.
    at = LocalTime(
        label=gettext_lazy("Date and time"), error_messages={"required": gettext_lazy("Choose when it goes out.")}
    )
    zone = forms.ChoiceField(
        label=gettext_lazy("Time zone"),
        choices=lambda: zone_choices()[1:],
        error_messages={"required": gettext_lazy("Choose the zone that this time is meant in.")},
    )
    fold = forms.ChoiceField(
        label=gettext_lazy("Which of the two"),
        choices=[("0", gettext_lazy("The first one")), ("1", gettext_lazy("The second one, an hour later"))],
        widget=forms.RadioSelect,
        required=False,
    )
    keeper = forms.ChoiceField(
        label=gettext_lazy("Who keeps it until then"),
        choices=[(Keeper.DESK, gettext_lazy("This desk")), (Keeper.PROVIDER, gettext_lazy("Submagic"))],
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose who keeps it until then.")},
    )
    use_required_attribute = False

    def __init__(self, data: Any = None, *, kept: Schedule | None = None) -> None:
        """kept: the schedule that is there already, when it is being changed."""
        zone = kept.zone if kept else timezone.get_current_timezone_name()
        known = {name for name, _label in zone_choices()}
        initial: dict[str, Any] = {"when": NOW, "keeper": Keeper.DESK, "zone": zone if zone in known else "UTC"}
        if kept:
            local = kept.at.astimezone(zoneinfo.ZoneInfo(initial["zone"]))
            initial |= {"when": LATER, "at": local.replace(tzinfo=None), "fold": str(local.fold)}
        super().__init__(data, initial=initial)
        self.comes_twice = False
        self._moment: dt.datetime | None = None

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("when") != LATER:
            for name in [name for name in self.errors if name != "when"]:
                del self.errors[name]
            return data
        if not self.errors:
            self._find(data["at"], zoneinfo.ZoneInfo(data["zone"]), data)
        return data

    def _find(self, local: dt.datetime, zone: zoneinfo.ZoneInfo, data: dict[str, Any]) -> None:
        found = moments(local, zone)
        if not found:
            self.add_error("at", _("The clocks are put forward over this time, so it does not exist that day there."))
            return
        self.comes_twice = len(found) == 2
        if self.comes_twice and data.get("fold") not in ("0", "1"):
            self.add_error("fold", _("The clocks are put back that night, so this time comes twice."))
            return
        moment = found[int(data["fold"])] if self.comes_twice else found[0]
        now = timezone.now()
        if moment <= now:
            self.add_error("at", _("This time is over. Choose a later one, or “At once”."))
        elif moment > now + FURTHEST:
            self.add_error("at", _("This is more than a year away. Choose an earlier time."))
        elif data["keeper"] == Keeper.PROVIDER and moment < now + AHEAD:
            self.add_error("at", _("Submagic needs at least two minutes. Choose a later time, or “At once”."))
        else:
            self._moment = moment

    def schedule(self) -> Schedule | None:
        if self._moment is None:
            return None
        data = self.cleaned_data
        return Schedule(at=self._moment, zone=data["zone"], keeper=Keeper(data["keeper"]))
