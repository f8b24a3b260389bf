"""How the board is narrowed: its address, and whatever it does not understand it ignores."""

from __future__ import annotations

from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django import forms

from cpts_portal.core.forms import PortalForm
from cpts_portal.core.models import Commune
from unscheduled_care.models import Kind
from unscheduled_care.queries.board import patient_commune
from unscheduled_care.queries.census import Filters

FORMS = {"cabinet": Kind.PRACTICE, "domicile": Kind.HOME, "distance": Kind.REMOTE}
"""Kinds as the address names them."""
FORM_OF = {kind: name for name, kind in FORMS.items()}
PAGES_AT_MOST = 1000


class BoardForm(PortalForm):
    du = forms.DateField(required=False)
    jour = forms.DateField(required=False)
    profession = forms.SlugField(required=False, max_length=30)
    forme = forms.ChoiceField(required=False, choices=[(name, name) for name in FORMS])
    acte = forms.SlugField(required=False, max_length=30)
    ou = forms.CharField(required=False, max_length=100)
    commune = forms.SlugField(required=False, max_length=5)
    km = forms.IntegerField(required=False, min_value=1, max_value=100)
    maintenant = forms.BooleanField(required=False)
    pro = forms.IntegerField(required=False, min_value=1, max_value=2**63 - 1)
    page = forms.IntegerField(required=False, min_value=1, max_value=PAGES_AT_MOST)

    @cached_property
    def understood(self) -> dict[str, Any]:
        self.full_clean()
        return {name: value for name, value in self.cleaned_data.items() if value}

    @property
    def typed(self) -> str:
        """What was written for a commune, found or not."""
        return str(self.data.get("ou", ""))[:100]

    @cached_property
    def communes(self) -> tuple[Commune | None, list[Commune]]:
        """The patient's commune, and others that the same words may mean."""
        kept = self.understood
        if not kept.get("ou") and not kept.get("commune"):
            return None, []
        return patient_commune(kept.get("ou", ""), kept.get("commune", ""))

    @property
    def filters(self) -> Filters:
        kept, (commune, _others) = self.understood, self.communes
        return Filters(
            first=kept.get("du"),
            day=kept.get("jour"),
            profession=kept.get("profession", ""),
            kind=FORMS[kept["forme"]].value if "forme" in kept else "",
            act=kept.get("acte", ""),
            commune=commune,
            km=kept.get("km") if commune else None,
            is_soon=kept.get("maintenant", False),
            professional=kept.get("pro"),
            page=kept.get("page", 1),
        )


def asked_of(filters: Filters) -> dict[str, Any]:
    """The filters as the address says them; empty ones are left out."""
    asked = {
        "du": filters.first,
        "jour": filters.day,
        "profession": filters.profession,
        "forme": FORM_OF[Kind(filters.kind)] if filters.kind else "",
        "acte": filters.act,
        "commune": filters.commune.pk if filters.commune else "",
        "km": filters.km,
        "maintenant": "1" if filters.is_soon else "",
        "pro": filters.professional,
        "page": filters.page if filters.page > 1 else "",
    }
    return {name: value for name, value in asked.items() if value}


def query_of(filters: Filters) -> str:
    """The query string that asks for them."""
    return f"?{urlencode(asked_of(filters))}"
