"""The folded groups of options on the page of a new project, and what each says while it is folded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from projects_app.forms.edits import EditForm
from projects_app.forms.options import terms_of
from projects_app.forms.projects import NewProjectForm


@dataclass(frozen=True, slots=True)
class Group:
    """`fields` decide whether it opens by itself: something was set in it, or is wrong."""

    name: str
    title: Any
    icon: str
    templates: tuple[str, ...]
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Folded:
    group: Group
    said: str
    is_open: bool


GROUPS: Final = (
    Group(
        "hook_title",
        gettext_lazy("Hook title"),
        "heading",
        ("_hook_title.html",),
        ("hook_title", "hook_text", "hook_template", "hook_top", "hook_size"),
    ),
    Group("cuts", gettext_lazy("Cuts"), "scissors", ("_cuts.html",), ("silence_pace", "bad_takes")),
    Group(
        "effects",
        gettext_lazy("Effects"),
        "sparkles",
        ("_effects.html",),
        ("magic_zooms", "clean_audio", "disable_captions"),
    ),
    Group(
        "items",
        gettext_lazy("B-roll"),
        "images",
        ("_magic_brolls.html", "_items_option.html"),
        ("magic_brolls", "magic_brolls_percentage", "items"),
    ),
    Group(
        "music",
        gettext_lazy("Music"),
        "music",
        ("_music_option.html",),
        ("music_media", "music_volume", "music_start", "music_fade"),
    ),
    Group("dictionary", gettext_lazy("Words (dictionary)"), "book-a", ("_dictionary.html",), ("dictionary",)),
)


def folded(form: NewProjectForm | EditForm, groups: Iterable[Group] = GROUPS) -> list[Folded]:
    return [
        Folded(group, ", ".join(_said(form, group)), any(name in form.errors for name in group.fields))
        for group in groups
    ]


def _said(form: NewProjectForm | EditForm, group: Group) -> Iterator[str]:
    """The script project-options.js says the same from the same words (data-say) while a person chooses."""
    for name in group.fields:
        field, value = form.fields[name], form[name].value()
        say = field.widget.attrs.get("data-say", "")
        if name == "items":
            if rows := len(form.item_rows):
                yield _("%(count)s placed") % {"count": rows}
        elif name == "music_media":
            if value:
                names = {each.upstream_id: each.name for each in form.music_choices}
                yield names.get(value, _("chosen"))
        elif name == "dictionary":
            if count := len(terms_of(str(value or ""))):
                words = field.widget.attrs["data-say-one" if count == 1 else "data-say-many"]
                yield str(words).replace("{count}", str(count))
        elif say and value not in (None, ""):
            choices: Any = field.choices if isinstance(field, forms.ChoiceField) else ()
            chosen = dict(choices).get(value, value)
            yield str(say).replace("{value}", str(chosen)).replace("{low}", str(chosen).lower())
