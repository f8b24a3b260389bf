"""Communes: finding one from what people type; with distances and the map, all of a territory.

Text is compared folded: no accent, hyphen, apostrophe or capital, and "St" is "Saint".
"""

from __future__ import annotations

import re
import unicodedata

from django.db.models import Case, IntegerField, QuerySet, Value, When

from cpts_portal.core.distances import distance_between, distance_km, neighbours
from cpts_portal.core.models import Commune
from cpts_portal.core.patchwork import patchwork
from cpts_portal.core.search import NAME_WORDS, POSTAL_CODES, beginnings

__all__ = [
    "communes_of_postal_code",
    "distance_between",
    "distance_km",
    "fold",
    "neighbours",
    "patchwork",
    "search_communes",
]

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


def _order(name: str) -> list[Case | str]:
    if not name:
        return ["-population", "name"]
    whole, start = When(search_name=name, then=0), When(search_name__startswith=name, then=1)
    nearness = Case(whole, start, default=Value(2), output_field=IntegerField())
    return [nearness, "-population", "name"]
