"""What the patient may say from her private page."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext_lazy as _

from cpts_portal.core.forms import BirthDayField, PortalForm, with_hint
from cpts_portal.core.identifiers import parse_phone, validate_clean_text, validate_no_nir
from cpts_portal.core.lifecycle import Transition
from patients import lifecycle
from patients.forms.contact import ContactForm
from patients.forms.steps import DATED, SITUATIONS, DatesForm, SituationForm
from patients.models import GPRequest

BOXES = tuple(name for name in SITUATIONS if name not in DATED)


class CorrectContactForm(ContactForm):
    """The same questions as in the public form, filled with what is kept; a landline will do."""

    sends_code = False
    NAMES: ClassVar = ("phone", "email", "best_hours", "contact_name", "contact_phone")


class NewSituationForm(SituationForm, DatesForm):
    """The boxes, and the dates beside them: asked on one page, since nothing else is asked."""

    field_order = ("situations", "left_hospital_on", "treatment_ends_on")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, asked=list(DATED), **kwargs)
        field: Any = self.fields["situations"]
        field.choices = [(name, label) for name, (label, _hint) in SITUATIONS.items()]
        for name in DATED:
            self.fields[f"{name}_on"].required = False

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        for name in DATED:
            is_ticked = name in data.get("situations", [])
            if is_ticked and not data.get(f"{name}_on") and f"{name}_on" not in self.errors:
                self.add_error(f"{name}_on", _("Écrivez cette date, même approximative."))
            if not is_ticked:
                data[f"{name}_on"] = None
        return data

    @classmethod
    def initial_of(cls, request: GPRequest) -> dict[str, Any]:
        ticked = [name for name in BOXES if getattr(request, name)]
        dates = {f"{name}_on": getattr(request, f"{name}_on") for name in DATED}
        return {"situations": [*ticked, *(n for n in DATED if dates[f"{n}_on"])], **dates}

    @classmethod
    def words_of(cls, request: GPRequest) -> list[Any]:
        """The boxes that hold, as the form names them."""
        return [SITUATIONS[name][0] for name in cls.initial_of(request)["situations"]]

    def facts(self) -> dict[str, Any]:
        """Column values of a valid answer."""
        ticked = self.cleaned_data["situations"]
        dates = {f"{name}_on": self.cleaned_data[f"{name}_on"] for name in DATED}
        return {**{name: name in ticked for name in BOXES}, **dates}


class CompleteForm(PortalForm):
    answer = forms.CharField(
        label=_("Votre réponse"),
        max_length=500,
        help_text=_("500 caractères au plus. N’écrivez pas de numéro de sécurité sociale."),
        widget=forms.Textarea({"rows": 4}),
        validators=[validate_clean_text, validate_no_nir],
        error_messages={"required": _("Écrivez votre réponse.")},
    )


ENDINGS: dict[str, Transition] = {
    "trouve": lifecycle.FIND_ALONE,
    "inutile": lifecycle.WITHDRAW,
    "demenage": lifecycle.MOVE_AWAY,
}


class WithdrawForm(PortalForm):
    reason = forms.ChoiceField(
        label=_("Pourquoi ?"),
        widget=forms.RadioSelect,
        choices=[
            ("trouve", with_hint(_("J’ai trouvé un médecin traitant"), _("Bravo, et merci"))),
            ("inutile", _("Je n’en cherche plus")),
            ("demenage", _("Je quitte le territoire")),
        ],
        error_messages={"required": _("Choisissez une raison.")},
    )

    @property
    def ending(self) -> Transition:
        return ENDINGS[self.cleaned_data["reason"]]


class NewLinkForm(PortalForm):
    """What proves enough to be sent one's own link again."""

    reference = forms.CharField(
        label=_("Référence de la demande"),
        max_length=20,
        help_text=_("Par exemple 2026-0418"),
        widget=forms.TextInput({"class": "num w-10", "autocomplete": "off"}),
        error_messages={"required": _("Écrivez la référence reçue à l’inscription.")},
    )
    birth_date = BirthDayField(
        label=_("Date de naissance"), help_text=_("Jour, mois et année, par exemple 27 3 1948")
    )
    contact = forms.CharField(
        label=_("Votre téléphone ou votre courriel"),
        max_length=254,
        help_text=_("Celui donné pour la demande : nous y enverrons le lien."),
        error_messages={"required": _("Écrivez le téléphone ou le courriel de la demande.")},
    )

    def clean_reference(self) -> str:
        return "".join(str(self.cleaned_data["reference"]).split()).replace("–", "-")

    def clean_contact(self) -> str:
        contact: str = self.cleaned_data["contact"].strip()
        if "@" not in contact:
            return parse_phone(contact)
        try:
            validate_email(contact)
        except ValidationError as error:
            raise ValidationError(_("Cette adresse de courriel n’est pas complète.")) from error
        return contact.lower()
