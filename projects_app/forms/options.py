"""The options of a project in groups; a form takes the groups that its request knows (see forms/option_base.py).

B-roll and music are in forms/items.py. Rules that concern several groups at once are in rules.py.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from dashboard.models import ApiKey
from projects_app.forms.option_base import (
    OFF,
    ON,
    PERCENT,
    ChoiceBar,
    OptionFields,
    number_field,
    on_off_field,
    on_or_off,
    only_set,
)
from projects_app.forms.options_look import HookTitleFields, LookFields
from providers.submagic import limits

__all__ = [
    "ClipFields",
    "CutFields",
    "DictionaryField",
    "EffectFields",
    "HideCaptionsFields",
    "HookTitleFields",
    "LookFields",
]


class CutFields(OptionFields):
    """What is cut out of the video."""

    silence_pace = forms.ChoiceField(
        label=_("Cut pauses"),
        required=False,
        choices=[
            ("", _("Default")),
            ("natural", _("Natural")),
            ("fast", _("Fast")),
            ("extra-fast", _("Extra fast")),
        ],
        help_text=_(
            "Natural cuts pauses longer than about 0.6 s, Fast longer than about 0.2 s, Extra fast longer than "
            "about 0.1 s."
        ),
        widget=ChoiceBar(attrs={"data-say": _("pauses: {low}")}),
    )
    bad_takes = on_off_field(
        _("Cut bad takes"),
        help_text=_(
            "AI finds slips and repeated sentences and cuts them, and silence as well. Submagic's default is off."
        ),
        say=_("bad takes {low}"),
    )

    def _offer_cuts(self, key: ApiKey) -> None:
        self.offer_choices(
            "silence_pace", [("natural", _("Natural")), ("fast", _("Fast")), ("extra-fast", _("Extra fast"))]
        )
        self.offer_choices("bad_takes", [(ON, _("On")), (OFF, _("Off"))])

    def cuts_options(self) -> dict[str, Any]:
        return only_set(removeSilencePace=self.cleaned_data.get("silence_pace"), removeBadTakes=self.flag("bad_takes"))

    @staticmethod
    def cuts_initial(options: dict[str, Any]) -> dict[str, Any]:
        return {
            "silence_pace": options.get("removeSilencePace", ""),
            "bad_takes": on_or_off(options.get("removeBadTakes")),
        }


class HideCaptionsFields(OptionFields):
    """Named `disableCaptions` by the live API; the documents print no name."""

    disable_captions = on_off_field(
        _("Hide the captions"),
        help_text=_(
            "The video comes back without words on it; there is a transcript all the same. Submagic's default is off."
        ),
        say=_("captions hidden: {low}"),
    )

    def _offer_hide_captions(self, key: ApiKey) -> None:
        self.offer_choices("disable_captions", [(ON, _("On")), (OFF, _("Off"))])

    def hide_captions_options(self) -> dict[str, Any]:
        return only_set(disableCaptions=self.flag("disable_captions"))

    @staticmethod
    def hide_captions_initial(options: dict[str, Any]) -> dict[str, Any]:
        return {"disable_captions": on_or_off(options.get("disableCaptions"))}


class EffectFields(HideCaptionsFields):
    magic_zooms = on_off_field(
        _("Magic zooms"),
        help_text=_("Moves closer and away by itself. Submagic's default is off."),
        say=_("zooms {low}"),
    )
    magic_brolls = on_off_field(
        _("Magic B-roll"),
        help_text=_("Footage that fits what is said, put in by Submagic. Its cost is not stated; the default is off."),
        say=_("Magic B-roll {low}"),
    )
    magic_brolls_percentage = number_field(
        _("Share of Magic B-roll"),
        PERCENT,
        help_text=_("Percent, 0 to 100; Submagic's default is 50. Counts only with Magic B-roll on."),
        placeholder="50",
    )
    clean_audio = on_off_field(
        _("Clean audio"),
        help_text=_(
            "Takes background noise away. Submagic's default is off. It never tells what was sent; this desk remembers."
        ),
        say=_("clean audio {low}"),
    )

    def _offer_effects(self, key: ApiKey) -> None:
        self._offer_hide_captions(key)
        for name in ("magic_zooms", "magic_brolls", "clean_audio"):
            self.offer_choices(name, [(ON, _("On")), (OFF, _("Off"))])

    def effects_options(self) -> dict[str, Any]:
        return self.hide_captions_options() | only_set(
            magicZooms=self.flag("magic_zooms"),
            magicBrolls=self.flag("magic_brolls"),
            magicBrollsPercentage=self.cleaned_data.get("magic_brolls_percentage"),
            cleanAudio=self.flag("clean_audio"),
        )

    @staticmethod
    def effects_initial(options: dict[str, Any]) -> dict[str, Any]:
        return HideCaptionsFields.hide_captions_initial(options) | {
            "magic_zooms": on_or_off(options.get("magicZooms")),
            "magic_brolls": on_or_off(options.get("magicBrolls")),
            "magic_brolls_percentage": options.get("magicBrollsPercentage"),
            "clean_audio": on_or_off(options.get("cleanAudio")),
        }


class DictionaryField(OptionFields):
    """Cleaned to a list of terms, each once, in the order in which they were written."""

    dictionary = forms.CharField(
        label=_("Words to get right"),
        required=False,
        # Room for the largest dictionary that is allowed, blanks and doubles included; the terms are counted below.
        max_length=20_000,
        help_text=_(
            "Names and terms, one a line: up to 100, each up to 50 characters. Submagic keeps them in its account for "
            "later projects as well."
        ),
        widget=forms.Textarea(
            attrs={
                "rows": 5,
                "spellcheck": "false",
                "autocomplete": "off",
                "data-say-one": _("{count} word"),
                "data-say-many": _("{count} words"),
            }
        ),
    )

    def _offer_dictionary(self, key: ApiKey) -> None:
        """Nothing: it is free text."""

    def clean_dictionary(self) -> list[str]:
        terms = terms_of(self.cleaned_data["dictionary"])
        long = [term for term in terms if len(term) > limits.DICTIONARY_TERM]
        problems = []
        if long:
            problems.append(
                _("A term has at most %(most)s characters. Shorten “%(term)s”.")
                % {"most": limits.DICTIONARY_TERM, "term": f"{long[0][:60]}…" if len(long[0]) > 60 else long[0]}
            )
        if over := max(0, len(terms) - limits.DICTIONARY_TERMS):
            problems.append(
                ngettext_lazy(
                    "At most %(most)s terms: take %(over)s out.", "At most %(most)s terms: take %(over)s out.", over
                )
                % {"most": limits.DICTIONARY_TERMS, "over": over}
            )
        if problems:
            raise ValidationError(problems)
        return terms

    def dictionary_options(self) -> dict[str, Any]:
        terms = self.cleaned_data.get("dictionary")
        return {"dictionary": terms} if terms else {}

    @staticmethod
    def dictionary_initial(options: dict[str, Any]) -> dict[str, Any]:
        return {"dictionary": "\n".join(options.get("dictionary") or [])}


def terms_of(text: str) -> list[str]:
    """One term a line, blanks made single, doubles merged."""
    lines = (" ".join(line.split()) for line in text.splitlines())
    return list(dict.fromkeys(line for line in lines if line))


class ClipFields(OptionFields):
    """How long the clips get, and whether the picture follows the speaker. How many there are cannot be chosen."""

    min_clip_length = number_field(
        _("Shortest clip"),
        limits.CLIP_SECONDS,
        help_text=_("Seconds, 15 to 300. Submagic's default is 15."),
        placeholder=str(limits.CLIP_SECONDS_DEFAULT[0]),
    )
    max_clip_length = number_field(
        _("Longest clip"),
        limits.CLIP_SECONDS,
        help_text=_("Seconds, 15 to 300. Submagic's default is 60."),
        placeholder=str(limits.CLIP_SECONDS_DEFAULT[1]),
    )
    face_tracking = on_off_field(
        _("Face tracking"),
        help_text=_("Keeps the speaker in the middle of the upright picture. Submagic's default is on."),
    )

    def _offer_clips(self, key: ApiKey) -> None:
        self.offer_choices("face_tracking", [(ON, _("On")), (OFF, _("Off"))])

    def clips_options(self) -> dict[str, Any]:
        data = self.cleaned_data
        return only_set(
            minClipLength=data.get("min_clip_length"),
            maxClipLength=data.get("max_clip_length"),
            faceTracking=self.flag("face_tracking"),
        )

    @staticmethod
    def clips_initial(options: dict[str, Any]) -> dict[str, Any]:
        return {
            "min_clip_length": options.get("minClipLength"),
            "max_clip_length": options.get("maxClipLength"),
            "face_tracking": on_or_off(options.get("faceTracking")),
        }
