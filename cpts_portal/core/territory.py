"""Communes: finding one from what people type, distances, neighbours.

Text is compared folded: no accent, hyphen, apostrophe or capital, and "St" is "Saint".
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from math import asin, cos, radians, sin, sqrt

from django.db.models import Case, IntegerField, QuerySet, Value, When

from cpts_portal.core.models import Commune
from cpts_portal.core.search import NAME_WORDS, POSTAL_CODES, beginnings

EARTH_RADIUS_KM = 6371.0088
LONGEST_SEARCH = 100
SHORT_FORMS = {"st": "saint", "ste": "sainte", "sts": "saints", "stes": "saintes"}
LIGATURES = str.maketrans({"œ": "oe", "æ": "ae", "ø": "o", "đ": "d", "ł": "l"})


def fold(text: str) -> str:
    """Lower-case letters and digits, single spaces: "Œuf-en-Ternois" is "oeuf en ternois".

    "St", "Ste" become "saint", "sainte" and "s/" becomes "sur". Anything else is a space.
    Also serves people's names; folding twice changes nothing.
    """
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    letters = "".join(c for c in plain if not unicodedata.combining(c)).translate(LIGATURES)
    whole = re.sub(r"\bs/(?=\W*\w)", "sur ", letters)
    words = re.sub(r"[\W_]+", " ", whole).split()
    return " ".join(SHORT_FORMS.get(word, word) for word in words)


def search_communes(text: str, limit: int = 10) -> list[Commune]:
    """Communes whose name or postal code starts as `text` does; at most `limit` of them.

    The whole name first, then names that start so, then names with a word that starts so; the
    most populous first in each. Digits begin a postal code, alone or beside a name.
    Text that can be neither, or is beyond 100 characters, finds nothing.
    """
    words = fold(text).split() if len(text) <= LONGEST_SEARCH else []
    digits = [word for word in words if word.isascii() and word.isdigit()]
    letters = [word for word in words if word not in digits]
    if len(digits) > 1 or not words:
        return []
    communes = Commune.objects.all()
    if digits:
        communes = communes.alias(codes=POSTAL_CODES).filter(codes=beginnings(digits))
    if letters:
        communes = communes.alias(words=NAME_WORDS).filter(words=beginnings(letters))
    return list(communes.order_by(*_order(" ".join(letters)))[:limit])


def communes_of_postal_code(code: str) -> QuerySet[Commune]:
    """Every commune that a five-digit postal code serves, the most populous first."""
    return Commune.objects.filter(postal_codes__contains=[code]).order_by("-population", "name")


def distance_km(
    a_lat: float | None, a_lon: float | None, b_lat: float | None, b_lon: float | None
) -> float | None:
    """Kilometres as the crow flies (haversine); None when either place is unknown."""
    if a_lat is None or a_lon is None or b_lat is None or b_lon is None:
        return None
    half_lat, half_lon = radians(b_lat - a_lat) / 2, radians(b_lon - a_lon) / 2
    chord = sin(half_lat) ** 2 + cos(radians(a_lat)) * cos(radians(b_lat)) * sin(half_lon) ** 2
    return 2 * EARTH_RADIUS_KM * asin(min(1.0, sqrt(chord)))


def neighbours(commune: Commune, communes: Iterable[Commune], count: int = 5) -> list[Commune]:
    """The `count` nearest of `communes`, without `commune` itself nor those of unknown position."""
    placed = [
        (distance, other.name, other)
        for other in communes
        if other.pk != commune.pk and (distance := distance_between(commune, other)) is not None
    ]
    return [other for *_, other in sorted(placed, key=lambda found: found[:2])[:count]]


def distance_between(one: Commune, other: Commune) -> float | None:
    """Kilometres between two communes' centres; None when either position is unknown."""
    return distance_km(one.latitude, one.longitude, other.latitude, other.longitude)


def _order(name: str) -> list[Case | str]:
    if not name:
        return ["-population", "name"]
    whole, start = When(search_name=name, then=0), When(search_name__startswith=name, then=1)
    nearness = Case(whole, start, default=Value(2), output_field=IntegerField())
    return [nearness, "-population", "name"]
