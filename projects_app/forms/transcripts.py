from __future__ import annotations

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from projects_app.models.text_search import terms_of


class SearchForm(forms.Form):
    """What is looked for in transcripts. Words in "double quotes" stay together."""

    q = forms.CharField(
        label=_("Words that were said"),
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off", "enterkeyhint": "search"}),
    )

    def __init__(self, data: QueryDict) -> None:
        super().__init__(data, auto_id="find-%s")
        self.fields["q"].widget.attrs |= {"class": "control", "placeholder": self.fields["q"].label}
        self.is_valid()

    @property
    def query(self) -> str:
        found: str = self.cleaned_data.get("q") or ""
        return found

    @property
    def terms(self) -> list[str]:
        return terms_of(self.query)
