"""What the groups of options in forms/options.py are built from.

A group is a mixin of fields. What it offers to a form:

* `_offer_<group>(key)` fills its lists from the key's account; the form calls it once, at its end of `__init__`;
* `<group>_options()` gives what was set, in the API's spelling; what was left alone is not in it;
* `<group>_initial(options)` is the way back, from stored options to the values of its fields.
"""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from providers.submagic import limits

ON, OFF = "on", "off"


class ChoiceBar(forms.RadioSelect):
    """A few short choices side by side (projects/options/_bar.html)."""


class OptionFields(forms.Form):
    """The base of the groups. `unset_label` is what "not sent" means in this form."""

    unset_label: ClassVar[Any] = _("Default")

    def forget(self, *names: str) -> None:
        """What stands in these fields does not count: neither their values nor their mistakes."""
        for name in names:
            self.cleaned_data.pop(name, None)
            self.errors.pop(name, None)

    def offer_choices(self, name: str, choices: list[tuple[str, Any]]) -> None:
        """The choices of a field after the one for "not sent"."""
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", self.unset_label), *choices]

    def flag(self, name: str) -> bool | None:
        """The value of an on/off field; None when it is not to be sent."""
        return {ON: True, OFF: False}.get(self.cleaned_data.get(name) or "")


def only_set(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None and value != ""}


def on_or_off(value: Any) -> str:
    return "" if value is None else ON if value else OFF


def on_off_field(label: Any, *, help_text: Any = "", say: Any = "") -> forms.ChoiceField:
    """Not sent, on, or off.

    `say` are the words for it in the folded group's line; {value} is what was chosen, {low} the same in small letters.
    """
    return forms.ChoiceField(
        label=label,
        required=False,
        choices=[("", _("Default")), (ON, _("On")), (OFF, _("Off"))],
        help_text=help_text,
        widget=ChoiceBar(attrs={"data-say": say} if say else None),
    )


def text_field(label: Any, *, longest: int, help_text: Any = "", **attrs: Any) -> forms.CharField:
    return forms.CharField(
        label=label,
        required=False,
        max_length=longest,
        help_text=help_text,
        widget=forms.TextInput(attrs={"autocomplete": "off", **attrs}),
    )


def number_field(label: Any, bounds: tuple[int, int], *, help_text: Any = "", **attrs: Any) -> forms.IntegerField:
    return forms.IntegerField(
        label=label,
        required=False,
        min_value=bounds[0],
        max_value=bounds[1],
        help_text=help_text,
        widget=forms.NumberInput(attrs={"inputmode": "numeric", **attrs}),
    )


# Theme, preset and media ids that a person copies from Submagic.
LONGEST_ID = 255
PERCENT = limits.BROLLS_PERCENTAGE
