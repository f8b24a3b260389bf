"""The days of a statement: a year, a quarter, or from a day to a day."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from cpts_portal.core.forms import PortalForm
from members.forms.groups import day_field
from members.queries.statements import Days

FREE = "libre"
YEARS = 3
PERIOD = re.compile(r"(\d{4})(?:-T([1-4]))?")


def days_of(period: str) -> Days:
    """Of « 2026 » or « 2026-T3 »; raises ValueError for anything else."""
    found = PERIOD.fullmatch(period)
    if not found:
        raise ValueError(period)
    year, quarter = int(found[1]), int(found[2] or 0)
    if not quarter:
        return Days(date(year, 1, 1), date(year, 12, 31))
    after = date(year + quarter // 4, quarter % 4 * 3 + 1, 1)
    return Days(date(year, quarter * 3 - 2, 1), after - timedelta(days=1))


def periods(today: date) -> list[tuple[str, str]]:
    """This year and those before, each with its quarters that have begun."""
    found = []
    for year in range(today.year, today.year - YEARS, -1):
        found.append((str(year), _now("Année %(year)s") % {"year": year}))
        for quarter in range(4, 0, -1):
            if date(year, quarter * 3 - 2, 1) <= today:
                told = {"quarter": quarter, "year": year}
                name = _now("Trimestre %(quarter)s de %(year)s") % told
                found.append((f"{year}-T{quarter}", name))
    return found


class PeriodForm(PortalForm):
    """Read from the address; what is missing or wrong falls back on this year."""

    periode = forms.ChoiceField(label=_("Période"), required=False)
    du = day_field(label=_("Du"), required=False)
    au = day_field(label=_("Au"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        period: Any = self.fields["periode"]
        period.choices = [*periods(timezone.localdate()), (FREE, _("Du… au…"))]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        starts_on, ends_on = cleaned.get("du"), cleaned.get("au")
        if cleaned.get("periode") == FREE and not {"du", "au"} & self.errors.keys():
            if not (starts_on and ends_on):
                self.add_error("au", _("Choisissez les deux jours."))
            elif ends_on < starts_on:
                self.add_error("au", _("La fin est avant le début."))
        return cleaned

    @property
    def days(self) -> Days:
        this_year = days_of(str(timezone.localdate().year))
        if not self.is_valid():
            return this_year
        period = self.cleaned_data["periode"]
        if period == FREE:
            return Days(self.cleaned_data["du"], self.cleaned_data["au"])
        return days_of(period) if period else this_year
