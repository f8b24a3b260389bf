"""Communes: finding one from what people type, distances, neighbours.

Text is compared folded: no accent, hyphen, apostrophe or capital, and "St" is "Saint".
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from math import asin, cos, radians, sin, sqrt

from django.contrib.postgres.search import SearchQuery, SearchVector
from django.db.models import Case, IntegerField, QuerySet, Value, When

from cpts_portal.core.models import Commune

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
    most populous first in each. Digits are a postal code from 2 digits on, alone or with a name.
    Text that can be neither, or is beyond 100 characters, finds nothing.
    """
    words = fold(text).split() if len(text) <= LONGEST_SEARCH else []
    digits = [word for word in words if word.isascii() and word.isdigit()]
    letters = [word for word in words if word not in digits]
    if len(digits) > 1 or not words:
        return []
    communes = Commune.objects.all()
    if digits:
        communes = _with_postal_code(communes, digits[0])
    if letters:
        communes = _with_words(communes, letters)
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


def _with_postal_code(communes: QuerySet[Commune], digits: str) -> QuerySet[Commune]:
    """The whole code, or the codes that such a beginning has: the array's index knows no prefix."""
    missing = 5 - len(digits)
    if not 0 <= missing <= 3:
        return communes.none()
    if not missing:
        return communes.filter(postal_codes__contains=[digits])
    codes = [f"{digits}{end:0{missing}d}" for end in range(10**missing)]
    return communes.filter(postal_codes__overlap=codes)


def _with_words(communes: QuerySet[Commune], words: list[str]) -> QuerySet[Commune]:
    query = " & ".join(f"'{word}':*" for word in words)
    return communes.annotate(words=SearchVector("search_name", config="simple")).filter(
        words=SearchQuery(query, config="simple", search_type="raw")
    )


def _order(name: str) -> list[Case | str]:
    if not name:
        return ["-population", "name"]
    whole, start = When(search_name=name, then=0), When(search_name__startswith=name, then=1)
    nearness = Case(whole, start, default=Value(2), output_field=IntegerField())
    return [nearness, "-population", "name"]
