"""Opening hours as one reads them."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from cpts_portal.core.templatetags.portal import TIED
from members.rules.openings import Door, Openings

WEEKDAYS = {
    1: _("Lundi"),
    2: _("Mardi"),
    3: _("Mercredi"),
    4: _("Jeudi"),
    5: _("Vendredi"),
    6: _("Samedi"),
    7: _("Dimanche"),
}
"""By ISO weekday."""


def format_time(minutes: int) -> str:
    """Minutes since midnight as one reads them: « 19 h 30 », « 9 h »."""
    hours, rest = divmod(minutes, 60)
    if (get_language() or "fr").startswith("en"):
        return f"{hours:02d}:{rest:02d}"
    return f"{hours}{TIED}h{TIED}{rest:02d}" if rest else f"{hours}{TIED}h"


def format_hours(openings: Sequence[tuple[int, int]]) -> str:
    """« 9 h–12 h, 14 h–19 h 30 », or « 09:00–12:00 » in English; "" when the door stays shut."""
    return ", ".join(f"{format_time(opens)}–{format_time(closes)}" for opens, closes in openings)


def week_of(openings: Openings) -> list[tuple[str, str]]:
    """Each day of the week with its hours in words; none when nobody has told them."""
    by_day: dict[int, list[tuple[int, int]]] = {}
    for weekday, opens, closes in openings:
        by_day.setdefault(weekday, []).append((opens, closes))
    if not by_day:
        return []
    return [
        (str(name), format_hours(by_day.get(weekday, [])) or gettext("fermé"))
        for weekday, name in WEEKDAYS.items()
    ]


def door_words(door: Door) -> str:
    """« Ouvert jusqu’à 19 h », « Fermé, ouvre mardi à 9 h »."""
    told = {"time": format_time(door.minutes), "day": str(WEEKDAYS[door.weekday]).lower()}
    if door.is_open:
        return gettext("Ouvert jusqu’à %(time)s") % told
    if door.is_today:
        return gettext("Fermé, ouvre à %(time)s") % told
    return gettext("Fermé, ouvre %(day)s à %(time)s") % told
