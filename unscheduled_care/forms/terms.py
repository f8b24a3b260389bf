"""Where, how and to whom: asked of one slot and of a weekly template alike."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cpts_portal.core.forms import DayField, PortalForm
from members.models import Membership, Practice, Profession
from unscheduled_care.actions.slots import Terms
from unscheduled_care.models import LONGEST, SHORTEST, Channel, Kind
from unscheduled_care.queries.agenda import acts_for, places_of
from unscheduled_care.rules.weeks import wall_time

YEARS = range(2000, 2200)
LENGTHS = (10, 15, 20, 30, 45, 60)
GIVE_BACK = (
    (0, _("Jusqu’au dernier moment")),
    (30, _("Jusqu’à 30 minutes avant")),
    (60, _("Jusqu’à 1 heure avant")),
    (120, _("Jusqu’à 2 heures avant")),
    (240, _("Jusqu’à 4 heures avant")),
    (720, _("Jusqu’à 12 heures avant")),
)
CHANNELS = {
    Channel.MEMBERS: _("Tous les membres de la CPTS"),
    Channel.TEAM: _("Mon équipe : qui exerce au même lieu"),
    Channel.PROFESSIONS: _("Certaines professions"),
    Channel.SAS: _("Le SAS"),
}


class TimeBox(forms.TimeField):
    """A Paris wall time, as minutes since midnight."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.TimeInput({"type": "time", "class": "num"}, "%H:%M"))
        kwargs.setdefault("error_messages", {}).setdefault(
            "invalid", _("Écrivez l’heure ainsi : 14:30.")
        )
        super().__init__(input_formats=["%H:%M", "%H:%M:%S", "%Hh%M", "%H h %M"], **kwargs)

    def to_python(self, value: Any) -> Any:
        told: time | None = super().to_python(value)
        return None if told is None else told.hour * 60 + told.minute

    def prepare_value(self, value: Any) -> Any:
        return f"{value // 60 % 24:02d}:{value % 60:02d}" if isinstance(value, int) else value


class DayBox(DayField):
    """A day of an agenda: what lies beyond is a slip of the finger, and no clock goes there."""

    def validate(self, value: date | None) -> None:
        super().validate(value)
        if value is not None and value.year not in YEARS:
            raise self._refusal("unreal")


class LengthBox(forms.IntegerField):
    """Minutes of a slot."""

    def __init__(self, **kwargs: Any) -> None:
        box = forms.NumberInput({"inputmode": "numeric", "class": "num", "autocomplete": "off"})
        wrong = _("Un créneau dure de 5 minutes à 4 heures.")
        super().__init__(
            min_value=SHORTEST,
            max_value=LONGEST,
            widget=box,
            error_messages={
                "invalid": _("Écrivez la durée en minutes, par exemple 20."),
                "min_value": wrong,
                "max_value": wrong,
            },
            **kwargs,
        )


class TermsForm(PortalForm):
    """`owner` is the professional: his places, and the acts of his profession."""

    kind = forms.ChoiceField(
        label=_("Forme"),
        choices=[(value, capfirst(label)) for value, label in Kind.choices],
        widget=forms.RadioSelect,
        initial=Kind.PRACTICE,
        error_messages={"required": _("Dites si c’est au cabinet, à domicile ou à distance.")},
    )
    practice = forms.ModelChoiceField(
        Practice.objects.none(),
        label=_("Lieu"),
        widget=forms.RadioSelect,
        empty_label=None,
        error_messages={"invalid_choice": _("Choisissez un de vos lieux d’exercice.")},
    )
    radius_km = forms.IntegerField(
        label=_("Jusqu’à combien de kilomètres"),
        required=False,
        min_value=1,
        max_value=100,
        widget=forms.NumberInput({"inputmode": "numeric", "class": "num w-5"}),
        error_messages={
            "invalid": _("Écrivez un nombre entier, par exemple 10."),
            "min_value": _("Dites jusqu’où vous vous déplacez, de 1 à 100 km."),
            "max_value": _("Dites jusqu’où vous vous déplacez, de 1 à 100 km."),
        },
    )
    channels = forms.MultipleChoiceField(
        label=_("Qui peut réserver"),
        choices=list(CHANNELS.items()),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Dites qui peut réserver ce créneau.")},
    )
    professions = forms.MultipleChoiceField(
        label=_("Lesquelles"), required=False, widget=forms.CheckboxSelectMultiple
    )
    acts = forms.MultipleChoiceField(
        label=_("Actes possibles"), required=False, widget=forms.CheckboxSelectMultiple
    )
    give_back_minutes = forms.TypedChoiceField(
        label=_("On peut le réserver"),
        choices=GIVE_BACK,
        coerce=int,
        initial=0,
        error_messages={"required": _("Dites jusqu’à quand on peut le réserver.")},
    )

    def __init__(self, *args: Any, owner: Membership, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.owner = owner
        self.places = places_of(owner)
        practice: Any = self.fields["practice"]
        practice.queryset = Practice.objects.filter(pk__in=[place.pk for place in self.places])
        practice.required = self["kind"].value() != Kind.REMOTE
        practice.error_messages["required"] = self._no_place()
        professions: Any = self.fields["professions"]
        professions.choices = [(one.code, str(one)) for one in Profession.objects.order_by("label")]
        acts: Any = self.fields["acts"]
        acts.choices = [(act.code, str(act)) for act in acts_for(owner)]
        if not acts.choices:
            del self.fields["acts"]

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        self._clean_place(data)
        self._clean_channels(data)
        return data

    def _clean_place(self, data: dict[str, Any]) -> None:
        kind = data.get("kind")
        if kind != Kind.HOME:
            data["radius_km"] = None
        elif not data.get("radius_km") and "radius_km" not in self.errors:
            self.add_error("radius_km", gettext("Dites jusqu’où vous vous déplacez, en km."))
        if kind == Kind.REMOTE:
            data["practice"] = None

    def _no_place(self) -> str:
        if self.places:
            return gettext("Choisissez le lieu.")
        return gettext("Aucun lieu d’exercice n’est connu : ajoutez-le d’abord à la fiche.")

    def _clean_channels(self, data: dict[str, Any]) -> None:
        if Channel.PROFESSIONS not in data.get("channels", ()):
            data["professions"] = []
        elif not data.get("professions") and "professions" not in self.errors:
            self.add_error("professions", gettext("Nommez au moins une profession."))

    @property
    def terms(self) -> Terms:
        """What a valid form says."""
        data = self.cleaned_data
        place = data["practice"]
        return Terms(
            kind=data["kind"],
            practice_id=place.pk if place else None,
            radius_km=data["radius_km"],
            acts=data.get("acts", []),
            channels=data["channels"],
            professions=data["professions"],
            give_back_minutes=data["give_back_minutes"],
        )

    @property
    def remembered(self) -> str:
        """« Au cabinet, Cabinet de la Lys, tous les membres de la CPTS »: what is proposed."""
        kind = self["kind"].value()
        place = next(
            (p.name for p in self.places if str(p.pk) == str(self["practice"].value())), ""
        )
        chosen = self["channels"].value() or []
        words = [
            capfirst(str(dict(Kind.choices).get(kind, ""))),
            place if kind != Kind.REMOTE else "",
            *(_lower_first(str(CHANNELS[one])) for one in Channel if one in chosen),
        ]
        return ", ".join(filter(None, words))

    @property
    def has_terms_to_mend(self) -> bool:
        return any(name in self.errors for name in TermsForm.base_fields)


def moment_of(day: date, minute: int) -> datetime:
    """A Paris wall time as a moment; raises ValidationError for one that the clock skips."""
    moment = wall_time(day, minute)
    if moment is None:
        raise ValidationError(
            gettext("Cette heure n’existe pas cette nuit-là : l’heure change."), code="skipped"
        )
    return moment


def _lower_first(words: str) -> str:
    return words[:1].lower() + words[1:]
