"""The form of a slideshow's draft (document 003, POST /me/videos/<video-id>, the table of parameters)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.forms.utils import ErrorDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from projects_app.actions.slideshow_library import Library
from projects_app.forms import slideshow_rows, slideshow_tunes
from projects_app.forms.slideshow_rows import IMAGE, OTHER, Row, RowsField
from projects_app.forms.slideshow_tunes import Tune, TunesField
from providers.picovico import (
    CREDITS,
    PARTS,
    MissingPart,
    Music,
    MusicAsset,
    TextAsset,
    UpdateVideo,
    Video,
    limits,
    missing,
)

MOST_CREDITS: Final = 50
_PAIR: Final = re.compile(r"credit-(\d{1,2})-(role|name)")
Pair = tuple[str, str]


class NewSlideshowForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("Name"), max_length=100)


class CreditsWidget(forms.Widget):
    """`credit-0-role`, `credit-0-name` …"""

    def value_from_datadict(self, data: Mapping[str, Any], files: Any, name: str) -> list[Pair]:
        found: dict[int, dict[str, str]] = {}
        for key in data:
            if match := _PAIR.fullmatch(key):
                found.setdefault(int(match[1]), {})[match[2]] = str(data[key]).replace("\0", "").strip()
        pairs = [(pair.get("role", ""), pair.get("name", "")) for _number, pair in sorted(found.items())]
        return [pair for pair in pairs if any(pair)]


class CreditsField(forms.Field):
    widget = CreditsWidget

    def validate(self, value: list[Pair]) -> None:
        super().validate(value)
        if len(value) > MOST_CREDITS:
            raise ValidationError(_("At most %(most)d credits.") % {"most": MOST_CREDITS})
        if any(len(part) > limits.TEXT for pair in value for part in pair):
            raise ValidationError(_("A credit is longer than %(most)d characters.") % {"most": limits.TEXT})


class SlideshowForm(forms.Form):
    """Bound to what was typed, or begun with the draft as it is. `step` is a button that changes the rows and saves
    nothing (`stepped`)."""

    # What the film would cost when the page was made, so that nobody spends more than the button said.
    price_shown = forms.CharField(required=False, max_length=10, widget=forms.HiddenInput)
    version = forms.CharField(required=False, max_length=60, widget=forms.HiddenInput)
    form_token = forms.UUIDField(widget=forms.HiddenInput)
    # Typed where a film that was asked for before may be made yet (`is_unsure`).
    confirm = forms.CharField(required=False, max_length=30)
    name = forms.CharField(label=gettext_lazy("Title"), max_length=100, required=False)
    style = forms.ChoiceField(label=gettext_lazy("Style"), required=False, widget=forms.RadioSelect)
    quality = forms.TypedChoiceField(
        label=gettext_lazy("Quality"), required=False, coerce=int, empty_value=None, widget=forms.RadioSelect
    )
    music = TunesField(label=gettext_lazy("Music"), required=False)
    rows = RowsField(label=gettext_lazy("Timeline"), required=False)
    credit = CreditsField(label=gettext_lazy("Credits"), required=False)

    def __init__(
        self,
        data: Any = None,
        *,
        library: Library,
        rows: list[Row] | None = None,
        is_unsure: bool = False,
        **more: Any,
    ) -> None:
        super().__init__(data, **more)
        self.library, self.is_unsure = library, is_unsure
        # After a button: the rows as they are then, in place of those that were sent.
        self._rows = rows
        self._offer("style", [(each.machine_name, each.name or each.machine_name) for each in library.styles])
        self._offer("quality", [(str(height), f"{height}p") for height in CREDITS])

    def _offer(self, name: str, choices: list[tuple[str, str]]) -> None:
        """Also what the draft has that is not in Picovico's list."""
        field = self.fields[name]
        now = str(self.data.get(name, "") if self.is_bound else self.initial.get(name) or "")
        known = {value for value, _label in choices}
        if now and now not in known and name != "quality" and len(now) <= 200 and now.isprintable():
            choices.append((now, now))
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices

    @classmethod
    def initial_of(cls, seen: Video) -> dict[str, Any]:
        rows = slideshow_rows.rows_of(seen.assets)
        return {
            "name": seen.name or "",
            "style": seen.style or "",
            "quality": str(seen.quality or ""),
            "music": slideshow_tunes.tunes_of(seen.music, slideshow_rows.total_of(rows)),
            "rows": rows,
            "credit": list(seen.credit),
        }

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        chosen = self.library.styles_by_name.get(data.get("style") or "")
        heading, body = (chosen.title_length, chosen.text_length) if chosen else (limits.TITLE, limits.TEXT)
        photos = self.library.photos_by_id
        rows: list[Row] = data.get("rows") or []
        for row in rows:
            if row.kind != OTHER:
                _too_long(row, "title", heading)
                _too_long(row, "text", body)
            if row.kind == IMAGE and row.asset not in photos:
                row.errors["asset"] = [_("This photo is not in the account any more. Remove it.")]
        wrong = [str(row.number) for row in rows if row.errors]
        if wrong:
            text = _("Look at these places of the timeline again: %(numbers)s.")
            self.add_error("rows", text % {"numbers": ", ".join(wrong)})
            data["rows"] = rows
        tunes: list[Tune] = data.get("music") or []
        slideshow_tunes.check(tunes, 0.0 if self.errors.get("rows") else slideshow_rows.total_of(rows))
        if wrong := [str(tune.number) for tune in tunes if tune.errors]:
            self.add_error("music", _("Look at these tunes again: %(numbers)s.") % {"numbers": ", ".join(wrong)})
            data["music"] = tunes
        return data

    def without_errors(self, *problems: str) -> None:
        """A button changed the rows: nobody asked to have the rest judged. `problems` is what went wrong with that."""
        self.is_valid()
        self._errors = ErrorDict()
        for row in self.timeline:
            row.errors = {}
        for tune in self.tunes:
            tune.errors = []
        for problem in problems:
            self.add_error(None, problem)

    @property
    def timeline(self) -> list[Row]:
        if self._rows is not None:
            return self._rows
        if self.is_bound:
            cleaned: list[Row] | None = getattr(self, "cleaned_data", {}).get("rows")
            return list(self["rows"].value()) if cleaned is None else cleaned
        return list(self.initial.get("rows", []))

    @property
    def tunes(self) -> list[Tune]:
        if not self.is_bound:
            return list(self.initial.get("music", []))
        cleaned: list[Tune] | None = getattr(self, "cleaned_data", {}).get("music")
        return list(self["music"].value()) if cleaned is None else cleaned

    @property
    def tune_rows(self) -> list[Tune]:
        """What is there, and room for one more."""
        tunes = self.tunes
        return [*tunes, Tune(index=len(tunes))] if len(tunes) < slideshow_tunes.MOST_TUNES else tunes

    @property
    def tunes_offered(self) -> list[tuple[str, list[tuple[str, str]]]]:
        """Choices by the name of their group; also what the draft has that is in no list."""
        groups = [(_("Picovico’s"), _labels(self.library.musics)), (_("Your own"), _labels(self.library.own_musics))]
        known = {value for _name, offered in groups for value, _label in offered}
        strange = list(dict.fromkeys(tune.asset for tune in self.tunes if tune.asset not in known))
        groups.append((_("As it is at Picovico"), [(each, each) for each in strange]))
        return [(name, offered) for name, offered in groups if offered]

    @property
    def total(self) -> float:
        """Seconds."""
        return slideshow_rows.total_of(self.timeline)

    @property
    def credit_rows(self) -> list[Pair]:
        """What is there, and room for two more."""
        pairs: list[Pair] = list(self["credit"].value() or [])
        return [*pairs, *[("", "")] * min(2, MOST_CREDITS - len(pairs))]

    @property
    def prices(self) -> dict[str, int]:
        """#Mohars by quality, those of the chosen style where it has its own."""
        style = self.library.styles_by_name.get(str(self["style"].value() or ""))
        return {str(height): price for height, price in (style.credits if style else CREDITS).items()}

    @property
    def price(self) -> int | None:
        return self.prices.get(str(self["quality"].value() or ""))

    @property
    def checklist(self) -> list[tuple[MissingPart, bool | None]]:
        """What Picovico wants before it makes the film, and whether it is there as the form stands now; None for what
        is not known (the credits, where the account does not tell them)."""
        values = {name: str(self[name].value() or "") for name in ("name", "style")}
        shown = (TextAsset(0, 1),) if self.timeline else ()
        music = (MusicAsset("chosen"),) if self.tunes else ()
        as_it_stands = Video("draft", "initial", values["name"], values["style"], assets=(*shown, *music))
        lacking = {part.code for part in missing(as_it_stands)}
        return [(part, self._is_affordable if code == 7405 else code not in lacking) for code, part in PARTS.items()]

    @property
    def _is_affordable(self) -> bool | None:
        if self.library.mohars is None or self.price is None:
            return None
        return self.library.mohars >= self.price

    @property
    def price_told(self) -> str:
        """What the button says of the price, for `price_shown`."""
        return "untold" if self.price is None else str(self.price)

    @property
    def has_other_price(self) -> bool:
        """Than the button said: other choices were made since."""
        return bool(self.cleaned_data["price_shown"] != self.price_told)

    @property
    def has_strange_photos(self) -> bool:
        """Photos of the timeline that are not in the library as it was read."""
        known = self.library.photos_by_id
        return any(row.kind == IMAGE and row.asset not in known for row in self.timeline)

    def changes(self) -> UpdateVideo:
        """All of it, as it is to be."""
        data = self.cleaned_data
        music = slideshow_tunes.assets_of(data["music"], slideshow_rows.total_of(data["rows"]))
        return UpdateVideo(
            name=data["name"],
            style=data["style"] or None,
            quality=data["quality"],
            credit=tuple(data["credit"]),
            assets=(*slideshow_rows.assets_of(data["rows"]), *music),
        )


def _labels(musics: Iterable[Music]) -> list[tuple[str, str]]:
    return [(each.id, " – ".join(filter(None, (each.title or each.id, each.artist)))) for each in musics]


def _too_long(row: Row, name: str, most: int) -> None:
    over = len(getattr(row, name)) - most
    if over > 0:
        text = _("%(over)d characters too long: this style shows %(most)d.")
        row.errors.setdefault(name, []).append(text % {"over": over, "most": most})
