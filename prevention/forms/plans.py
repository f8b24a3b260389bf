"""The words of a reminder and its moment: « 7 jours avant, à 10 h », « 2 heures avant »."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cpts_portal.core.forms import PortalForm
from cpts_portal.core.identifiers import validate_clean_text, validate_no_nir
from members.forms.meetings import HourField
from prevention.actions.plans import PlanWords
from prevention.models import Audience, Campaign, RecallList, ReminderPlan
from prevention.rules.wording import (
    MOST_SEGMENTS,
    known_variables,
    segments_of,
    unknown_variables,
)

DAYS, HOURS, MINUTES = "days", "hours", "minutes"
MINUTES_IN = {HOURS: 60, MINUTES: 1}
LONGEST_MINUTES = int(timedelta(days=2).total_seconds() // 60)
TEXT = [validate_clean_text, validate_no_nir]
WORDED = ("subject", "body", "sms")


class PlanForm(PortalForm):
    """A plan of `campaign`; `plan` when it is written anew."""

    audience = forms.ChoiceField(label=_("À qui"), choices=Audience, widget=forms.RadioSelect)
    recall_list = forms.ModelChoiceField(
        label=_("Liste de rappel"),
        queryset=RecallList.objects.none(),
        required=False,
        empty_label=_("Choisissez une liste"),
    )
    count = forms.IntegerField(
        label=_("Combien"),
        help_text=_("0 jour : le jour même."),
        min_value=0,
        max_value=LONGEST_MINUTES,
        widget=forms.NumberInput({"inputmode": "numeric", "class": "num w-5"}),
    )
    unit = forms.ChoiceField(
        label=_("Unité"),
        choices=[(DAYS, _("jours")), (HOURS, _("heures")), (MINUTES, _("minutes"))],
    )
    side = forms.ChoiceField(
        label=_("Avant ou après"),
        choices=[("before", _("avant")), ("after", _("après"))],
    )
    at = HourField(
        label=_("À quelle heure"),
        help_text=_(
            "Pour un rappel en jours. Rien ne part avant 9 h, après 19 h, un dimanche ni un jour "
            "férié : un rappel avance alors à la veille, un remerciement attend."
        ),
        required=False,
    )
    subject = forms.CharField(
        label=_("Objet du courriel"),
        max_length=120,
        required=False,
        validators=TEXT,
        widget=forms.TextInput({"lang": "fr"}),
    )
    body = forms.CharField(
        label=_("Texte du courriel"),
        max_length=5000,
        required=False,
        validators=TEXT,
        widget=forms.Textarea({"rows": 9, "lang": "fr"}),
    )
    sms = forms.CharField(
        label=_("Texte du SMS"),
        help_text=_("Pour les personnes sans adresse de courriel. Vide : aucun SMS."),
        max_length=300,
        required=False,
        validators=TEXT,
        widget=forms.Textarea({"rows": 3, "lang": "fr"}),
    )

    def __init__(
        self, *args: Any, campaign: Campaign, plan: ReminderPlan | None = None, **kwargs: Any
    ) -> None:
        kwargs.setdefault("initial", told(plan) if plan else FIRST)
        super().__init__(*args, **kwargs)
        lists: Any = self.fields["recall_list"]
        lists.queryset = RecallList.objects.filter(campaign=campaign, closed_at=None)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        self._clean_moment(cleaned)
        self._clean_people(cleaned)
        for name in WORDED:
            self._clean_words(name, cleaned)
        if not cleaned.get("sms") and not cleaned.get("body") and "body" not in self.errors:
            self.add_error("body", _("Écrivez un courriel, un SMS, ou les deux."))
        if cleaned.get("body") and not cleaned.get("subject"):
            self.add_error("subject", _("Donnez un objet au courriel."))
        return cleaned

    def _clean_moment(self, cleaned: dict[str, Any]) -> None:
        count, unit = cleaned.get("count"), cleaned.get("unit")
        if count is None or unit is None:
            return
        if unit == DAYS:
            if count > 400:
                self.add_error("count", _("400 jours au plus."))
            if not cleaned.get("at"):
                self.add_error("at", _("Écrivez une heure, par exemple 10:00."))
        elif count * MINUTES_IN[unit] > LONGEST_MINUTES:
            self.add_error("count", _("Au-delà de 48 heures, comptez en jours."))

    def _clean_people(self, cleaned: dict[str, Any]) -> None:
        audience, unit = cleaned.get("audience"), cleaned.get("unit")
        if audience == Audience.RECALLED:
            if not cleaned.get("recall_list"):
                self.add_error("recall_list", _("Choisissez la liste de rappel."))
            if unit != DAYS:
                self.add_error("unit", _("Une liste de rappel se compte en jours."))
        else:
            cleaned["recall_list"] = None
        if audience == Audience.ATTENDED and cleaned.get("side") == "before":
            self.add_error("side", _("Les personnes venues se remercient après la séance."))

    def _clean_words(self, name: str, cleaned: dict[str, Any]) -> None:
        text, audience = cleaned.get(name), cleaned.get("audience")
        if not text or not audience:
            return
        if unknown := unknown_variables(text, audience):
            self.add_error(name, _unknown(unknown, audience))
        elif name == "sms" and (length := segments_of(text)) > MOST_SEGMENTS:
            self.add_error(
                name,
                gettext("Ce texte prendrait %(n)d SMS : raccourcissez-le, deux au plus.")
                % {"n": length},
            )

    @property
    def words(self) -> PlanWords:
        """What was typed, once valid."""
        typed = self.cleaned_data
        signed = typed["count"] * (-1 if typed["side"] == "before" else 1)
        in_days = typed["unit"] == DAYS
        return PlanWords(
            audience=typed["audience"],
            recall_list=typed["recall_list"],
            offset_days=signed if in_days else None,
            at=typed["at"] if in_days else None,
            offset_minutes=None if in_days else signed * MINUTES_IN[typed["unit"]],
            **{name: typed[name] for name in WORDED},
        )


def _unknown(names: list[str], audience: str) -> ValidationError:
    known = ", ".join(f"{{{name}}}" for name in known_variables(audience))
    return ValidationError(
        gettext("%(names)s n’est pas une variable connue. Vous pouvez écrire : %(known)s.")
        % {"names": ", ".join(names), "known": known},
        code="unknown_variable",
    )


FIRST = {
    "audience": Audience.REGISTERED,
    "count": 7,
    "unit": DAYS,
    "side": "before",
    "at": "10:00",
    "subject": "Votre séance du {date}",
    "body": "Bonjour,\n\nNous vous attendons le {date} à {heure} :\n{lieu}, {adresse}, {commune}."
    "\n\nVous ne pouvez plus venir ? Dites-le ici, la place servira à une autre personne :\n{lien}",
    "sms": "Rappel : rendez-vous le {date} à {heure}, {commune}. Annuler : {lien}",
}
"""A plan that is right as it is: most are only read, and kept."""


def told(plan: ReminderPlan) -> dict[str, Any]:
    """What the form of a plan begins with."""
    minutes = plan.offset_minutes
    if minutes is None:
        signed, unit = plan.offset_days or 0, DAYS
    else:
        unit = HOURS if minutes % 60 == 0 else MINUTES
        signed = minutes // MINUTES_IN[unit]
    return {
        "audience": plan.audience,
        "recall_list": plan.recall_list_id,
        "count": abs(signed),
        "unit": unit,
        "side": "after" if signed > 0 else "before",
        "at": plan.at,
        **{name: getattr(plan, name) for name in WORDED},
    }


class ReadForm(PortalForm):
    """Which words a second person has read: the moment at which they were written."""

    read_at = forms.DateTimeField(widget=forms.HiddenInput)
