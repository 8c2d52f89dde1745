"""How a video is to be rendered (001 Export Project): frames per second and size, both "as recorded" unless chosen."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from projects_app.models import Project
from providers.submagic import limits

AS_RECORDED, OWN = "", "own"
SIZES = {
    "1080x1920": (1080, 1920),
    "1920x1080": (1920, 1080),
    "1080x1080": (1080, 1080),
    "720x1280": (720, 1280),
}


class ExportForm(forms.Form):
    size = forms.ChoiceField(
        label=gettext_lazy("Size"),
        required=False,
        choices=[
            (AS_RECORDED, gettext_lazy("As recorded")),
            ("1080x1920", gettext_lazy("Upright")),
            ("1920x1080", gettext_lazy("Wide")),
            ("1080x1080", gettext_lazy("Square")),
            ("720x1280", gettext_lazy("Upright, small")),
            (OWN, gettext_lazy("Own size")),
        ],
        widget=forms.RadioSelect,
    )
    width = forms.IntegerField(
        label=gettext_lazy("Width"),
        required=False,
        min_value=limits.EXPORT_PIXELS[0],
        max_value=limits.EXPORT_PIXELS[1],
        widget=forms.NumberInput(attrs={"inputmode": "numeric", "step": "2", "autocomplete": "off"}),
    )
    height = forms.IntegerField(
        label=gettext_lazy("Height"),
        required=False,
        min_value=limits.EXPORT_PIXELS[0],
        max_value=limits.EXPORT_PIXELS[1],
        widget=forms.NumberInput(attrs={"inputmode": "numeric", "step": "2", "autocomplete": "off"}),
    )
    fps = forms.IntegerField(
        label=gettext_lazy("Frames per second"),
        required=False,
        min_value=limits.EXPORT_FPS[0],
        max_value=limits.EXPORT_FPS[1],
        help_text=gettext_lazy("1 to 60. Empty is as recorded."),
        error_messages={
            "invalid": gettext_lazy("Write a whole number from 1 to 60, or leave it empty."),
            "min_value": gettext_lazy("Submagic takes 1 to 60 frames per second."),
            "max_value": gettext_lazy("Submagic takes 1 to 60 frames per second."),
        },
        widget=forms.NumberInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    form_token = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)

    def __init__(self, *args: Any, project: Project, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.project = project
        if project.fps:
            self.fields["fps"].widget.attrs["placeholder"] = f"{project.fps:g}"

    @property
    def size_notes(self) -> dict[str, str]:
        """What each choice is in pixels."""
        project = self.project
        recorded = f"{project.width} × {project.height}" if project.width and project.height else ""
        notes = {name: f"{width} × {height}" for name, (width, height) in SIZES.items()}
        return notes | {AS_RECORDED: recorded, OWN: _("100 to 4000")}

    @property
    def size_icons(self) -> dict[str, str]:
        return {
            AS_RECORDED: "video",
            "1080x1920": "rectangle-vertical",
            "1920x1080": "rectangle-horizontal",
            "1080x1080": "square",
            "720x1280": "smartphone",
            OWN: "ruler",
        }

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("size") != OWN:
            for name in ("width", "height"):
                data.pop(name, None)
                self.errors.pop(name, None)
            return data
        for name in ("width", "height"):
            number = data.get(name)
            if name in self.errors:
                continue
            if number is None:
                self.add_error(name, _("Enter the number of pixels, or choose another size."))
            elif number % 2:
                # Most players cannot show a video with an odd number of pixels.
                self.add_error(name, _("Enter an even number, such as %(number)s.") % {"number": number - 1})
        return data

    @property
    def numbers(self) -> dict[str, int | None]:
        """As `exports.ask` takes them."""
        data = self.cleaned_data
        width, height = SIZES.get(data.get("size") or "", (data.get("width"), data.get("height")))
        return {"fps": data.get("fps"), "width": width, "height": height}
