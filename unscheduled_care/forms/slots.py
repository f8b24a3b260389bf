"""One slot in three taps: the day, the hour, the length; the rest is remembered."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.formats import date_format
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from cpts_portal.core.forms import PortalForm
from unscheduled_care.actions import steps
from unscheduled_care.actions.slots import MOST_IN_A_ROW
from unscheduled_care.forms.terms import (
    LENGTHS,
    DayBox,
    LengthBox,
    TermsForm,
    TimeBox,
    moment_of,
)
from unscheduled_care.models import HORIZON, Slot
from unscheduled_care.queries.agenda import clock, coming_days, round_times

DAYS = 6
OTHER = "other"


class SlotForm(TermsForm):
    """A tap or a box for each of the three; the box wins when both are filled in."""

    day = forms.ChoiceField(
        label=_("Quel jour ?"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Choisissez le jour.")},
    )
    other_day = DayBox(label=_("Un autre jour"), required=False)
    time = forms.TypedChoiceField(
        label=_("À quelle heure ?"),
        coerce=int,
        empty_value=None,
        required=False,
        widget=forms.RadioSelect,
    )
    other_time = TimeBox(label=_("Une autre heure"), required=False)
    minutes = forms.TypedChoiceField(
        label=_("Pendant combien de temps ?"),
        coerce=int,
        empty_value=None,
        choices=[(length, f"{length}\u00a0min") for length in LENGTHS],
        required=False,
        widget=forms.RadioSelect,
    )
    other_minutes = LengthBox(label=_("Une autre durée, en minutes"), required=False)
    count = forms.TypedChoiceField(
        label=_("Combien à la suite"),
        coerce=int,
        initial=1,
        error_messages={"required": _("Dites combien de créneaux.")},
    )
    key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        days: Any = self.fields["day"]
        days.choices = [*_days(), (OTHER, gettext("Un autre jour"))]
        times: Any = self.fields["time"]
        times.choices = [(minute, clock(minute)) for minute in round_times()]
        counts: Any = self.fields["count"]
        counts.choices = [
            (number, ngettext("%d créneau", "%d créneaux", number) % number)
            for number in range(1, MOST_IN_A_ROW + 1)
        ]

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        self._told(data, "other_time", "time", gettext("Choisissez l’heure."))
        self._told(data, "other_minutes", "minutes", gettext("Choisissez la durée."))
        day = self._day(data)
        if day and data.get("time") is not None:
            try:
                data["starts_at"] = _in_time(moment_of(day, data["time"]))
            except ValidationError as error:
                self.add_error("time", error)
        return data

    def _told(self, data: dict[str, Any], box: str, tap: str, sentence: str) -> None:
        """The box, or the tap; one of the two is needed."""
        if data.get(box) is not None:
            data[tap] = data[box]
        elif data.get(tap) is None and not {box, tap} & set(self.errors):
            self.add_error(tap, sentence)

    def _day(self, data: dict[str, Any]) -> date | None:
        chosen = data.get("day")
        if chosen != OTHER:
            return date.fromisoformat(chosen) if chosen else None
        day: date | None = data.get("other_day")
        if day is None and "other_day" not in self.errors:
            self.add_error("other_day", gettext("Écrivez le jour, le mois et l’année."))
        return day

    @property
    def when(self) -> dict[str, Any]:
        """What a valid form gives to `offer` beside the terms."""
        names = ("starts_at", "minutes", "count", "key")
        return {name: self.cleaned_data[name] for name in names}


def _days() -> list[tuple[str, str]]:
    today, tomorrow, *later = coming_days(DAYS)
    named = [
        (today.isoformat(), gettext("Aujourd’hui")),
        (tomorrow.isoformat(), gettext("Demain")),
    ]
    return named + [(day.isoformat(), date_format(day, "D j")) for day in later]


def _in_time(moment: datetime) -> datetime:
    """PostgreSQL refuses the same; here it is said beside the field, by the same clock."""
    now = steps.clock()
    if moment <= now:
        raise ValidationError(gettext("Cette heure est déjà passée."), code="past")
    if moment > now + HORIZON - timedelta(minutes=1):
        raise ValidationError(
            gettext("Un créneau se propose au plus 60 jours à l’avance."), code="far"
        )
    return moment


class WithdrawForm(PortalForm):
    """Why a slot goes: asked before an appointment is withdrawn, not of a single tap."""

    reason = forms.ChoiceField(
        label=_("Raison"),
        choices=[
            (Slot.WithdrawReason.ABSENT, _("Absence")),
            (Slot.WithdrawReason.MISTAKE, _("Erreur de saisie")),
            (Slot.WithdrawReason.OTHER, _("Autre raison")),
        ],
        widget=forms.RadioSelect,
        initial=Slot.WithdrawReason.OTHER,
        error_messages={"required": _("Choisissez une raison.")},
    )
    is_confirmed = forms.BooleanField(required=False, widget=forms.HiddenInput)
