from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cpts_portal.core.forms import PortalForm
from members.forms.groups import day_field
from unscheduled_care.queries.figures import Period

WEEKS = timedelta(weeks=8)
LONGEST = timedelta(days=3 * 366)


class FiguresForm(PortalForm):
    """Read from the address; nothing typed is the last eight weeks, whole, up to tonight."""

    du = day_field(label=_("Du"), required=False)
    au = day_field(label=_("Au"), required=False)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        period = self._asked(cleaned)
        if period.last < period.first:
            self.add_error("au", _("La fin est avant le début."))
        elif period.last - period.first > LONGEST:
            self.add_error("du", _("Trois ans au plus à la fois."))
        return cleaned

    @property
    def period(self) -> Period:
        """What was asked if it makes sense, else the last eight weeks."""
        return self._asked(self.cleaned_data if self.is_valid() else {})

    @staticmethod
    def _asked(cleaned: dict[str, Any]) -> Period:
        last: date = cleaned.get("au") or timezone.localdate()
        monday = last - timedelta(days=last.weekday())
        return Period(cleaned.get("du") or monday - WEEKS, last)
