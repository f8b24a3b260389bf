"""What a claim's page asks: why it is cancelled, what became of it, a search for a GP."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from cpts_portal.core.contacts import Contact
from cpts_portal.core.forms import PortalForm
from patients.forms.contact import ContactForm, IdentityForm
from patients.forms.steps import FiledFor, ForWhomForm
from unscheduled_care.actions.claims import OUTCOMES
from unscheduled_care.models import Claim

REASONS = [
    (value, capfirst(label))
    for value, label in Claim.CancelReason.choices
    if value != Claim.CancelReason.WITHDRAWN
]
"""Those a person chooses; a slot that is withdrawn says so by itself."""


class CancelForm(PortalForm):
    reason = forms.ChoiceField(
        label=_("Pourquoi ?"),
        widget=forms.RadioSelect,
        choices=REASONS,
        error_messages={"required": _("Dites pourquoi ce rendez-vous est annulé.")},
    )


class OutcomeForm(PortalForm):
    """One tap; `jour` and `pour` lead back to the day it was noted from."""

    verb = forms.ChoiceField(choices=[(verb, step.label) for verb, step in OUTCOMES.items()])
    jour = forms.DateField(required=False, input_formats=["%Y-%m-%d"])
    pour = forms.IntegerField(required=False, min_value=1)

    def way_back(self) -> dict[str, Any] | None:
        """The query of « Ma journée », None when it was noted from the claim's own page."""
        day = self.cleaned_data["jour"]
        if day is None:
            return None
        query: dict[str, Any] = {"jour": day.isoformat()}
        if self.cleaned_data["pour"]:
            query["pour"] = self.cleaned_data["pour"]
        return query


class GpSearchForm(PortalForm):
    """Two ways to the same form, both with the patient's yes."""

    HERE, SEND = "here", "send"

    has_consented = forms.BooleanField(
        label=_("La personne est d’accord pour chercher un médecin traitant."),
        error_messages={"required": _("Demandez-lui son accord, puis cochez la case.")},
    )
    way = forms.ChoiceField(
        choices=[(HERE, _("Remplir avec elle")), (SEND, _("Lui envoyer le formulaire"))],
        initial=HERE,
        required=False,
        widget=forms.HiddenInput,
    )


def known_of(contact: Contact) -> dict[str, dict[str, str]]:
    """What the public form is told before its first question, by question."""
    return {
        ForWhomForm.slug: {"filed_for_whom": FiledFor.RELATIVE.value},
        IdentityForm.slug: {"first_name": contact.first_name},
        ContactForm.slug: {"phone": contact.phone, "email": contact.email},
    }
