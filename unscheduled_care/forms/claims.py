"""What is asked of a patient to whom a slot is given: boxes, a number, and her consent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from cpts_portal.core.forms import PersonNameField, PhoneField, PortalForm, with_hint
from unscheduled_care.actions.steps import PatientWords
from unscheduled_care.forms.choices import capitalised
from unscheduled_care.models import AgeBand, Mobility, OwnGp, Reason, Sex

CHOOSE = ("", _("Choisir"))


class ClaimForm(PortalForm):
    """`reasons` are those that may be chosen; one way to call back is enough."""

    reason = forms.ChoiceField(
        label=_("Motif"),
        error_messages={
            "required": _("Choisissez un motif."),
            "invalid_choice": _("Choisissez un motif de la liste de ce professionnel."),
        },
    )
    age_band = forms.ChoiceField(
        label=_("Âge"),
        choices=[CHOOSE, *capitalised(AgeBand.choices)],
        error_messages={"required": _("Choisissez une tranche d’âge.")},
    )
    own_gp = forms.ChoiceField(
        label=_("Médecin traitant"),
        choices=capitalised(OwnGp.choices),
        widget=forms.RadioSelect,
        error_messages={"required": _("Dites si la personne a un médecin traitant.")},
    )
    phone = PhoneField(
        label=_("Téléphone où rappeler"),
        help_text=_("Pour le rappel et le lien d’annulation, par exemple 06 39 98 12 34"),
        error_messages={"required": _("Écrivez un téléphone, ou à défaut un courriel.")},
    )
    mobility = forms.ChoiceField(
        label=_("Mobilité"),
        choices=capitalised(Mobility.choices),
        initial=Mobility.ALONE,
        widget=forms.RadioSelect,
        error_messages={"required": _("Dites comment la personne se déplace.")},
    )
    first_name = PersonNameField(
        label=_("Prénom"),
        required=False,
        max_length=80,
        help_text=_("Sans le nom : le professionnel le demandera."),
        widget=forms.TextInput({"autocomplete": "off"}),
    )
    sex = forms.ChoiceField(
        label=_("Sexe"),
        required=False,
        choices=[("", _("Ne pas préciser")), *capitalised(Sex.choices)],
    )
    email = forms.EmailField(
        label=_("Courriel"),
        required=False,
        max_length=254,
        widget=forms.EmailInput({"autocomplete": "off"}),
        error_messages={
            "invalid": _(
                "Cette adresse de courriel n’est pas complète : par exemple nom@courriel.fr."
            )
        },
    )
    language = forms.ChoiceField(
        label=_("Langue des messages"), choices=settings.LANGUAGES, initial="fr", required=False
    )
    has_consented = forms.BooleanField(
        label=with_hint(
            _("La personne est d’accord"),
            _("Ces réponses vont au professionnel ; son contact est effacé après 60 jours."),
        ),
        error_messages={
            "required": _("Sans l’accord de la personne, ce créneau ne peut pas être réservé.")
        },
    )
    is_another = forms.BooleanField(label=_("C’est un autre rendez-vous"), required=False)

    asks_another = False
    """Whether the same phone has another claim that day, to be confirmed."""

    def __init__(self, *args: Any, reasons: Sequence[Reason] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.propose(reasons)
        self.fields["phone"].required = not self.data.get("email")
        self.fields["phone"].widget.attrs["autocomplete"] = "off"

    def propose(self, reasons: Sequence[Reason]) -> None:
        self.reasons = {reason.pk: reason for reason in reasons}
        reason: Any = self.fields["reason"]
        reason.choices = [CHOOSE, *((one.pk, str(one)) for one in reasons)]

    def ask_another(self, sentence: str) -> None:
        """Show the box that confirms a second claim of one phone on one day."""
        self.asks_another = True
        self.add_error("is_another", sentence)

    def words(self) -> PatientWords:
        """What was answered, once valid."""
        data = {**self.cleaned_data, "reason": self.reasons[self.cleaned_data["reason"]]}
        data["language"] = data["language"] or "fr"
        del data["is_another"]
        return PatientWords(**data)


CARRIED = tuple(name for name in ClaimForm.base_fields if name != "is_another")


def typed_in(data: Mapping[str, Any]) -> dict[str, str]:
    """What was typed for a patient, to be carried by the next form: it is stored nowhere."""
    return {name: str(data[name]) for name in CARRIED if data.get(name)}
