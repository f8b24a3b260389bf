"""What is typed about a session: Paris hours, a place known or not, for whom."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cpts_portal.core.forms import PortalForm, with_hint
from cpts_portal.core.identifiers import validate_clean_text, validate_no_nir
from cpts_portal.core.models import Commune
from members.forms.groups import day_field
from members.forms.meetings import HourField, paris_moment
from members.models import Practice
from prevention.actions.sessions import SessionWords, fingerprint
from prevention.models import MOST_SEATS, Campaign, Session, Sex

AHEAD = timedelta(days=2 * 366)
LONGEST_TYPED = timedelta(hours=12)
"""Beyond, an ending smaller than the beginning is a slip rather than a night."""
MOST_TIMES = 30
TEXT = [validate_clean_text, validate_no_nir]


class CommuneChoice(forms.ModelChoiceField):  # type: ignore[type-arg]
    def label_from_instance(self, obj: Any) -> str:
        return str(obj.name)


class PracticeChoice(forms.ModelChoiceField):  # type: ignore[type-arg]
    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.name}, {obj.commune}"


def number_field(least: int, most: int, wrong: Any, **kwargs: Any) -> forms.IntegerField:
    """A small whole number; `wrong` is what is said of any other."""
    return forms.IntegerField(
        min_value=least,
        max_value=most,
        widget=forms.NumberInput({"inputmode": "numeric", "class": "num w-5"}),
        error_messages=dict.fromkeys(("required", "invalid", "min_value", "max_value"), wrong),
        **kwargs,
    )


def set_moments(form: forms.BaseForm, day: date) -> None:
    """Add `starts_at` and `ends_at`, in UTC, of the hours typed; the ending may be after midnight.

    Adds the errors of hours that do not exist, or that do not follow each other.
    """
    cleaned = form.cleaned_data
    starts, ends = cleaned.get("starts"), cleaned.get("ends")
    if starts is None or ends is None:
        return
    last_day = day if ends > starts else day + timedelta(days=1)
    for name, on, hour in (("starts", day, starts), ("ends", last_day, ends)):
        try:
            cleaned[f"{name}_at"] = paris_moment(on, hour)
        except ValidationError as error:
            form.add_error(name, error)
    if "starts_at" in cleaned and "ends_at" in cleaned:
        length = cleaned["ends_at"] - cleaned["starts_at"]
        if not timedelta(0) < length <= LONGEST_TYPED:
            form.add_error("ends", _("La fin vient avant le début : vérifiez les deux heures."))


class SessionForm(PortalForm):
    """A session of `campaign`; `session` when it is written anew."""

    title = forms.CharField(
        label=_("Intitulé"),
        help_text=_("Sans réponse, la séance porte le titre de la campagne."),
        max_length=120,
        required=False,
        validators=TEXT,
    )
    day = day_field(label=_("Jour"))
    starts = HourField(label=_("Début"))
    ends = HourField(label=_("Fin"))
    practice = PracticeChoice(
        Practice.objects.none(),
        label=_("Un lieu d’exercice de la CPTS"),
        help_text=_("Son nom et son adresse sont repris."),
        required=False,
        empty_label=_("Un autre lieu, écrit ci-dessous"),
        error_messages={"invalid_choice": _("Ce lieu n’est plus connu : choisissez-en un autre.")},
    )
    place_name = forms.CharField(
        label=_("Nom de la salle"),
        help_text=_("Par exemple : salle des fêtes, mairie, médiathèque."),
        max_length=120,
        required=False,
        validators=TEXT,
    )
    address = forms.CharField(
        label=_("Adresse"),
        help_text=_("Numéro et rue."),
        max_length=200,
        required=False,
        validators=TEXT,
    )
    commune = CommuneChoice(
        Commune.objects.none(),
        label=_("Commune"),
        required=False,
        empty_label=_("Choisissez"),
        error_messages={"invalid_choice": _("Choisissez une commune de la CPTS.")},
    )
    is_accessible = forms.BooleanField(label=_("Accessible en fauteuil roulant"), required=False)
    access_note = forms.CharField(
        label=_("Pour venir"),
        help_text=_("Parking, arrêt de bus, entrée, étage."),
        max_length=200,
        required=False,
        validators=TEXT,
    )
    capacity = number_field(
        1,
        MOST_SEATS,
        _("Écrivez le nombre de places, de 1 à 5000."),
        label=_("Nombre de places"),
        initial=20,
    )
    audience = forms.ChoiceField(
        label=_("Ouverte à"),
        choices=[
            ("public", with_hint(_("Tout le monde"), _("Sur les pages publiques, sans compte."))),
            ("members", with_hint(_("Aux professionnels"), _("Aux membres de la CPTS seuls."))),
        ],
        widget=forms.RadioSelect,
        initial="public",
        error_messages={"required": _("Dites à qui la séance est ouverte.")},
    )
    min_age = number_field(
        0, 120, _("Écrivez un âge de 0 à 120 ans."), label=_("À partir de (ans)"), required=False
    )
    max_age = number_field(
        0, 120, _("Écrivez un âge de 0 à 120 ans."), label=_("Jusqu’à (ans)"), required=False
    )
    sex = forms.ChoiceField(
        label=_("Réservée"),
        choices=[
            ("", _("Ni aux femmes ni aux hommes")),
            (Sex.FEMALE, _("Aux femmes")),
            (Sex.MALE, _("Aux hommes")),
        ],
        required=False,
    )
    communes = forms.MultipleChoiceField(
        label=_("Habitants de"),
        help_text=_("Rien de coché : de partout."),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": _("Choisissez des communes de la CPTS.")},
    )
    key = forms.UUIDField(widget=forms.HiddenInput)
    seen = forms.CharField(required=False, max_length=16, widget=forms.HiddenInput)

    def __init__(
        self, *args: Any, campaign: Campaign, session: Session | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = dict(self.fields)
        kept = [*session.communes, session.commune_id] if session else []
        covered = Commune.objects.filter(
            Q(coverage__cpts=campaign.cpts_id) | Q(pk__in=kept)
        ).order_by("search_name")
        fields["commune"].queryset = covered
        fields["communes"].choices = [(one.pk, one.name) for one in covered]
        places = Practice.objects.select_related("commune").order_by("name", "pk")
        fields["practice"].queryset = places
        is_known = bool(self["practice"].value())
        for name, sentence in _WANTED.items():
            fields[name].required = not is_known
            fields[name].error_messages["required"] = sentence

    def clean_day(self) -> date:
        return _not_far(self.cleaned_data["day"])

    @property
    def has_conditions(self) -> bool:
        """Whether the boxes on eligibility are shown open."""
        names = ("min_age", "max_age", "sex", "communes")
        return any(self[name].value() not in (None, "", []) or self[name].errors for name in names)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if "day" in cleaned:
            set_moments(self, cleaned["day"])
        if "practice" in cleaned:
            self._clean_place(cleaned)
        least, most = cleaned.get("min_age"), cleaned.get("max_age")
        if least is not None and most is not None and least > most:
            self.add_error("max_age", _("Cet âge est plus petit que l’autre : échangez-les."))
        return cleaned

    def _clean_place(self, cleaned: dict[str, Any]) -> None:
        """A known place brings its name and address, whatever was written before.

        Newly chosen, it brings its access too; afterwards the box is believed: a room upstairs.
        """
        practice = cleaned["practice"]
        if practice is None:
            return
        for name in _WANTED:
            self.errors.pop(name, None)
        cleaned["place_name"], cleaned["address"] = practice.name, practice.address
        cleaned["commune"] = practice.commune
        if practice.pk != self.initial.get("practice"):
            cleaned["is_accessible"] |= practice.is_wheelchair_accessible

    @property
    def words(self) -> SessionWords:
        """What a valid form says."""
        cleaned = self.cleaned_data
        return SessionWords(
            **{name: cleaned[name] for name in _SAID},
            is_for_professionals=cleaned["audience"] == "members",
            communes=tuple(cleaned["communes"]),
        )


_WANTED = {
    "place_name": _("Écrivez le nom de la salle, ou choisissez un lieu connu."),
    "address": _("Écrivez le numéro et la rue."),
    "commune": _("Choisissez la commune."),
}
_SAID = (
    *("title", "starts_at", "ends_at", "practice", "place_name", "address", "commune"),
    *("is_accessible", "access_note", "capacity", "min_age", "max_age", "sex"),
)


def initial_of(session: Session) -> dict[str, Any]:
    """A session as its form shows it."""
    starts, ends = timezone.localtime(session.starts_at), timezone.localtime(session.ends_at)
    plain = ("title", "is_accessible", "access_note", "capacity", "min_age", "max_age", "sex")
    typed = ("place_name", "address", "commune")
    return {
        **{name: getattr(session, name) for name in plain},
        **({} if session.practice_id else {name: getattr(session, name) for name in typed}),
        "practice": session.practice_id,
        "day": starts.date(),
        "starts": starts.time(),
        "ends": ends.time(),
        "audience": "members" if session.is_for_professionals else "public",
        "communes": session.communes,
        "key": session.key,
        "seen": fingerprint(session),
    }


# --- Again on other days --------------------------------------------------------------------
class Rhythm:
    """How the days of a series are told."""

    WEEKLY, FORTNIGHTLY, DAYS = "weekly", "fortnightly", "days"
    STEPS = {WEEKLY: 7, FORTNIGHTLY: 14}


_DAY = re.compile(r"([0-9]{1,2})[/. -]([0-9]{1,2})[/. -]([0-9]{4})")


class RepeatForm(PortalForm):
    """The days on which a session comes again, after `first`."""

    rhythm = forms.ChoiceField(
        label=_("Quand"),
        choices=[
            (Rhythm.WEEKLY, _("Chaque semaine, le même jour")),
            (Rhythm.FORTNIGHTLY, _("Toutes les deux semaines, le même jour")),
            (Rhythm.DAYS, _("À des dates que j’écris")),
        ],
        widget=forms.RadioSelect,
        initial=Rhythm.WEEKLY,
        error_messages={"required": _("Dites quand la séance revient.")},
    )
    times = number_field(
        1,
        MOST_TIMES,
        _("Écrivez un nombre de séances, de 1 à 30."),
        label=_("Combien de séances de plus"),
    )
    days = forms.CharField(
        label=_("Dates"),
        help_text=_("Une par ligne, par exemple 12/01/2027."),
        max_length=600,
        error_messages={"required": _("Écrivez au moins une date.")},
        widget=forms.Textarea({"rows": 4}),
    )
    key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, first: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.first = timezone.localdate(first)
        is_written = self["rhythm"].value() == Rhythm.DAYS
        self.fields["days"].required, self.fields["times"].required = is_written, not is_written

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        rhythm = cleaned.get("rhythm")
        if rhythm == Rhythm.DAYS:
            self.errors.pop("times", None)
            self._clean_days(cleaned)
        elif rhythm and "times" in cleaned:
            step, times = Rhythm.STEPS[rhythm], cleaned["times"]
            cleaned["chosen"] = [self.first + timedelta(step * n) for n in range(1, times + 1)]
        return cleaned

    def _clean_days(self, cleaned: dict[str, Any]) -> None:
        lines = re.split(r"\s*[\n,;]\s*", cleaned.get("days", "").strip(" \n\r,;"))
        if "days" in self.errors:
            return
        try:
            cleaned["chosen"] = [_day_typed(line) for line in lines]
        except ValidationError as error:
            self.add_error("days", error)
            return
        if len(lines) > MOST_TIMES:
            self.add_error("days", gettext("Au plus 30 dates à la fois."))

    @property
    def chosen(self) -> list[date]:
        """The days of a valid form."""
        days: list[date] = self.cleaned_data["chosen"]
        return days


def _not_far(day: date) -> date:
    """A day of these years; raises ValidationError for a slip of the finger."""
    if abs(day - timezone.localdate()) > AHEAD:
        raise ValidationError(gettext("Vérifiez l’année : cette date est bien loin."), code="far")
    return day


def _day_typed(line: str) -> date:
    found = _DAY.fullmatch(line)
    try:
        if found:
            return _not_far(date(int(found[3]), int(found[2]), int(found[1])))
    except ValueError:
        pass
    raise ValidationError(
        gettext("« %(line)s » n’est pas une date : écrivez par exemple 12/01/2027.")
        % {"line": line[:30]},
        code="unreal",
    )


# --- Its end --------------------------------------------------------------------------------
class CancelSessionForm(PortalForm):
    reason = forms.ChoiceField(
        label=_("Pourquoi"),
        choices=[(value, capfirst(label)) for value, label in Session.CancelReason.choices],
        widget=forms.RadioSelect,
        error_messages={"required": _("Dites pourquoi la séance est annulée.")},
    )


class HoldForm(PortalForm):
    is_confirmed = forms.BooleanField(required=False, widget=forms.HiddenInput)
