"""From a day to a day, whole days unless hours are told."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cpts_portal.core.forms import PortalForm
from unscheduled_care.forms.terms import DayBox, TimeBox, moment_of

LONGEST_ABSENCE = timedelta(days=366)
MIDNIGHT = 1440


class AbsenceForm(PortalForm):
    first_day = DayBox(label=_("Du"))
    first_time = TimeBox(label=_("À partir de"), required=False, help_text=_("Vide : dès minuit."))
    last_day = DayBox(label=_("Au"), help_text=_("Ce jour compris."))
    last_time = TimeBox(
        label=_("Jusqu’à"), required=False, help_text=_("Vide : jusqu’à la fin du jour.")
    )
    is_confirmed = forms.BooleanField(required=False, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if {"first_day", "last_day"} <= data.keys() and not self.errors:
            data["starts_at"] = self._moment("first_time", data["first_day"], 0)
            data["ends_at"] = self._moment("last_time", data["last_day"], MIDNIGHT)
            self._clean_stretch(data["starts_at"], data["ends_at"])
        return data

    def _moment(self, name: str, day: date, default: int) -> datetime | None:
        minute = self.cleaned_data.get(name)
        if minute is None and default == MIDNIGHT:
            return moment_of(day + timedelta(days=1), 0)
        try:
            return moment_of(day, default if minute is None else minute)
        except ValidationError as error:
            self.add_error(name, error)
            return None

    def _clean_stretch(self, starts_at: datetime | None, ends_at: datetime | None) -> None:
        if starts_at is None or ends_at is None:
            return
        if ends_at <= starts_at:
            self.add_error("last_day", gettext("L’absence finit avant de commencer."))
        elif ends_at <= timezone.now():
            self.add_error("last_day", gettext("Cette absence est déjà passée."))
        elif ends_at - starts_at > LONGEST_ABSENCE:
            self.add_error("last_day", gettext("Une absence dure au plus un an."))

    @property
    def stretch(self) -> tuple[datetime, datetime]:
        return self.cleaned_data["starts_at"], self.cleaned_data["ends_at"]
