"""The small parts every page is made of. Registered as a builtin: templates need no {% load %}.

Drawn as SVG with attributes only, because the content security policy allows no style attributes.
"""

from __future__ import annotations

import functools
import math
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from django import template
from django.conf import settings
from django.contrib.staticfiles import finders
from django.template.loader import select_template
from django.templatetags.static import static
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from lucide.templatetags.lucide import lucide

from dashboard import health, skew
from dashboard.models import Membership, Team
from dashboard.templatetags.states import look_of

register = template.Library()


@functools.lru_cache(maxsize=512)
def _icon(name: str, size: int, css: str) -> str:
    return lucide(name, size=size, **{"class": f"icon {css}".strip(), "aria_hidden": "true", "focusable": "false"})


@register.simple_tag
def icon(name: str, size: int = 20, css: str = "") -> SafeString:
    """One outline icon in the text's colour. Always decoration: words stand beside it, or an aria-label around it."""
    return mark_safe(_icon(str(name), size, css))  # the package's own SVG, nothing from a person


@register.simple_tag
def status(state: object, label: str = "") -> SafeString:
    """A state as icon + word + colour. A word we do not know is shown as the provider wrote it, in quotes."""
    look = look_of(state)
    return format_html(
        '<span class="status" data-tone="{}">{}{}</span>', look.tone, icon(look.icon, 14), label or look.word
    )


class Bar(NamedTuple):
    """One of the four sub-scores and where it stands in the badge's 22 × 22 drawing; no value is an empty bar.

    `value` is the provider's own number as text, `percent` its share of the scale; both are None without a number.

    The drawing's numbers are text, so that no locale writes a comma into an SVG attribute.
    """

    name: str
    value: str | None
    percent: int | None
    x: str
    y: str
    height: str


def _bar(index: int, name: str, value: object, scale: int) -> Bar:
    number = _number(value)
    percent = None if number is None else _whole(number / scale * 100)
    height = (percent or 0) / 5
    said = None if number is None else f"{number:g}"
    return Bar(name, said, percent, f"{1 + index * 5.5:g}", f"{21 - height:g}", f"{height:g}")


def _number(value: object) -> float | None:
    if value is None or value == "" or isinstance(value, bool):
        return None
    try:
        number = float(str(value))
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _whole(value: object) -> int | None:
    number = _number(value)
    return None if number is None else max(0, min(100, round(number)))


def score_tone(total: int | None) -> str:
    """high from 75, mid from 50, low below; none where the provider gave no score."""
    if total is None:
        return "none"
    return "high" if total >= 75 else "mid" if total >= 50 else "low"


@register.inclusion_tag("components/score.html")
def score(
    total: object,
    shareability: object = None,
    hook: object = None,
    story: object = None,
    emotion: object = None,
    variant: str = "badge",
    scale: int = 100,
) -> dict[str, object]:
    """The virality score 0–100. variant: 'badge' (ring + four mini bars), 'ring' (number), 'block' (with words).

    `scale` is what a sub-score is out of: 25 or 100, see `Clip.part_scale` (contract.md, row 16).
    """
    values = [(_("Hook"), hook), (_("Story"), story), (_("Emotion"), emotion), (_("Shareability"), shareability)]
    bars = [_bar(index, name, value, scale) for index, (name, value) in enumerate(values)]
    whole = _whole(total)
    said = _("Score %(total)s of 100") % {"total": "–" if whole is None else whole}
    parts = ", ".join(f"{bar.name} {bar.value}/{scale}" for bar in bars if bar.value is not None)
    return {
        "total": whole,
        "bars": bars,
        "has_bars": any(bar.value is not None for bar in bars),
        "tone": score_tone(whole),
        "scale": scale,
        "variant": variant,
        "label": f"{said}: {parts}" if parts else said,
    }


@register.inclusion_tag("components/pulse.html")
def provider_health(team: Team, environment: str) -> dict[str, object]:
    """How the provider says it is, as of the last minute; else a place that asks once it is shown. Never waits."""
    return {"team": team, "environment": environment, "pulse": health.known(environment)}


@register.inclusion_tag("components/clock.html", takes_context=True)
def clock_notice(context: Mapping[str, object]) -> dict[str, object]:
    """Says on every page that the desk's clock is wrong, while it is; an admin is told what to do."""
    member = context.get("membership")
    is_admin = isinstance(member, Membership) and member.may_administer
    return {"skew": skew.shown(), "team": context.get("team") if is_admin else None}


@register.inclusion_tag("components/nav_item.html", takes_context=True)
def nav_item(
    context: Mapping[str, object], key: str, label: str, icon_name: str, url: str, css: str = ""
) -> dict[str, object]:
    """One entry of the rail; it is the current one where the page's `nav` says so."""
    return {"label": label, "icon": icon_name, "url": url, "current": context.get("nav") == key, "css": css}


Point = tuple[float, float]


def spark_points(values: Sequence[float | None], width: float, height: float, pad: float = 2) -> list[list[Point]]:
    """Runs of points inside width × height, y downwards; a None ends a run, so that gaps stay gaps."""
    known = [value for value in values if value is not None]
    if len(known) < 2:
        return []
    low, high = min(known), max(known)
    span = (high - low) or 1
    step = (width - 2 * pad) / (len(values) - 1)
    runs: list[list[Point]] = [[]]
    for index, value in enumerate(values):
        if value is None:
            runs.append([])
            continue
        # A flat line belongs in the middle, not on the floor, where it would read as zero.
        share = 0.5 if high == low else (value - low) / span
        runs[-1].append((round(pad + index * step, 2), round(height - pad - share * (height - 2 * pad), 2)))
    return [run for run in runs if run]


def _path(run: list[Point]) -> str:
    return "M" + "L".join(f"{x:g} {y:g}" for x, y in run)


@register.simple_tag
def sparkline(values: Sequence[float | None] | None, width: int = 96, height: int = 28, label: str = "") -> str:
    """Values over time as a small line with its last point marked; empty for fewer than two numbers."""
    runs = spark_points(list(values or []), width, height)
    if not runs:
        return ""
    floor = height - 1
    areas = format_html_join(
        "",
        '<path class="spark-area" d="{}L{} {}L{} {}Z"/>',
        ((_path(run), f"{run[-1][0]:g}", floor, f"{run[0][0]:g}", floor) for run in runs if len(run) > 1),
    )
    lines = format_html_join("", '<path class="spark-line" d="{}"/>', ((_path(run),) for run in runs))
    end_x, end_y = runs[-1][-1]
    role = format_html('role="img" aria-label="{}"', label) if label else mark_safe('aria-hidden="true"')
    return format_html(
        '<svg class="spark" viewBox="0 0 {0} {1}" width="{0}" height="{1}" {2}>{3}{4}'
        '<circle class="spark-dot" cx="{5}" cy="{6}" r="2"/></svg>',
        width, height, role, areas, lines, f"{end_x:g}", f"{end_y:g}",
    )  # fmt: skip


def initials_of(name: str) -> str:
    """'Ada Lovelace' → AL, 'ada@example.com' → A, nothing → ?"""
    words = [word for word in name.split("@")[0].replace(".", " ").replace("_", " ").split() if word[0].isalnum()]
    if not words:
        return "?"
    return (words[0][0] + (words[-1][0] if len(words) > 1 else "")).upper()


@register.simple_tag
def avatar(name: object, size: str = "") -> SafeString:
    """Initials on one of six quiet colours, always the same for the same name. size: '' (28 px), 'sm', 'lg'."""
    text = str(name or "")
    hue = zlib.crc32(text.casefold().encode()) % 6
    return format_html(
        '<span class="avatar{}" data-hue="{}" aria-hidden="true">{}</span>',
        f" avatar-{size}" if size else "", hue, initials_of(text),
    )  # fmt: skip


STYLE_FOLDERS = ("css/components", "css/pages")


def page_style_names() -> list[str]:
    """Every style sheet in STYLE_FOLDERS that any static files finder knows: components first, then by name."""
    names: set[str] = set()
    for finder in finders.get_finders():
        for path, _storage in finder.list([]):
            name = Path(path)
            if name.parent.as_posix() in STYLE_FOLDERS and name.suffix == ".css":
                names.add(name.as_posix())
    return sorted(names)


_cached_style_names = functools.cache(page_style_names)


@register.simple_tag
def page_styles() -> SafeString:
    """Links to all components and pages: boosted navigation keeps the head, so every page loads all of them."""
    names = page_style_names() if settings.DEBUG else _cached_style_names()
    return format_html_join("\n", '<link rel="stylesheet" href="{}">', ((static(name),) for name in names))


@register.simple_tag
def first_template(*names: str) -> object:
    """The first of these templates that exists, for {% include %}: lets a lower app offer a place to an upper one."""
    return select_template(names)


@register.filter
def get(mapping: Mapping[str, object] | None, key: object) -> object:
    """mapping[key], or nothing: templates cannot look up by a variable."""
    return (mapping or {}).get(str(key), "")


@register.filter
def clamp100(value: object) -> int:
    """A number for <progress max=100>, whatever came in."""
    return _whole(value) or 0
