from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone


class SampleForm(forms.Form):
    """One field of each sort, to be looked at."""

    title = forms.CharField(max_length=100, help_text="Shown in lists")
    language = forms.ChoiceField(choices=[("en", "English"), ("de", "German")])
    note = forms.CharField(widget=forms.Textarea, required=False)
    kind = forms.ChoiceField(
        choices=[("magic_clips", "Magic Clips"), ("captions", "Captions")], widget=forms.RadioSelect
    )


def components(request: HttpRequest) -> HttpResponse:
    """The design system on one page (docs/design-system.md); for people who build pages, so not in production."""
    if not (settings.DEBUG or settings.SANDBOX_URL):
        raise Http404
    context: dict[str, Any] = {"now": timezone.now(), "series": [3, 4, 4, 7, 9, 12, 18, 21], "form": SampleForm()}
    return render(request, "dashboard/components.html", context)
