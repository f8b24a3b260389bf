"""What PostgreSQL searches in a commune: its words and its postal codes, by their beginnings."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.search import SearchQuery, SearchVector, SearchVectorField
from django.db.models import Func


class PostalCodes(Func):
    """An array of codes as a text-search vector: a prefix finds it through an index."""

    function = "array_to_tsvector"
    arity = 1
    output_field: Any = SearchVectorField()


NAME_WORDS = SearchVector("search_name", config="simple")
POSTAL_CODES = PostalCodes("postal_codes")


def beginnings(words: list[str]) -> SearchQuery:
    """Every word begins one of the vector's; `words` hold letters and digits only, as folded."""
    query = " & ".join(f"'{word}':*" for word in words)
    return SearchQuery(query, config="simple", search_type="raw")
