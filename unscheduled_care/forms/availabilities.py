"""A week that repeats, and its days without slots."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.dates import WEEKDAYS
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cpts_portal.core.forms import PortalForm
from unscheduled_care.actions.availabilities import Week
from unscheduled_care.forms.terms import LENGTHS, DayBox, LengthBox, TermsForm, TimeBox
from unscheduled_care.models import Availability

MIDNIGHT = 1440
"""The end of a day, typed « 00:00 »."""


class WeekForm(TermsForm):
    weekdays = forms.TypedMultipleChoiceField(
        label=_("Quels jours ?"),
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choisissez au moins un jour.")},
    )
    opens = TimeBox(label=_("De"), error_messages={"required": _("Écrivez l’heure de début.")})
    closes = TimeBox(label=_("À"), error_messages={"required": _("Écrivez l’heure de fin.")})
    minutes = forms.TypedChoiceField(
        label=_("Durée d’un créneau"),
        coerce=int,
        empty_value=None,
        choices=[(length, f"{length}\u00a0min") for length in LENGTHS],
        required=False,
        widget=forms.RadioSelect,
    )
    other_minutes = LengthBox(label=_("Une autre durée, en minutes"), required=False)
    valid_from = DayBox(label=_("À partir du"))
    valid_until = DayBox(
        label=_("Jusqu’au"), help_text=_("Vide : tant que vous ne l’arrêtez pas."), required=False
    )
    works_on_holidays = forms.BooleanField(label=_("Aussi les jours fériés"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        days: Any = self.fields["weekdays"]
        days.choices = [(number + 1, capfirst(name)) for number, name in WEEKDAYS.items()]

    def clean_valid_from(self) -> date:
        day: date = self.cleaned_data["valid_from"]
        if day < timezone.localdate():
            raise ValidationError(gettext("Ce jour est passé."), code="past")
        return day

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if data.get("other_minutes") is not None:
            data["minutes"] = data["other_minutes"]
        elif data.get("minutes") is None and not {"minutes", "other_minutes"} & set(self.errors):
            self.add_error("minutes", gettext("Choisissez la durée."))
        self._clean_hours(data)
        starts, ends = data.get("valid_from"), data.get("valid_until")
        if starts and ends and ends < starts:
            self.add_error("valid_until", gettext("La semaine type finit avant de commencer."))
        return data

    def _clean_hours(self, data: dict[str, Any]) -> None:
        opens, closes = data.get("opens"), data.get("closes")
        if opens is None or closes is None:
            return
        closes = data["closes"] = closes or MIDNIGHT
        if closes <= opens:
            self.add_error("closes", gettext("L’heure de fin vient après l’heure de début."))
        elif data.get("minutes") and closes - opens < data["minutes"]:
            self.add_error("closes", gettext("Pas un créneau ne tient entre ces deux heures."))

    @property
    def week(self) -> Week:
        """What a valid form says."""
        data = self.cleaned_data
        names = ("weekdays", "opens", "closes", "valid_from", "valid_until", "works_on_holidays")
        return Week(slot_minutes=data["minutes"], **{name: data[name] for name in names})


def first_values(week: Availability) -> dict[str, Any]:
    """The form's first values when a template is changed: from today on."""
    names = ("weekdays", "opens", "closes", "valid_until", "works_on_holidays")
    return {
        **{name: getattr(week, name) for name in names},
        **week.terms(),
        **length_values(week.slot_minutes),
        "practice": week.practice_id,
        "valid_from": max(week.valid_from, timezone.localdate()),
    }


def length_values(minutes: int | None) -> dict[str, Any]:
    """A tap when there is one for that length, else the box."""
    return {"minutes": minutes} if minutes in LENGTHS else {"other_minutes": minutes}


class ExceptForm(PortalForm):
    """A day to come on which a template makes no slot."""

    day = DayBox(label=_("Jour sans créneau"))

    def clean_day(self) -> date:
        day: date = self.cleaned_data["day"]
        if day < timezone.localdate():
            raise ValidationError(gettext("Ce jour est passé."), code="past")
        return day
