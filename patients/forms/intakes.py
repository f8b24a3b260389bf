"""A GP's terms for new patients."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from cpts_portal.core.forms import PortalForm
from patients.forms.triage import ComingDayField

QUOTA_AT_MOST = 200
RADIUS_AT_MOST = 100


class IntakeForm(PortalForm):
    monthly_quota = forms.IntegerField(
        label=_("Nouveaux patients par mois"),
        help_text=_("0 : vous ne recevez aucune proposition."),
        min_value=0,
        max_value=QUOTA_AT_MOST,
        widget=forms.NumberInput({"inputmode": "numeric", "class": "num w-5"}),
        error_messages={
            "required": _("Écrivez un nombre, 0 compris."),
            "invalid": _("Écrivez un nombre entier, par exemple 3."),
            "min_value": _("Le plus petit nombre possible est 0."),
            "max_value": _("Au plus 200 nouveaux patients par mois."),
        },
    )
    radius_km = forms.IntegerField(
        label=_("Rayon autour de votre lieu principal, en km"),
        min_value=1,
        max_value=RADIUS_AT_MOST,
        widget=forms.NumberInput({"inputmode": "numeric", "class": "num w-5"}),
        error_messages={
            "required": _("Écrivez un nombre de kilomètres."),
            "invalid": _("Écrivez un nombre entier, par exemple 10."),
            "min_value": _("Le rayon est d’au moins 1 km."),
            "max_value": _("Le rayon est d’au plus 100 km."),
        },
    )
    takes_ald = forms.BooleanField(
        label=_("Personnes en affection de longue durée (ALD)"), required=False
    )
    takes_children = forms.BooleanField(label=_("Enfants de moins de 16 ans"), required=False)
    takes_home_visits = forms.BooleanField(label=_("Visites à domicile"), required=False)
    takes_psychiatric = forms.BooleanField(label=_("Suivi psychiatrique"), required=False)
    paused_until = ComingDayField(
        label=_("En pause jusqu’au"),
        help_text=_("Aucune proposition jusqu’à cette date comprise."),
        required=False,
    )
