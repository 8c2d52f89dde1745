"""Times and numbers as people read them. Registered as a builtin: templates need no {% load %}.

Every filter turns None into an en dash, because a missing number is never a zero.
"""

from __future__ import annotations

import datetime as dt
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from django import template
from django.utils import formats, timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

register = template.Library()

MISSING = "–"
MINUS = "−"
# Narrow and no-break: a column of numbers may not wrap inside a number.
THIN = "\u202f"

type Number = int | float | Decimal | str


def _decimal(value: Number | None) -> Decimal | None:
    if value is None or value == "" or isinstance(value, bool):
        return None
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _rounded(number: Decimal, digits: int) -> Decimal:
    return number.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP)


def _grouped(number: Decimal) -> str:
    return f"{number:,f}".replace(",", THIN).replace("-", MINUS)


@register.filter
def duration(value: Number | dt.timedelta | None, digits: int = 1) -> str:
    """Seconds (or a timedelta) as 1:02:03.4; the hour only where there is one. `|duration:0` drops the tenths."""
    number = _decimal(value.total_seconds() if isinstance(value, dt.timedelta) else value)
    if number is None:
        return MISSING
    sign = MINUS if number < 0 else ""
    # Round the whole first, so that 59.96 becomes 1:00.0 and not 0:60.0.
    whole, rest = divmod(_rounded(abs(number), digits), 60)
    hours, minutes = divmod(int(whole), 60)
    width = 3 + digits if digits else 2
    seconds = f"{rest:0{width}.{digits}f}"
    return f"{sign}{hours}:{minutes:02}:{seconds}" if hours else f"{sign}{minutes}:{seconds}"


@register.filter
def thin(value: Number | None, digits: int | None = None) -> str:
    """12345.6 as 12 345.6 with thin spaces; whole numbers keep no decimals unless `digits` asks for them."""
    number = _decimal(value)
    if number is None:
        return MISSING
    if digits is None:
        digits = 0 if number == number.to_integral_value() else 1
    return _grouped(_rounded(number, digits))


@register.filter
def compact(value: Number | None) -> str:
    """1234 as 1.2k and 5600000 as 5.6M, for tiles and chips; the exact number belongs in a title."""
    number = _decimal(value)
    if number is None:
        return MISSING
    for size, suffix in ((10**9, "B"), (10**6, "M"), (10**3, "k")):
        # 999 950 would round to 1000.0k: it belongs to the next size.
        if abs(number) >= Decimal(size) * Decimal("0.99995") and abs(number) >= 1000:
            part = _rounded(number / size, 1)
            return _grouped(part.to_integral_value() if part == part.to_integral_value() else part) + suffix
    return thin(number)


@register.filter
def filesize10(value: Number | None) -> str:
    """Bytes in decimal units (1 GB = 10⁹ bytes), the way upload limits are written."""
    number = _decimal(value)
    if number is None:
        return MISSING
    for size, unit in ((10**12, "TB"), (10**9, "GB"), (10**6, "MB"), (10**3, "kB")):
        if abs(number) >= size:
            return f"{_grouped(_rounded(number / size, 1))}{THIN}{unit}"
    return f"{_grouped(_rounded(number, 0))}{THIN}B"


@register.filter
def percent(value: Number | None, digits: int = 0) -> str:
    """A ratio as a percentage: 0.123 becomes 12%."""
    number = _decimal(value)
    return MISSING if number is None else f"{_grouped(_rounded(number * 100, digits))}%"


@register.filter
def signed_percent(value: Number | None, digits: int = 0) -> str:
    """A change as +12% or −3%; no change is ±0%."""
    number = _decimal(value)
    if number is None:
        return MISSING
    rounded = _rounded(number * 100, digits)
    sign = "±" if rounded == 0 else "+" if rounded > 0 else MINUS
    return f"{sign}{_grouped(abs(rounded))}%"


def zone_name(moment: dt.datetime) -> str:
    """CET, IST …; a zone without letters ('+03') is written as UTC+03."""
    name = moment.tzname() or "UTC"
    return f"UTC{name.replace('-', MINUS)}" if name[0] in "+-" else name


def _local(moment: dt.datetime) -> dt.datetime:
    return timezone.localtime(timezone.make_aware(moment) if timezone.is_naive(moment) else moment)


def day_and_time(moment: dt.datetime, now: dt.datetime) -> str:
    """'today 14:02 CET', '12 Nov 14:02 CET' or '12 Nov 2024 14:02 CET'; both arguments in the viewer's zone."""
    clock = f"{moment:%H:%M} {zone_name(moment)}"
    days = (moment.date() - now.date()).days
    if days == 0:
        return _("today %(time)s") % {"time": clock}
    if days == -1:
        return _("yesterday %(time)s") % {"time": clock}
    if days == 1:
        return _("tomorrow %(time)s") % {"time": clock}
    pattern = "j M" if moment.year == now.year else "j M Y"
    return f"{formats.date_format(moment, pattern)} {clock}"


def distance(moment: dt.datetime, now: dt.datetime) -> str:
    """'3 min ago', 'in 2 h', 'just now'; up to 60 days, counted in the largest whole unit."""
    seconds = (now - moment).total_seconds()
    size = abs(seconds)
    if size < 45:
        return _("just now")
    if size < 3570:
        count = max(1, round(size / 60))
        text = ngettext("%(count)d min", "%(count)d min", count) % {"count": count}
    elif size < 86400:
        count = max(1, round(size / 3600))
        text = ngettext("%(count)d h", "%(count)d h", count) % {"count": count}
    else:
        count = round(size / 86400)
        text = ngettext("%(count)d day", "%(count)d days", count) % {"count": count}
    return (_("%(time)s ago") if seconds > 0 else _("in %(time)s")) % {"time": text}


def _time_tag(moment: dt.datetime, text: str) -> SafeString:
    exact = f"{formats.date_format(moment, 'D j M Y')} {moment:%H:%M:%S} {zone_name(moment)} (UTC{moment:%z})"
    return format_html('<time datetime="{}" title="{}">{}</time>', moment.isoformat(), exact, text)


@register.simple_tag
def when(moment: dt.datetime | None) -> str:
    """A point in time in the viewer's zone, with the zone; the exact time is the title."""
    if not moment:
        return MISSING
    local = _local(moment)
    return _time_tag(local, day_and_time(local, timezone.localtime()))


@register.simple_tag
def ago(moment: dt.datetime | None) -> str:
    """The distance to now ('3 min ago', 'in 2 h'); far away it is the date."""
    if not moment:
        return MISSING
    local, now = _local(moment), timezone.localtime()
    far = abs((now - local).days) > 60
    return _time_tag(local, day_and_time(local, now) if far else distance(local, now))


@register.simple_tag
def as_of(moment: dt.datetime | None) -> str:
    """'as of 14:02 CET' beside what a provider reported; says so when nothing was read yet."""
    if not moment:
        return _("not read yet")
    local, now = _local(moment), timezone.localtime()
    text = f"{local:%H:%M} {zone_name(local)}" if local.date() == now.date() else day_and_time(local, now)
    return format_html('<span class="as-of">{}</span>', _time_tag(local, _("as of %(time)s") % {"time": text}))
