from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from dashboard.models import Team
from projects_app.models import Clip, ClipSort, Decision, LengthBand, Project
from projects_app.models.clip import ClipQuerySet
from projects_app.models.text_search import terms_of


class GalleryForm(forms.Form):
    """The gallery's filters. All of them live in the address; what makes no sense there counts as not said."""

    q = forms.CharField(
        label=_("Title or words"),
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
    )
    state = forms.ChoiceField(label=_("Decision"), required=False, choices=[("", _("All")), *Decision.choices])
    project = forms.ModelChoiceField(
        label=_("Project"), required=False, queryset=Project.objects.none(), empty_label=_("All projects")
    )
    score = forms.TypedChoiceField(
        label=_("Score"),
        required=False,
        coerce=int,
        empty_value=None,
        choices=[("", _("Any score")), (50, _("50 and more")), (75, _("75 and more")), (90, _("90 and more"))],
    )
    length = forms.ChoiceField(label=_("Length"), required=False, choices=[("", _("Any length")), *LengthBand.choices])
    sort = forms.ChoiceField(label=_("Order"), required=False, choices=ClipSort.choices)

    default_sort = ClipSort.UNDECIDED

    def __init__(self, data: QueryDict, *, team: Team) -> None:
        # The order is shown as chosen even when the address does not name one.
        data = data.copy()
        data["sort"] = data.get("sort") or self.default_sort
        super().__init__(data, auto_id="filter-%s")
        self.team = team
        projects = Project.objects.for_team(team).filter(clips__isnull=False).distinct().order_by("-created_at")
        self.fields["project"].queryset = projects.only("pk", "title")  # type: ignore[attr-defined]
        for field in self.fields.values():
            field.widget.attrs.setdefault("class", "control")
        self.fields["q"].widget.attrs["placeholder"] = self.fields["q"].label
        self.is_valid()

    def value(self, name: str) -> Any:
        found = self.cleaned_data.get(name)
        return (found or self.default_sort) if name == "sort" else found

    @property
    def terms(self) -> list[str]:
        return terms_of(self.value("q") or "")

    @property
    def is_filtered(self) -> bool:
        """Something beside the decision narrows the list."""
        return any(self.value(name) for name in ("q", "project", "score", "length"))

    def clips(self) -> ClipQuerySet:
        """Everything that matches, whatever the decision and in no order."""
        return Clip.objects.for_gallery(self.team).matching(
            project=self.value("project"),
            least_score=self.value("score"),
            length=self.value("length") or "",
            terms=self.terms,
        )

    def query(self, **changes: str) -> str:
        """The filters as an address' query, shortest form; a change to "" leaves that one out."""
        values = {
            "state": self.value("state"),
            "q": self.value("q"),
            "project": self.value("project") and str(self.value("project").pk),
            "score": self.value("score") and str(self.value("score")),
            "length": self.value("length"),
            "sort": "" if self.value("sort") == self.default_sort else self.value("sort"),
        }
        return urlencode({name: value for name, value in (values | changes).items() if value})


class DecisionForm(forms.Form):
    decision = forms.ChoiceField(choices=Decision.choices)


class ManyForm(DecisionForm):
    """Several clips at once, by their ids; ids that are no ids are passed over."""

    most = 500

    def ids(self) -> list[uuid.UUID]:
        raw: list[str] = self.data.getlist("clip") if isinstance(self.data, QueryDict) else []
        return read_ids(raw[: self.most])


def read_ids(raw: list[str]) -> list[uuid.UUID]:
    found: list[uuid.UUID] = []
    for text in raw:
        try:
            found.append(uuid.UUID(text))
        except ValueError:
            continue
    return found
