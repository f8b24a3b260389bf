"""How the coordination narrows its queue."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cpts_portal.core.forms import (
    BirthDayField,
    DayField,
    PersonNameField,
    PhoneField,
    PortalForm,
)
from cpts_portal.core.identifiers import validate_clean_text, validate_no_nir
from cpts_portal.core.models import Commune
from patients.actions.filing import Identity, Situation
from patients.models import GPRequest, Patient
from patients.queries import inbox
from patients.queries.inbox import Filters, Followed, Tab

PAGES_AT_MOST = 2000
SEARCH_AT_MOST = 100


class InboxForm(PortalForm):
    """The queue's address: whatever it does not understand it ignores, as a link may be old."""

    vue = forms.ChoiceField(choices=Tab.choices, required=False)
    priorite = forms.IntegerField(min_value=1, max_value=5, required=False)
    commune = forms.RegexField(r"^[0-9AB]{5}\Z", required=False)
    suivi = forms.ChoiceField(choices=Followed.choices, required=False)
    situation = forms.ChoiceField(choices=inbox.Situation.choices, required=False)
    page = forms.IntegerField(min_value=1, max_value=PAGES_AT_MOST, required=False)

    def understood(self) -> dict[str, Any]:
        self.is_valid()
        return self.cleaned_data

    @property
    def filters(self) -> Filters:
        kept = self.understood()
        return Filters(
            priority=kept.get("priorite"),
            commune=kept.get("commune") or "",
            followed=kept.get("suivi") or "",
            situation=kept.get("situation") or "",
        )


class SearchForm(PortalForm):
    """Sent by POST: a name has no place in an address."""

    q = forms.CharField(
        label=_("Chercher"),
        max_length=SEARCH_AT_MOST,
        error_messages={"required": _("Écrivez un nom, une commune, un téléphone ou un numéro.")},
    )


SITUATIONS = [
    (name, getattr(GPRequest._meta.get_field(name), "verbose_name", name))
    for name in (
        *("has_ald", "is_pregnant", "is_disabled", "has_c2s", "needs_end_of_life_care"),
        *("is_home_bound", "is_under_psychiatric_care"),
    )
]
TWO_YEARS = timedelta(days=731)


class NewRequestForm(PortalForm):
    """A request told on the phone or received on paper, on one page."""

    source = forms.ChoiceField(
        label=_("Reçue"),
        choices=[
            (GPRequest.Source.PHONE, GPRequest.Source.PHONE.label),
            (GPRequest.Source.PAPER, GPRequest.Source.PAPER.label),
        ],
        widget=forms.RadioSelect,
        initial=GPRequest.Source.PHONE,
    )
    civility = forms.ChoiceField(
        label=_("Civilité"),
        required=False,
        choices=[("", _("non précisée")), *Patient.Civility.choices],
    )
    last_name = PersonNameField(
        label=_("Nom"), max_length=80, error_messages={"required": _("Écrivez le nom.")}
    )
    first_name = PersonNameField(
        label=_("Prénom"), max_length=80, error_messages={"required": _("Écrivez le prénom.")}
    )
    birth_date = BirthDayField(label=_("Date de naissance"))
    commune = forms.ModelChoiceField(
        label=_("Commune"),
        queryset=Commune.objects.none(),
        empty_label=_("Choisir…"),
        error_messages={
            "required": _("Choisissez la commune."),
            "invalid_choice": _("Cette commune n’est pas dans votre CPTS."),
        },
    )
    phone = PhoneField(label=_("Téléphone"), required=False)
    email = forms.EmailField(
        label=_("Courriel"),
        required=False,
        max_length=254,
        error_messages={
            "invalid": _(
                "Cette adresse de courriel n’est pas complète : par exemple nom@courriel.fr."
            )
        },
    )
    best_hours = forms.ChoiceField(label=_("Joignable"), choices=Patient.BestHours.choices)
    contact_name = PersonNameField(label=_("Personne à contacter"), required=False, max_length=80)
    contact_phone = PhoneField(label=_("Son téléphone"), required=False)
    no_gp_reason = forms.ChoiceField(
        label=_("Pourquoi sans médecin traitant"), choices=GPRequest.NoGpReason.choices
    )
    situations = forms.MultipleChoiceField(
        label=_("Situation"),
        choices=SITUATIONS,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    left_hospital_on = DayField(label=_("Sortie d’hôpital le"), required=False)
    treatment_ends_on = DayField(label=_("Traitement jusqu’au"), required=False)
    travel_km = forms.IntegerField(
        label=_("Peut se déplacer jusqu’à (km)"), min_value=0, max_value=100, initial=10
    )
    spoken_languages = forms.CharField(
        label=_("Langues parlées"),
        required=False,
        max_length=80,
        validators=[validate_clean_text, validate_no_nir],
    )
    words = forms.CharField(
        label=_("Dans ses mots"),
        required=False,
        max_length=1000,
        widget=forms.Textarea({"rows": 3}),
        validators=[validate_clean_text, validate_no_nir],
    )
    is_informed = forms.BooleanField(
        label=_("La personne est informée de l’usage de ses données et d’accord."),
        error_messages={"required": _("Informez la personne et notez son accord.")},
    )

    def __init__(self, *args: Any, communes: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["commune"].queryset = communes  # type: ignore[attr-defined]

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).lower()

    def clean_left_hospital_on(self) -> date | None:
        day: date | None = self.cleaned_data["left_hospital_on"]
        if day is not None and not timezone.localdate() - TWO_YEARS <= day <= timezone.localdate():
            raise ValidationError(_("Cette date doit être passée, depuis deux ans au plus."))
        return day

    def clean_treatment_ends_on(self) -> date | None:
        day: date | None = self.cleaned_data["treatment_ends_on"]
        if day is not None and abs(day - timezone.localdate()) > TWO_YEARS:
            raise ValidationError(_("Cette date est trop éloignée."))
        return day

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if "phone" in cleaned and "email" in cleaned and not cleaned["phone"] + cleaned["email"]:
            self.add_error("phone", _("Écrivez un téléphone ou un courriel."))
        return cleaned

    @property
    def identity(self) -> Identity:
        names = ("civility", "last_name", "first_name", "birth_date", "phone", "email")
        others = ("best_hours", "contact_name", "contact_phone")
        return Identity(**{name: self.cleaned_data[name] for name in (*names, *others)})

    @property
    def situation(self) -> Situation:
        told = ("commune", "no_gp_reason", "left_hospital_on", "treatment_ends_on")
        others = ("travel_km", "spoken_languages", "words")
        facts: dict[str, Any] = {name: self.cleaned_data[name] for name in (*told, *others)}
        facts |= dict.fromkeys(self.cleaned_data["situations"], True)
        return Situation(**facts)
