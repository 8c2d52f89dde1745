"""B-roll items and music as parts of a form: for a new project and for changing one.

Items travel as repeated plain rows (`item-0-type`, `item-0-start` …), so that they work without a script; the numbers
may have gaps. What the rules say is told at the row and, naming the row, at the field `items`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.utils import ErrorDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dashboard.models import ApiKey
from projects_app import rules_items
from projects_app.forms.item_rows import LAYOUT_WORDS, MOST_ROWS, Row, RowsField
from projects_app.models import Kind, Media, MediaState, MediaType
from projects_app.rules_items import Library
from providers.submagic import limits

EMPTY_ROWS = 2  # offered where no script adds rows


class _LibraryFields(forms.Form):
    """What both parts choose from: the media library of the key's account."""

    _library_key: ApiKey | None = None
    _media: list[Media] | None = None
    # Pairs of option (API spelling) and what is wrong with it.
    stale: list[tuple[str, str]]

    @property
    def library_media(self) -> list[Media]:
        """Everything of the key's library but what is gone, newest first."""
        if self._media is None:
            known = Media.objects.filter(api_key=self._library_key) if self._library_key else Media.objects.none()
            shown = known.exclude(state__in=(MediaState.GONE, MediaState.FAILED))
            self._media = list(shown.select_related("team").order_by("-created_at", "-id"))
        return self._media

    @property
    def media_library(self) -> Library:
        ready = {each.upstream_id: each.type for each in self.library_media if each.state == MediaState.READY}
        waiting = {each.upstream_id: each.name for each in self.library_media if each.upstream_id not in ready}
        seconds = {each.upstream_id: each.duration for each in self.library_media if each.duration}
        return Library(ready, {name: value for name, value in waiting.items() if name}, seconds)

    @property
    def shows_items(self) -> bool:
        """Magic Clips take neither B-roll nor music (001 Create Magic Clips)."""
        data = getattr(self, "cleaned_data", {})
        return data.get("kind") != Kind.MAGIC_CLIPS

    def _take_key(self, key: ApiKey) -> None:
        self._library_key, self._media, self.stale = key, None, []

    def stands(self, options: Mapping[str, Any]) -> bool:
        """These options are not sent, because the project has them already: then what is wrong with them (`stale`)
        stands in nobody's way."""
        return False


class ItemsFields(_LibraryFields):
    """The B-roll. `items_duration` is the video's length where the form's view knows it, in seconds."""

    items = RowsField(label=gettext_lazy("B-roll"), required=False)
    # The length of the chosen file, told by the browser: only to say early what Submagic would refuse.
    video_seconds = forms.FloatField(min_value=0, max_value=1e6, required=False, widget=forms.HiddenInput)

    items_duration: float | None = None

    def _offer_items(self, key: ApiKey) -> None:
        """The media of the chosen key's account."""
        self._take_key(key)

    @property
    def adds_row(self) -> bool:
        """Without a script: the person asked for one more row, not to send the form."""
        return self.is_bound and "item-add" in self.data

    def is_valid(self) -> bool:
        return not self.adds_row and super().is_valid()

    def full_clean(self) -> None:
        super().full_clean()
        if self.adds_row:
            self._errors = ErrorDict()

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        rows: list[Row] = data.get("items") or []
        if not self.shows_items:
            return data
        duration = self.items_duration or data.get("video_seconds")
        problems = rules_items.item_problems([row.to_json() for row in rows], self.media_library, duration)
        texts = [
            _("B-roll %(number)s: %(problem)s") % {"number": each.row + 1, "problem": each.text} for each in problems
        ]
        if self.stands(self.items_options()):
            self.stale += [("items", text) for text in texts]
        elif texts:
            for each in problems:
                rows[each.row].errors.setdefault(each.field, []).append(each.text)
            self.add_error("items", ValidationError(texts))
            data["items"] = rows
        return data

    def items_options(self) -> dict[str, Any]:
        """{"items": […]} in the API's spelling, or nothing."""
        rows: list[Row] = self.cleaned_data.get("items") or []
        items = [row.to_json() for row in rows]
        return {"items": items} if items and self.shows_items else {}

    @staticmethod
    def items_initial(options: Mapping[str, Any]) -> dict[str, Any]:
        return {"items": list(options.get("items") or [])}

    # What the template draws -----------------------------------------------------------------------------------

    @property
    def item_rows(self) -> list[Row]:
        """The filled rows, as they were sent or as they begin; after a refusal with what is wrong at each."""
        if self.is_bound:
            _errors = self.errors  # the rows learn theirs by cleaning
            rows: list[Row] | None = self.cleaned_data.get("items")
            return list(self["items"].value()) if rows is None else rows
        return [Row.of(index, item) for index, item in enumerate(self["items"].value() or [])]

    @property
    def empty_item_rows(self) -> list[Row]:
        begin = len(self.item_rows)
        return [Row(begin + extra) for extra in range(EMPTY_ROWS + self.adds_row)]

    @property
    def template_row(self) -> Row:
        """For the script: it puts a number in place of this one."""
        return Row(MOST_ROWS + 1)

    @property
    def items_credits(self) -> str:
        return rules_items.credits_text([row.to_json() for row in self.item_rows])

    @property
    def broll_media(self) -> list[Media]:
        return [each for each in self.library_media if each.type != MediaType.AUDIO]

    @property
    def broll_ids(self) -> set[str]:
        return {each.upstream_id for each in self.broll_media}

    @property
    def layouts(self) -> list[tuple[str, Any, bool]]:
        """Name, words, and whether a picture takes it."""
        return [(name, LAYOUT_WORDS[name], name in limits.LAYOUTS_IMAGE) for name in limits.LAYOUTS_VIDEO]


class FadeBox(forms.CheckboxInput):
    """On by default, also where the form was sent without its music part: a library without music shows no box."""

    def value_from_datadict(self, data: Mapping[str, Any], files: Any, name: str) -> bool:
        return "music_media" not in data or bool(super().value_from_datadict(data, files, name))


class MusicFields(_LibraryFields):
    """Background music from the library, over the whole video; drawn by projects/options/_music.html."""

    music_media = forms.CharField(label=gettext_lazy("Music"), required=False, max_length=255)
    music_volume = forms.IntegerField(
        label=gettext_lazy("Volume"),
        required=False,
        min_value=limits.MUSIC_VOLUME[0],
        max_value=limits.MUSIC_VOLUME[1],
        help_text=gettext_lazy("1 to 100. Empty is Submagic's default."),
    )
    music_start = forms.CharField(
        label=gettext_lazy("Start at"),
        required=False,
        max_length=20,
        help_text=gettext_lazy("Where in the music it begins, such as 12.5 or 1:05."),
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )
    music_fade = forms.BooleanField(label=gettext_lazy("Fade in and out"), required=False, initial=True, widget=FadeBox)

    def _offer_music(self, key: ApiKey) -> None:
        """The music of the chosen key's account; what cannot be used yet is shown and says so."""
        self._take_key(key)

    @property
    def chosen_music(self) -> str:
        return str(self["music_media"].value() or "")

    @property
    def has_unknown_music(self) -> bool:
        """What is chosen is not in the list that is offered."""
        return bool(self.chosen_music) and self.chosen_music not in {each.upstream_id for each in self.music_choices}

    @property
    def music_choices(self) -> list[Media]:
        return [each for each in self.library_media if each.type == MediaType.AUDIO]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if not self.shows_items or not data.get("music_media"):
            return data
        start = str(data.get("music_start") or "").strip()
        if start and rules_items.seconds_of(start) is None:
            self.add_error("music_start", _("Enter a moment of the music, such as 12.5 or 1:05."))
        options = self.music_options()
        stands = self.stands(options)
        for name, text in rules_items.music_problems(options.get("music", {}), self.media_library):
            if stands:
                self.stale.append(("music", text))
            elif f"music_{name}" not in self.errors:
                self.add_error(f"music_{name}", text)
        return data

    def music_options(self) -> dict[str, Any]:
        """{"music": {…}} in the API's spelling, or nothing."""
        data = self.cleaned_data
        if not data.get("music_media") or not self.shows_items:
            return {}
        start = rules_items.seconds_of(str(data.get("music_start") or ""))
        found = {"userMediaId": data["music_media"], "volume": data.get("music_volume"), "startFromTime": start}
        music = {name: value for name, value in found.items() if value is not None}
        return {"music": music | {"fade": bool(data.get("music_fade"))}}

    @staticmethod
    def music_initial(options: Mapping[str, Any]) -> dict[str, Any]:
        music = options.get("music") or {}
        start = music.get("startFromTime")
        return {
            "music_media": music.get("userMediaId", ""),
            "music_volume": music.get("volume"),
            "music_start": "" if start is None else rules_items.clock(start),
            "music_fade": music.get("fade", True),
        }
