"""What a team's archive takes by itself."""

from __future__ import annotations

from typing import Final

from django import forms
from django.utils.translation import gettext_lazy

from projects_app.models import Keep


class WishForm(forms.Form):
    keep = forms.ChoiceField(
        label=gettext_lazy("What is kept by itself"),
        choices=Keep.choices,
        widget=forms.RadioSelect,
        error_messages={
            "required": gettext_lazy("Choose one of the three."),
            "invalid_choice": gettext_lazy("Choose one of the three."),
        },
    )

    icons: Final = {Keep.NOTHING: "hand", Keep.APPROVED: "thumbs-up", Keep.ALL: "archive"}
    notes: Final = {
        Keep.NOTHING: gettext_lazy("Only what somebody keeps by its button."),
        Keep.APPROVED: gettext_lazy("A clip is copied soon after it was approved."),
        Keep.ALL: gettext_lazy("Clips and exports, as soon as they can be watched. Takes the most room."),
    }
