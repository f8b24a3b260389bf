"""The questions of the public form that say who it is, how to reach her, and that she agrees."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cpts_portal.core import outbox
from cpts_portal.core.forms import BirthDayField, PersonNameField, PhoneField, with_hint
from cpts_portal.core.identifiers import (
    can_get_sms,
    format_phone,
    validate_clean_text,
    validate_no_nir,
)
from cpts_portal.core.models import Message
from cpts_portal.core.templatetags.portal import day_full
from patients.forms.steps import (
    CommuneForm,
    DatesForm,
    FiledFor,
    ForWhomForm,
    NoGpForm,
    Recap,
    SituationForm,
    StepForm,
)
from patients.models import Patient


class IdentityForm(StepForm):
    slug, number = "identite", 5
    headings = {
        FiledFor.SELF: _("Qui êtes-vous ?"),
        FiledFor.CHILD: _("Qui est votre enfant ?"),
        FiledFor.RELATIVE: _("Qui est votre proche ?"),
    }
    lead = _("Nom et prénom tels que sur la carte Vitale.")

    civility = forms.ChoiceField(
        label=_("Civilité"),
        required=False,
        widget=forms.RadioSelect,
        choices=[*Patient.Civility.choices, ("", _("Ne pas préciser"))],
    )
    last_name = PersonNameField(
        label=_("Nom"),
        max_length=80,
        widget=forms.TextInput({"autocomplete": "family-name"}),
        error_messages={"required": _("Écrivez le nom.")},
    )
    first_name = PersonNameField(
        label=_("Prénom"),
        max_length=80,
        widget=forms.TextInput({"autocomplete": "given-name"}),
        error_messages={"required": _("Écrivez le prénom.")},
    )
    birth_date = BirthDayField(
        label=_("Date de naissance"), help_text=_("Jour, mois et année, par exemple 27 3 1948")
    )

    def clean_birth_date(self) -> date:
        born: date = self.cleaned_data["birth_date"]
        today = timezone.localdate()
        is_adult = (today.year - born.year, today.month, today.day) >= (18, born.month, born.day)
        if self.filed_for == FiledFor.CHILD and is_adult:
            raise ValidationError(
                _("Cette personne a 18 ans ou plus : choisissez « pour un proche » au début.")
            )
        return born

    def recap(self) -> Recap:
        data = self.cleaned_data
        civility = Patient.Civility(data["civility"]).label if data["civility"] else ""
        parts = (str(civility), data["first_name"], data["last_name"])
        return [
            (_("Nom"), " ".join(part for part in parts if part)),
            (_("Date de naissance"), day_full(data["birth_date"])),
        ]


class ContactForm(StepForm):
    slug, number = "contact", 6
    headings = {FiledFor.SELF: _("Comment vous joindre ?")}
    lead = _("Un téléphone portable ou un courriel suffit : nous y enverrons un code.")
    sends_code: ClassVar[bool] = True

    phone = PhoneField(
        label=_("Téléphone"), required=False, help_text=_("Par exemple 06 39 98 12 34")
    )
    email = forms.EmailField(
        label=_("Courriel"),
        required=False,
        max_length=254,
        help_text=_("Par exemple nom@courriel.fr"),
        widget=forms.EmailInput({"autocomplete": "email"}),
        error_messages={
            "invalid": _(
                "Cette adresse de courriel n’est pas complète : par exemple nom@courriel.fr."
            )
        },
    )
    best_hours = forms.ChoiceField(
        label=_("Quand vous appeler ?"),
        widget=forms.RadioSelect,
        choices=[(value, capfirst(label)) for value, label in Patient.BestHours.choices],
        initial=Patient.BestHours.ANY,
        error_messages={"required": _("Choisissez un moment de la journée.")},
    )
    contact_name = PersonNameField(
        label=_("Une autre personne à contacter"),
        required=False,
        max_length=80,
        help_text=_("Un proche, une aide à domicile…"),
    )
    contact_phone = PhoneField(label=_("Son téléphone"), required=False)

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).lower()

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if self.errors:
            return data
        if not (data["phone"] or data["email"]):
            self.add_error("phone", _("Écrivez un téléphone ou un courriel."))
        elif self.sends_code and not ways_to(data["phone"], data["email"]):
            self.add_error(
                "email",
                _(
                    "Nous ne pouvons pas envoyer de code à ce numéro : ajoutez un courriel ou un"
                    " téléphone portable, ou appelez-nous."
                ),
            )
        if data["contact_name"] and not data["contact_phone"]:
            self.add_error("contact_phone", _("Écrivez le téléphone de cette personne."))
        return data

    def recap(self) -> Recap:
        data = self.cleaned_data
        other = " ".join(
            part for part in (data["contact_name"], shown_phone(data["contact_phone"])) if part
        )
        rows: Recap = [
            (_("Téléphone"), shown_phone(data["phone"])),
            (_("Courriel"), data["email"]),
            (_("Joignable"), Patient.BestHours(data["best_hours"]).label),
            (_("Autre personne à contacter"), other),
        ]
        return [row for row in rows if row[1]]


class PreferencesForm(StepForm):
    slug, number = "preferences", 7
    headings = {FiledFor.SELF: _("Pour trouver le bon médecin")}

    travel_km = forms.TypedChoiceField(
        label=_("Jusqu’où pouvez-vous vous déplacer ?"),
        coerce=int,
        widget=forms.RadioSelect,
        initial=10,
        choices=[
            (5, with_hint(_("5 km"), _("La commune et ses voisines"))),
            (10, _("10 km")),
            (20, _("20 km")),
            (40, with_hint(_("40 km"), _("Plus c’est large, plus vite nous trouvons"))),
        ],
        error_messages={"required": _("Choisissez une distance.")},
    )
    spoken_languages = forms.CharField(
        label=_("Langues parlées, si ce n’est pas le français"),
        required=False,
        max_length=80,
        validators=[validate_clean_text, validate_no_nir],
    )
    words = forms.CharField(
        label=_("Quelque chose à ajouter ?"),
        required=False,
        max_length=500,
        help_text=_("500 caractères au plus. N’écrivez pas de numéro de sécurité sociale."),
        widget=forms.Textarea({"rows": 4}),
        validators=[validate_clean_text, validate_no_nir],
    )

    def recap(self) -> Recap:
        data = self.cleaned_data
        rows: Recap = [
            (_("Distance"), gettext("jusqu’à %(km)d km") % {"km": data["travel_km"]}),
            (_("Langues"), data["spoken_languages"]),
            (_("Dans vos mots"), data["words"]),
        ]
        return [row for row in rows if row[1]]


class ConsentForm(StepForm):
    slug, number = "accord", 8
    headings = {
        FiledFor.SELF: _("Votre accord"),
        FiledFor.CHILD: _("Votre accord, comme parent ou responsable"),
        FiledFor.RELATIVE: _("L’accord de votre proche"),
    }
    lead = _("Avant de terminer, voici ce que nous faisons de vos réponses.")

    is_agreed = forms.BooleanField(
        label=_(
            "J’accepte que l’équipe de la CPTS garde ces réponses et les transmette au médecin qui"
            " pourrait m’accueillir."
        ),
        error_messages={
            "required": _("Sans votre accord, nous ne pouvons pas chercher : cochez la case.")
        },
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.filed_for != FiledFor.SELF:
            self.fields["is_agreed"].label = _(
                "La personne concernée, ou son responsable, accepte que l’équipe de la CPTS garde"
                " ces réponses et les transmette au médecin qui pourrait l’accueillir."
            )


def ways_to(phone: str, email: str) -> dict[str, str]:
    """Recipient by channel, for what can be sent: no SMS to a landline nor without a provider."""
    ways: dict[str, str] = {}
    if phone and outbox.can_send(Message.Channel.SMS) and can_get_sms(phone):
        ways[Message.Channel.SMS.value] = phone
    if email:
        ways[Message.Channel.EMAIL.value] = email
    return ways


def shown_phone(phone: str) -> str:
    return format_phone(phone) if phone else ""


STEPS: dict[str, type[StepForm]] = {
    form.slug: form
    for form in (
        ForWhomForm,
        CommuneForm,
        NoGpForm,
        SituationForm,
        DatesForm,
        IdentityForm,
        ContactForm,
        PreferencesForm,
        ConsentForm,
    )
}
FIRST = ForWhomForm.slug
TOTAL = 9
"""Steps shown in the progress: the check and its code are the last."""
