"""Who accompanies whom, what a newcomer says of herself, steps and aids."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cpts_portal.core.forms import DayField, PortalForm
from cpts_portal.core.identifiers import validate_clean_text, validate_no_nir
from members.forms.delegations import MemberChoiceField
from members.models import InstallationAid, Membership, Welcome, WelcomeStep
from members.queries import newcomers as queries

CHECKED = [validate_clean_text, validate_no_nir]
STEP_FIELDS = ("label", "hint", "url", "position", "is_active")
AID_FIELDS = ("title", "giver", "body", "url", "checked_on", "position", "is_active")
SAFE_LINK = RegexValidator(
    r"\A(?:/(?!/)|https://)[^\s\\]*\Z",
    _("Écrivez une page du portail, qui commence par « / », ou une adresse en https://."),
    code="link",
)


class NewcomerForm(PortalForm):
    """Whose path is opened."""

    member = MemberChoiceField(
        Membership.objects.none(),
        label=_("Ouvrir un parcours pour"),
        empty_label=_("Choisir un membre"),
        error_messages={"required": _("Choisissez un membre.")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        members: Any = self.fields["member"]
        members.queryset = queries.without_path(timezone.localdate())


class MentorForm(PortalForm):
    mentor = MemberChoiceField(
        Membership.objects.none(),
        label=_("Référent"),
        help_text=_(
            "Un membre qui l’accompagne ses premières semaines ; un courriel l’en avertit."
        ),
        empty_label=_("Personne pour le moment"),
        required=False,
    )

    def __init__(self, *args: Any, welcome: Welcome, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        mentors: Any = self.fields["mentor"]
        mentors.queryset = queries.possible_mentors(welcome)


class ConsentForm(PortalForm):
    may_introduce = forms.BooleanField(
        label=_("Me présenter aux membres qui exercent près de moi"),
        help_text=_("Un seul courriel : votre nom, votre profession, votre lieu d’exercice."),
        required=False,
    )
    words = forms.CharField(
        label=_("Quelques mots pour vous présenter"),
        required=False,
        max_length=300,
        validators=CHECKED,
        widget=forms.Textarea({"rows": 3}),
    )


class WelcomeStepForm(PortalForm):
    label = forms.CharField(
        label=_("Étape"),
        help_text=_("Un geste, par exemple « Compléter mon profil »."),
        max_length=120,
        validators=CHECKED,
        error_messages={"required": _("Écrivez ce qu’il y a à faire.")},
    )
    hint = forms.CharField(label=_("Aide"), required=False, max_length=300, validators=CHECKED)
    url = forms.CharField(
        label=_("Lien"), required=False, max_length=300, validators=[validate_clean_text, SAFE_LINK]
    )
    position = forms.IntegerField(label=_("Ordre"), min_value=0, max_value=999, initial=0)
    is_active = forms.BooleanField(label=_("En usage"), required=False, initial=True)


class InstallationAidForm(PortalForm):
    title = forms.CharField(
        label=_("Aide"),
        max_length=120,
        validators=CHECKED,
        error_messages={"required": _("Nommez l’aide.")},
    )
    giver = forms.CharField(
        label=_("Versée par"),
        max_length=120,
        validators=CHECKED,
        error_messages={"required": _("Dites qui la verse.")},
    )
    body = forms.CharField(
        label=_("Pour qui, combien, comment"),
        max_length=1500,
        validators=CHECKED,
        widget=forms.Textarea({"rows": 5}),
        error_messages={"required": _("Dites pour qui, combien et comment la demander.")},
    )
    url = forms.URLField(
        label=_("Site"),
        required=False,
        max_length=200,
        assume_scheme="https",
        error_messages={"invalid": _("Cette adresse n’est pas complète : https://www.ameli.fr.")},
    )
    checked_on = DayField(label=_("Vérifiée le"))
    position = forms.IntegerField(label=_("Ordre"), min_value=0, max_value=999, initial=0)
    is_active = forms.BooleanField(label=_("En cours"), required=False, initial=True)

    def clean_checked_on(self) -> date:
        checked_on: date = self.cleaned_data["checked_on"]
        if checked_on > timezone.localdate():
            raise ValidationError(gettext("Ce jour n’est pas encore venu."), code="future")
        return checked_on


def step_values(step: WelcomeStep) -> dict[str, Any]:
    return {name: getattr(step, name) for name in STEP_FIELDS}


def aid_values(aid: InstallationAid) -> dict[str, Any]:
    """A new aid is checked today."""
    return {name: getattr(aid, name) for name in AID_FIELDS}
