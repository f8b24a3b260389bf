"""A GP's answers, in boxes."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from cpts_portal.core.forms import PortalForm
from patients.models import Referral


class DeclineForm(PortalForm):
    reason = forms.ChoiceField(
        label=_("Pourquoi"),
        choices=Referral.DeclineReason.choices,
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Choisissez une raison."),
            "invalid_choice": _("Choisissez une raison de la liste."),
        },
    )
