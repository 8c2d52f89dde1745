"""Presets of the team's own: their name, what of a new project's form they keep, and what a key offers no more."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dashboard.models import ApiKey
from projects_app.forms.projects import GROUPS, NewProjectForm, initial_of_options
from projects_app.models import STARTED_HERE, Kind, Preset, Source

LONGEST_NAME = 60
# A preset has no video: only these fields of the form can be wrong for it.
KEPT = {"language", *(name for group in GROUPS.values() for name in group.base_fields)} - {"video_seconds"}


class NameForm(forms.Form):
    name = forms.CharField(
        label=gettext_lazy("Name of the preset"),
        max_length=LONGEST_NAME,
        error_messages={"required": gettext_lazy("Give the preset a name; you will find it by this.")},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def clean_name(self) -> str:
        return " ".join(str(self.cleaned_data["name"]).split())


class SaveForm(NameForm):
    """Beside the form of a new project; its names stand apart from that form's.

    `replace` is the preset that a person agreed to replace: the value of that button.
    """

    replace = forms.UUIDField(required=False)

    prefix = "preset"


class Kept:
    """The options of a sent new-project form, whatever is still missing of the video itself."""

    def __init__(self, data: Any, keys: list[ApiKey]) -> None:
        values = data.copy()
        # A source that goes with each kind, so that the options count as they stand.
        is_clips = values.get("kind") == Kind.MAGIC_CLIPS
        values["source"] = Source.YOUTUBE if is_clips else Source.URL
        self.form = NewProjectForm(values, keys=keys)
        self.errors = {name: errors for name, errors in self.form.errors.items() if name in KEPT}
        if values.get("kind") not in STARTED_HERE:
            self.errors["kind"] = self.form.errors.get("kind") or self.form.error_class([_("Choose what you want.")])

    @property
    def values(self) -> dict[str, Any]:
        data = self.form.cleaned_data
        return {"kind": Kind(data["kind"]), "language": data["language"], "options": self.form.options}


def as_sent(data: Any, keys: list[ApiKey]) -> NewProjectForm:
    """The form with everything that was entered, and not a word about what is still missing."""
    form = NewProjectForm(data, keys=keys)
    form.errors.clear()
    for row in form.item_rows:
        row.errors.clear()
    return form


def initial_of(preset: Preset) -> dict[str, Any]:
    """To begin a new project with it."""
    return initial_of_options(preset.kind, preset.language, preset.options)


def not_offered(form: NewProjectForm) -> list[str]:
    """What the form was to begin with and the chosen key does not offer (any more), in sentences."""
    if form.is_bound:
        return []
    found = []
    key = form.initial.get("api_key")
    if key and str(key) not in {str(each.pk) for each in form.keys}:
        found.append(_("The key it was made with cannot be used any more; another one is chosen."))
    for name, field in form.fields.items():
        value = form.initial.get(name)
        if not isinstance(field, forms.ChoiceField) or isinstance(field, forms.ModelChoiceField):
            continue
        if value not in (None, "") and not field.valid_value(value):
            values = {"label": field.label, "value": value}
            found.append(_("%(label)s: “%(value)s” is not offered with this key. Choose another.") % values)
    return found + _media_not_offered(form)


def _media_not_offered(form: NewProjectForm) -> list[str]:
    library = form.media_library
    found = []
    for number, item in enumerate(form.initial.get("items") or [], 1):
        media = item.get("userMediaId")
        if media and media not in library.ready:
            found.append(_media_text(_("B-roll %(number)s") % {"number": number}, library.not_ready.get(media)))
    music = form.initial.get("music_media")
    if music and music not in library.ready:
        found.append(_media_text(_("Music"), library.not_ready.get(music)))
    return found


def _media_text(what: str, waiting: str | None) -> str:
    if waiting:
        text = _("%(what)s: “%(name)s” is not ready at Submagic yet. Wait for it, or choose another.")
        return text % {"what": what, "name": waiting}
    return _("%(what)s: its file is not in the media library of this key. Choose another or remove it.") % {
        "what": what
    }
