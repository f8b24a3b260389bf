"""The questions of the public form, one small form each."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cpts_portal.core.forms import (
    DayField,
    PortalForm,
    PostalCodeField,
    with_hint,
)
from cpts_portal.core.models import Commune
from cpts_portal.core.templatetags.portal import day_full
from cpts_portal.core.territory import communes_of_postal_code
from patients.models import GPRequest

FiledFor = GPRequest.FiledFor
Recap = list[tuple[Any, Any]]


class StepForm(PortalForm):
    """One question. `headings` by the person it is about; `number` is its place in the progress."""

    slug: ClassVar[str]
    number: ClassVar[int]
    headings: ClassVar[dict[str, Any]]
    lead: ClassVar[Any] = ""
    why: ClassVar[Any] = ""

    def __init__(self, *args: Any, filed_for: str = FiledFor.SELF, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.filed_for = filed_for

    @property
    def heading(self) -> Any:
        return self.headings.get(self.filed_for, self.headings[FiledFor.SELF])

    def typed(self) -> dict[str, list[str]]:
        """The answers of this question as they were typed, to be kept and asked again."""
        data: Any = self.data
        return {key: values for key, values in data.lists() if self._is_mine(key)}

    def _is_mine(self, key: str) -> bool:
        return any(key == name or key.startswith(f"{name}_") for name in self.fields)

    def recap(self) -> Recap:
        """(question, answer) pairs of a valid answer."""
        return []


class ForWhomForm(StepForm):
    slug, number = "pour-qui", 1
    headings = {FiledFor.SELF: _("Pour qui cherchez-vous un médecin traitant ?")}
    lead = _("Vous pouvez répondre pour une autre personne, avec son accord.")

    filed_for_whom = forms.ChoiceField(
        label="",
        widget=forms.RadioSelect,
        choices=[
            (FiledFor.SELF, _("Pour moi")),
            (FiledFor.CHILD, with_hint(_("Pour mon enfant"), _("Moins de 18 ans"))),
            (
                FiledFor.RELATIVE,
                with_hint(_("Pour un proche"), _("Un parent, un voisin, une personne aidée")),
            ),
        ],
        error_messages={"required": _("Choisissez pour qui vous faites la demande.")},
    )

    def recap(self) -> Recap:
        chosen = FiledFor(self.cleaned_data["filed_for_whom"])
        return [(_("La demande est pour"), chosen.label.capitalize())]


class CommuneForm(StepForm):
    """Two questions in one page: the postal code, then which of its communes."""

    slug, number = "commune", 2
    headings = {
        FiledFor.SELF: _("Dans quelle commune habitez-vous ?"),
        FiledFor.CHILD: _("Dans quelle commune habite votre enfant ?"),
        FiledFor.RELATIVE: _("Dans quelle commune habite votre proche ?"),
    }
    lead = _("Nous cherchons d’abord un médecin tout près.")
    why = _(
        "Chaque équipe aide les habitants de ses communes. Si la vôtre n’en fait pas partie,"
        " nous vous donnons le contact de l’équipe la plus proche."
    )
    ELSEWHERE = "ailleurs"

    postal_code = PostalCodeField(
        label=_("Code postal"),
        help_text=_("5 chiffres, par exemple 62840"),
        error_messages={"required": _("Écrivez le code postal de la commune.")},
    )
    commune = forms.ChoiceField(
        label=_("Votre commune"),
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Choisissez votre commune dans la liste."),
            "invalid_choice": _("Choisissez votre commune dans la liste."),
        },
    )
    shown = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.code = self._postal_code()
        self.communes = list(communes_of_postal_code(self.code)) if self.code else []
        if not self.communes:
            del self.fields["commune"]
            return
        field: Any = self.fields["commune"]
        field.choices = [(c.pk, c.name) for c in self.communes] + [
            (
                self.ELSEWHERE,
                with_hint(
                    _("Ma commune n’est pas dans la liste"), _("Nous vous dirons qui contacter")
                ),
            )
        ]
        if len(self.communes) == 1:
            field.initial = self.communes[0].pk

    def _postal_code(self) -> str:
        """The five digits at hand, typed or known; "" for anything else."""
        typed = self.data.get("postal_code") if self.is_bound else self.initial.get("postal_code")
        code = "".join(str(typed or "").split())
        return code if len(code) == 5 and code.isascii() and code.isdigit() else ""

    @property
    def asks_which(self) -> bool:
        """The postal code is good and its communes have not been on the page yet."""
        is_new = self.data.get("shown") != self.code
        return bool(self.communes) and is_new and not self.data.get("commune")

    def clean_postal_code(self) -> str:
        code: str = self.cleaned_data["postal_code"]
        if not self.communes:
            raise ValidationError(_("Aucune commune n’a ce code postal : vérifiez les 5 chiffres."))
        return code

    @property
    def chosen(self) -> Commune | None:
        """The commune of a valid answer; None for "not in the list"."""
        code = self.cleaned_data["commune"]
        return next((commune for commune in self.communes if commune.pk == code), None)

    def recap(self) -> Recap:
        return [(_("Commune"), f"{self.code} {self.chosen}")]


class NoGpForm(StepForm):
    slug, number = "medecin-traitant", 3
    headings = {
        FiledFor.SELF: _("Avez-vous un médecin traitant ?"),
        FiledFor.CHILD: _("Votre enfant a-t-il un médecin traitant ?"),
        FiledFor.RELATIVE: _("Votre proche a-t-il un médecin traitant ?"),
    }
    lead = _("Le médecin traitant est celui déclaré à l’Assurance maladie.")

    Reason = GPRequest.NoGpReason
    no_gp_reason = forms.ChoiceField(
        label="",
        widget=forms.RadioSelect,
        choices=[
            (Reason.RETIRED, _("Non, il est parti à la retraite ou va partir")),
            (Reason.GP_MOVED, _("Non, il s’est installé ailleurs")),
            (Reason.NEW_RESIDENT, _("Non, arrivée récente dans la commune")),
            (Reason.REFUSED, _("Non, les cabinets contactés n’ont pas de place")),
            (Reason.TOO_FAR, _("Oui, mais il est trop loin")),
            (Reason.CHANGE, _("Oui, mais un changement est souhaité")),
            (Reason.OTHER, _("Une autre situation")),
        ],
        error_messages={"required": _("Choisissez la réponse la plus proche de la situation.")},
    )

    def recap(self) -> Recap:
        field: Any = self.fields["no_gp_reason"]
        return [(_("Médecin traitant"), dict(field.choices)[self.cleaned_data["no_gp_reason"]])]


SITUATIONS = {
    "has_ald": (
        _("Affection de longue durée (ALD)"),
        _("Une maladie prise en charge à 100 % par l’Assurance maladie"),
    ),
    "is_pregnant": (_("Grossesse"), ""),
    "is_disabled": (_("Handicap"), ""),
    "is_home_bound": (_("Impossible de se déplacer"), _("Le médecin doit venir au domicile")),
    "has_c2s": (_("C2S ou AME"), _("Complémentaire santé solidaire, aide médicale de l’État")),
    "left_hospital": (_("Sortie d’hôpital récente"), _("Nous vous demanderons la date")),
    "treatment_ends": (
        _("Traitement qui va s’arrêter faute d’ordonnance"),
        _("Nous vous demanderons la date"),
    ),
    "needs_end_of_life_care": (_("Soins palliatifs ou fin de vie"), ""),
    "is_under_psychiatric_care": (_("Suivi psychiatrique"), ""),
}
DATED = ("left_hospital", "treatment_ends")


class SituationForm(StepForm):
    slug, number = "situation", 4
    headings = {
        FiledFor.SELF: _("Votre situation"),
        FiledFor.CHILD: _("La situation de votre enfant"),
        FiledFor.RELATIVE: _("La situation de votre proche"),
    }
    lead = _("Cochez ce qui correspond. Rien ne correspond ? Continuez sans rien cocher.")
    why = _(
        "Ces réponses servent seulement à chercher plus vite pour les personnes qui en ont le plus"
        " besoin. Seule l’équipe de coordination les voit, puis le médecin à qui la demande est"
        " proposée."
    )

    situations = forms.MultipleChoiceField(
        label="",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=[
            (name, with_hint(label, hint) if hint else label)
            for name, (label, hint) in SITUATIONS.items()
        ],
        error_messages={"invalid_choice": _("Cochez les cases proposées, sans les modifier.")},
    )

    def recap(self) -> Recap:
        chosen = [str(SITUATIONS[name][0]) for name in self.cleaned_data["situations"]]
        return [(_("Situation"), ", ".join(chosen) or _("Aucune de ces situations"))]


class DatesForm(StepForm):
    slug, number = "dates", 4
    headings = {FiledFor.SELF: _("À quelle date ?")}
    lead = _("Une date approximative suffit.")

    left_hospital_on = DayField(
        label=_("Sortie d’hôpital"), help_text=_("Par exemple 3 11 2026, ou la date prévue")
    )
    treatment_ends_on = DayField(
        label=_("Fin du traitement"), help_text=_("Le jour où il n’y aura plus de médicaments")
    )

    def __init__(self, *args: Any, asked: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in DATED:
            if name not in asked:
                del self.fields[f"{name}_on"]

    def clean_left_hospital_on(self) -> date | None:
        return self._within("left_hospital_on", past=366, future=60)

    def clean_treatment_ends_on(self) -> date | None:
        return self._within("treatment_ends_on", past=366, future=400)

    def _within(self, name: str, *, past: int, future: int) -> date | None:
        """A day so near today, in days, that its year is no slip; None where it may be left out."""
        day: date | None = self.cleaned_data[name]
        today = timezone.localdate()
        if day and not today - timedelta(days=past) <= day <= today + timedelta(days=future):
            raise ValidationError(_("Vérifiez l’année : cette date est trop loin d’aujourd’hui."))
        return day

    def recap(self) -> Recap:
        return [
            (self.fields[name].label, day_full(self.cleaned_data[name])) for name in self.fields
        ]
