"""How the coordination narrows its queue."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cpts_portal.core.forms import PortalForm
from patients.queries.inbox import Filters, Followed, Situation, Tab

PAGES_AT_MOST = 2000
SEARCH_AT_MOST = 100


class InboxForm(PortalForm):
    """The queue's address: whatever it does not understand it ignores, as a link may be old."""

    vue = forms.ChoiceField(choices=Tab.choices, required=False)
    priorite = forms.IntegerField(min_value=1, max_value=5, required=False)
    commune = forms.RegexField(r"^[0-9AB]{5}\Z", required=False)
    suivi = forms.ChoiceField(choices=Followed.choices, required=False)
    situation = forms.ChoiceField(choices=Situation.choices, required=False)
    page = forms.IntegerField(min_value=1, max_value=PAGES_AT_MOST, required=False)

    def understood(self) -> dict[str, Any]:
        self.is_valid()
        return self.cleaned_data

    @property
    def filters(self) -> Filters:
        kept = self.understood()
        return Filters(
            priority=kept.get("priorite"),
            commune=kept.get("commune") or "",
            followed=kept.get("suivi") or "",
            situation=kept.get("situation") or "",
        )


class SearchForm(PortalForm):
    """Sent by POST: a name has no place in an address."""

    q = forms.CharField(
        label=_("Chercher"),
        max_length=SEARCH_AT_MOST,
        error_messages={"required": _("Écrivez un nom, une commune, un téléphone ou un numéro.")},
    )
