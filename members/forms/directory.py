"""How the directory is narrowed: its address, and whatever it does not understand it ignores."""

from __future__ import annotations

from urllib.parse import urlencode

from django import forms

from cpts_portal.core.forms import PortalForm
from members.queries.directory import Filters

PAGES_AT_MOST = 1000
NAMES = {
    "q": "q",
    "profession": "profession",
    "competence": "skill",
    "commune": "commune",
    "langue": "language",
}
"""The French names of the address, and ours."""


class DirectoryForm(PortalForm):
    q = forms.CharField(required=False, max_length=100)
    profession = forms.SlugField(required=False, max_length=30)
    competence = forms.SlugField(required=False, max_length=30)
    commune = forms.SlugField(required=False, max_length=5)
    langue = forms.SlugField(required=False, max_length=30)
    page = forms.IntegerField(required=False, min_value=1, max_value=PAGES_AT_MOST)

    @property
    def filters(self) -> Filters:
        self.full_clean()
        return Filters(**{ours: self.cleaned_data.get(name, "") for name, ours in NAMES.items()})

    @property
    def number(self) -> int:
        self.full_clean()
        return self.cleaned_data.get("page") or 1


def query_of(filters: Filters, **changes: str | int) -> str:
    """The query string of these filters with some changed; "" when nothing is asked."""
    asked = {name: getattr(filters, ours) for name, ours in NAMES.items()} | changes
    kept = {name: value for name, value in asked.items() if value}
    return f"?{urlencode(kept)}" if kept else ""
