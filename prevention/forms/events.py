"""How the public list is narrowed: whatever its address holds that it does not know is ignored."""

from __future__ import annotations

from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django import forms

from cpts_portal.core.forms import PortalForm
from prevention.queries.events import Filters

PAGES_AT_MOST = 1000
MOST_EMBEDDED = 50
LARGEST_PK = 2**63 - 1


class EventsForm(PortalForm):
    commune = forms.SlugField(required=False, max_length=5)
    theme = forms.SlugField(required=False, max_length=30)
    page = forms.IntegerField(required=False, min_value=1, max_value=PAGES_AT_MOST)
    nombre = forms.IntegerField(required=False, min_value=1, max_value=MOST_EMBEDDED)
    seance = forms.IntegerField(required=False, min_value=1, max_value=LARGEST_PK)

    @cached_property
    def _asked(self) -> dict[str, Any]:
        """What it understands of the address, read once."""
        self.full_clean()
        return self.cleaned_data

    @property
    def filters(self) -> Filters:
        commune, topic = (self._asked.get(name, "") for name in ("commune", "theme"))
        return Filters(commune, topic)

    @property
    def number(self) -> int:
        return self._asked.get("page") or 1

    @property
    def session(self) -> int | None:
        """The one session of a calendar file; None for all."""
        return self._asked.get("seance")

    @property
    def how_many(self) -> int | None:
        """Sessions of a list shown elsewhere; None when it does not say."""
        return self._asked.get("nombre")


def query_of(filters: Filters, page: int = 1) -> str:
    """The query string of these filters and page; "" when nothing is asked."""
    asked = {"commune": filters.commune, "theme": filters.topic, "page": page if page > 1 else ""}
    kept = {name: value for name, value in asked.items() if value}
    return f"?{urlencode(kept)}" if kept else ""
