"""What a member tells of herself, and what of it everybody may see."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as now_
from django.utils.translation import gettext_lazy as _

from cpts_portal.core.forms import PhoneField, PortalForm, with_hint
from cpts_portal.core.identifiers import validate_clean_text, validate_no_nir
from cpts_portal.core.territory import fold
from members.actions.profiles import Profile
from members.models import Language, Membership, Skill

Public = Membership.PublicField
WRITTEN = ("phone", "email", "mssante", "other_skills", "wants_minutes", "wants_ads")
OPT_INS = [
    (
        Public.IDENTITY,
        with_hint(_("Nom et profession"), _("Sans eux, rien d’autre n’est montré.")),
    ),
    (Public.PRACTICE, with_hint(_("Lieux d’exercice"), _("Adresse, horaires, accès"))),
    (Public.PRACTICE_PHONE, _("Téléphone de ces lieux")),
    (Public.PHONE, with_hint(_("Ligne directe"), _("Le plus souvent réservée aux confrères"))),
    (Public.EMAIL, _("Courriel professionnel")),
    (Public.SKILLS, _("Compétences")),
    (Public.LANGUAGES, _("Langues parlées")),
]
WRONG_EMAIL = _("Cette adresse de courriel n’est pas complète : par exemple nom@cabinet.fr.")


class ContactFormPart(PortalForm):
    """How to reach a member and what she can do: written by herself, mended at the desk."""

    phone = PhoneField(label=_("Ligne directe"), required=False)
    email = forms.EmailField(
        label=_("Courriel professionnel"),
        required=False,
        max_length=254,
        error_messages={"invalid": WRONG_EMAIL},
    )
    mssante = forms.EmailField(
        label=_("Adresse MSSanté"),
        help_text=_("Par exemple prenom.nom@medecin.mssante.fr"),
        required=False,
        max_length=254,
        error_messages={"invalid": WRONG_EMAIL},
    )
    skills = forms.ModelMultipleChoiceField(
        label=_("Compétences"),
        queryset=Skill.objects.all(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    other_skills = forms.CharField(
        label=_("Autres compétences"),
        help_text=_("Séparées par des virgules."),
        required=False,
        max_length=200,
        validators=[validate_clean_text, validate_no_nir],
    )
    languages = forms.ModelMultipleChoiceField(
        label=_("Langues parlées"),
        queryset=Language.objects.all(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Skills and languages in the order of their words, É beside E."""
        super().__init__(*args, **kwargs)
        for name in ("skills", "languages"):
            field: Any = self.fields[name]
            field.choices = sorted(field.choices, key=lambda choice: fold(choice[1]))

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).lower()

    def clean_mssante(self) -> str:
        address = str(self.cleaned_data["mssante"]).lower()
        if address and "mssante" not in address.rpartition("@")[2]:
            raise ValidationError(
                now_("Une adresse MSSanté a « mssante » après le @ : celle-ci est un courriel.")
            )
        return address


class ProfileForm(ContactFormPart):
    """One's own profile; the name, the profession and the RPPS are the coordination's to change."""

    public_fields = forms.MultipleChoiceField(
        label=_("Ce que tout le monde peut voir"),
        help_text=_("Rien n’est public sans votre accord. Vous pouvez le reprendre à tout moment."),
        choices=OPT_INS,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    wants_minutes = forms.BooleanField(
        label=_("Mes 3 minutes"),
        help_text=_("Une fois par semaine, seulement ce à quoi vous pouvez répondre."),
        required=False,
    )
    wants_ads = forms.BooleanField(
        label=_("Annonces de la semaine"),
        help_text=_("Remplacements, collaborations, locaux, stages."),
        required=False,
    )

    def clean_public_fields(self) -> list[str]:
        shown: list[str] = self.cleaned_data["public_fields"]
        if shown and Public.IDENTITY not in shown:
            raise ValidationError(now_("Pour montrer le reste, montrez votre nom et profession."))
        if Public.PRACTICE_PHONE in shown and Public.PRACTICE not in shown:
            raise ValidationError(
                now_("Pour montrer le téléphone d’un lieu, montrez vos lieux d’exercice.")
            )
        return shown

    @property
    def profile(self) -> Profile:
        """What a valid form says."""
        return Profile(**self.cleaned_data)


def first_values(member: Membership) -> dict[str, Any]:
    """The form's first values; the member comes with her skills and languages."""
    return {
        **{name: getattr(member, name) for name in WRITTEN},
        "skills": list(member.skills.all()),
        "languages": list(member.languages.all()),
        "public_fields": member.public_fields,
    }
