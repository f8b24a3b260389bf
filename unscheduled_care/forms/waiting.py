"""What is asked of whoever puts somebody in line, and the answer noted for her."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cpts_portal.core.forms import PortalForm
from cpts_portal.core.models import Commune
from members.models import Profession
from unscheduled_care.actions.steps import PatientWords
from unscheduled_care.actions.waiting import Wanted
from unscheduled_care.forms.choices import capitalised
from unscheduled_care.forms.needs import (
    CareForm,
    profession_choices,
    shown_commune,
)
from unscheduled_care.models import OwnGp, Reason, Sex


class WaitingForm(CareForm):
    profession = forms.ChoiceField(
        label=_("Quelle profession ?"),
        error_messages={"required": _("Choisissez une profession.")},
    )
    travel_km = forms.TypedChoiceField(
        label=_("Jusqu’où peut-elle aller ?"),
        coerce=int,
        initial=15,
        choices=[(km, f"{km}\u00a0km") for km in (5, 15, 30, 50)],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choisissez une distance.")},
    )
    own_gp = forms.ChoiceField(
        label=_("Médecin traitant"),
        choices=capitalised(OwnGp.choices),
        widget=forms.RadioSelect,
        error_messages={"required": _("Dites si la personne a un médecin traitant.")},
    )
    sex = forms.ChoiceField(
        label=_("Sexe"),
        required=False,
        choices=[("", _("Ne pas préciser")), *capitalised(Sex.choices)],
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["profession"]
        field.choices = [("", gettext("Choisir")), *profession_choices()]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        reason, profession = cleaned.get("reason"), cleaned.get("profession")
        if reason and profession and not reason.is_for(profession):
            self.add_error("reason", gettext("Ce motif ne relève pas de cette profession."))
        return cleaned

    @property
    def wanted(self) -> Wanted:
        """What a valid form says of the slot."""
        data = self.cleaned_data
        return Wanted(
            profession=Profession.objects.get(pk=data["profession"]),
            commune=data["commune"],
            wanted_until=self.until,
            travel_km=data["travel_km"],
            act=data["act"],
        )

    @property
    def words(self) -> PatientWords:
        """What a valid form says of the person."""
        names = (
            *("reason", "age_band", "own_gp", "mobility", "has_consented", "sex"),
            *("first_name", "phone", "email"),
        )
        return PatientWords(
            **{name: self.cleaned_data[name] for name in names},
            language=self.cleaned_data["language"] or "fr",
        )


def first_values(asked: Any) -> dict[str, str]:
    """The form's first values from a search on the board: codes only, whatever else is dropped."""
    values = {}
    commune = Commune.objects.filter(pk=asked.get("commune", "")[:5]).first()
    if commune is not None:
        values["where"] = shown_commune(commune)
    profession = asked.get("profession", "")[:30]
    if profession in dict(profession_choices()):
        values["profession"] = profession
    reason = asked.get("reason", "")[:30]
    if Reason.objects.filter(pk=reason, is_active=True).exists():
        values["reason"] = reason
    return values


class AnswerForm(PortalForm):
    """Yes or no, said by her or noted for her."""

    answer = forms.ChoiceField(choices=[("accept", _("Accepter")), ("decline", _("Décliner"))])
    offer = forms.IntegerField(min_value=1)
