from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from cpts_portal.core.forms import PortalForm
from members.forms.groups import day_field
from prevention.models import Campaign, CampaignStatus
from prevention.queries.figures import Period, period_of

LONGEST = timedelta(days=5 * 366)


class FiguresForm(PortalForm):
    """Read from the address; nothing typed is this year, up to tonight, of all campaigns.

    A campaign without days is shown whole; one in preparation is not told to the funder, and has
    no figures yet.
    """

    du = day_field(label=_("Du"), required=False)
    au = day_field(label=_("Au"), required=False)
    campagne = forms.ModelChoiceField(
        Campaign.objects.none(),
        label=_("Campagne"),
        required=False,
        empty_label=_("Toutes"),
        error_messages={"invalid_choice": _("Choisissez une campagne de la liste.")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["campagne"]
        told = Campaign.objects.exclude(status=CampaignStatus.DRAFT)
        field.queryset = told.order_by("title", "-starts_on")

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        period = self._asked(cleaned)
        if period.last < period.first:
            self.add_error("au", _("La fin est avant le début."))
        elif period.last - period.first > LONGEST:
            self.add_error("du", _("Cinq ans au plus à la fois."))
        return cleaned

    @cached_property
    def period(self) -> Period:
        """What was asked if it makes sense, else this year."""
        return self._asked(self.cleaned_data if self.is_valid() else {})

    @property
    def campaign(self) -> Campaign | None:
        return self.cleaned_data.get("campagne") if self.is_valid() else None

    @staticmethod
    def _asked(cleaned: dict[str, Any]) -> Period:
        campaign, first, last = (cleaned.get(name) for name in ("campagne", "du", "au"))
        if campaign is not None:
            whole = period_of(campaign)
            return Period(first or whole.first, last or whole.last)
        last = last or timezone.localdate()
        return Period(first or date(last.year, 1, 1), last)
