"""What goes with what: the rules between a project's options, told before anything is sent (contract.md, section 3).

Options are dicts in the API's spelling, as in `Project.options`. Nothing here asks the database or a provider. Rules of
single fields are in the forms, those of B-roll and music in rules_items.py.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext as _

from projects_app.models import Kind
from projects_app.option_words import NAMES
from providers.submagic import limits
from providers.submagic.create import CAPTION_FIELDS, CLIP_FIELDS

# What every request has; an option is what comes beside it.
ABOUT: Final = frozenset({"title", "language", "webhookUrl"})
TAKEN: Final = {
    Kind.CAPTIONS: frozenset(CAPTION_FIELDS) - ABOUT,
    Kind.MAGIC_CLIPS: frozenset(CLIP_FIELDS) - ABOUT,
}
# Ids that people copy by hand.
TYPED_IDS: Final = ("userThemeId", "presetId")


@dataclass(frozen=True, slots=True)
class Finding:
    """`option` is its name in the API. What does not block goes to the provider, which may see it differently."""

    option: str
    text: str
    blocks: bool = True


def findings(kind: str, options: Mapping[str, Any], duration: float | None = None) -> list[Finding]:
    """Everything that is in conflict, then what a person should know. `duration` is in seconds, where it is known."""
    found = [*_not_taken(kind, options), *_looks(options), *_lengths(options), *_shares(kind, options)]
    if duration and duration > limits.LONGEST_VIDEO:
        found.append(Finding("file", _too_long(duration)))
    return found + list(_hints(options))


def closed_by(look: str) -> dict[str, str]:
    """The options that cannot stand beside a look (`presetId`, `aiEditTemplate`), each with the reason."""
    options = TAKEN[Kind.CAPTIONS] - {look}
    if look == "presetId":
        closed = options & limits.NOT_BESIDE_PRESET | {"aiEditTemplate"}
        return dict.fromkeys(sorted(closed), _("The Submagic preset decides this, so it cannot be set beside it."))
    if look == "aiEditTemplate":
        closed = options - limits.BESIDE_AI_EDIT_TEMPLATE
        return dict.fromkeys(
            sorted(closed),
            _("The AI edit template decides this. Only title, language, video and dictionary go with it."),
        )
    return {}


def not_with_clips() -> str:
    return _("Magic Clips take a template or a theme of your own, but no Submagic preset and no AI edit.")


def _not_taken(kind: str, options: Mapping[str, Any]) -> Iterator[Finding]:
    for name in options:
        if name in TAKEN[Kind(kind)]:
            continue
        if name in ("presetId", "aiEditTemplate"):
            yield Finding(name, not_with_clips())
        elif kind == Kind.MAGIC_CLIPS:
            yield Finding(name, _("Magic Clips do not take this: %(name)s.") % {"name": NAMES.get(name, name)})
        else:
            yield Finding(name, _("This is for Magic Clips only: %(name)s.") % {"name": NAMES.get(name, name)})


def _looks(options: Mapping[str, Any]) -> Iterator[Finding]:
    if "templateName" in options and "userThemeId" in options:
        yield Finding(
            "userThemeId", _("A template and a theme of your own cannot be used together. Choose one of them.")
        )
    told: set[str] = set()
    for look in ("aiEditTemplate", "presetId"):
        if look not in options:
            continue
        for name, reason in closed_by(look).items():
            if name in options and name not in told:
                told.add(name)
                yield Finding(name, reason + " " + _("Set it back to Default, or choose another look."))


def _lengths(options: Mapping[str, Any]) -> Iterator[Finding]:
    """The documents name no rule (contract.md, row 41); a shortest clip above the longest cannot be made."""
    shortest, longest = options.get("minClipLength"), options.get("maxClipLength")
    least, most = limits.CLIP_SECONDS_DEFAULT
    if shortest and longest and shortest > longest:
        yield Finding("maxClipLength", _("The longest clip must not be shorter than the shortest one."))
    elif shortest and not longest and shortest > most:
        yield Finding(
            "maxClipLength",
            _("Without a longest clip Submagic takes %(most)s seconds, less than your shortest. Enter one here.")
            % {"most": most},
        )
    elif longest and not shortest and longest < least:
        yield Finding(
            "minClipLength", _("Without a shortest clip Submagic takes %(least)s seconds.") % {"least": least}
        )


def _shares(kind: str, options: Mapping[str, Any]) -> Iterator[Finding]:
    if kind == Kind.CAPTIONS and "magicBrollsPercentage" in options and not options.get("magicBrolls"):
        yield Finding(
            "magicBrollsPercentage", _("The share counts only with Magic B-roll. Turn that on, or leave this empty.")
        )


def _hints(options: Mapping[str, Any]) -> Iterator[Finding]:
    for name in TYPED_IDS:
        if options.get(name) and not is_uuid(options[name]):
            yield Finding(
                name,
                _("This does not look like an id of Submagic (a UUID). It is sent as it is; Submagic decides."),
                blocks=False,
            )
    if options.get("removeBadTakes") and options.get("removeSilencePace"):
        yield Finding(
            "removeBadTakes",
            _("Cutting bad takes removes silence as well; with a pace beside it, Submagic decides which one counts."),
            blocks=False,
        )
    if options.get("dictionary"):
        yield Finding(
            "dictionary",
            _("Submagic keeps these words in its account, for the projects after this one as well."),
            blocks=False,
        )


def is_uuid(text: Any) -> bool:
    try:
        uuid.UUID(str(text))
    except ValueError:
        return False
    return True


def _too_long(duration: float) -> str:
    return _("The video lasts %(minutes)s minutes; Submagic takes up to 2 hours. Cut it into parts.") % {
        "minutes": round(duration / 60)
    }
