"""Opening hours as people type them: « 9 h–12 h, 14 h–19 h », « 9-12 14-19h30 », « fermé »."""

from __future__ import annotations

import re
from itertools import pairwise

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from members.queries.hours import format_hours, format_time

__all__ = ["format_hours", "parse_hours"]

Opening = tuple[int, int]

DAY = 24 * 60
MOST_OPENINGS = 6
CLOSED = re.compile(r"(?:ferm[ée]e?s?|closed|[-–—]+|)\.?")
ROUND_THE_CLOCK = re.compile(r"24\s*h?\s*(?:/|sur|-)\s*24(?:\s*h)?|jour et nuit")
NAMED = {"midi": "12 h", "minuit": "24 h"}
TIME = re.compile(r"(\d{1,2})(?!\d)(?:\s*(?:heures?|h|:)\s*(?:(\d{2})(?!\d|\s*[h:]))?)?")
JOINERS = re.compile(r"(?:[\s,;/+&.–—‑−-]|\b(?:et|de|du|à|a|puis|jusqu['’]à|to|and)\b)*")


def parse_hours(text: str) -> list[Opening]:
    """(opens, closes) in minutes since midnight, in order; none for « fermé » or nothing.

    Raises ValidationError with a sentence that says what to mend.
    """
    told = " ".join(text.casefold().split())
    if CLOSED.fullmatch(told):
        return []
    if ROUND_THE_CLOCK.fullmatch(told):
        return [(0, DAY)]
    for name, time in NAMED.items():
        told = re.sub(rf"\b{name}\b", time, told)
    moments = _moments(told)
    if len(moments) % 2:
        raise _refusal(_("Il manque une heure : écrivez l’ouverture et la fermeture."))
    return _in_order([*zip(moments[::2], moments[1::2], strict=True)])


def _moments(told: str) -> list[int]:
    if not JOINERS.fullmatch(TIME.sub(" ", told)):
        raise _refusal(_("Écrivez seulement des heures, ou « fermé »."))
    return [_minutes(hours, rest or "0") for hours, rest in TIME.findall(told)]


def _minutes(hours: str, rest: str) -> int:
    minutes = int(hours) * 60 + int(rest)
    if int(rest) > 59 or minutes > DAY:
        raise _refusal(_("Une de ces heures n’existe pas."))
    return minutes


def _in_order(openings: list[Opening]) -> list[Opening]:
    if len(openings) > MOST_OPENINGS:
        raise _refusal(_("Il y a trop d’ouvertures dans cette journée."))
    for opens, closes in openings:
        if closes <= opens:
            raise _refusal(
                _("La fermeture (%(closes)s) vient avant l’ouverture (%(opens)s).")
                % {"opens": format_time(opens), "closes": format_time(closes)}
            )
    ordered = sorted(openings)
    if any(after[0] < before[1] for before, after in pairwise(ordered)):
        raise _refusal(_("Deux ouvertures de ce jour se chevauchent."))
    return ordered


def _refusal(sentence: str) -> ValidationError:
    return ValidationError(
        _("%(sentence)s Par exemple : %(example)s.")
        % {"sentence": sentence, "example": format_hours([(540, 720), (840, 1140)])},
        code="hours",
    )
