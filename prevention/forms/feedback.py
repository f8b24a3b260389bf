"""Three questions, from 1 to 5."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cpts_portal.core.forms import PortalForm
from prevention.actions.feedback import Answers

MARKS = [
    (5, _("Tout à fait")),
    (4, _("Plutôt oui")),
    (3, _("En partie")),
    (2, _("Plutôt non")),
    (1, _("Pas du tout")),
]


def _question(label: Any) -> forms.TypedChoiceField:
    return forms.TypedChoiceField(
        label=label,
        choices=MARKS,
        coerce=int,
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Choisissez une réponse."),
            "invalid_choice": _("Choisissez une réponse de la liste."),
        },
    )


class FeedbackForm(PortalForm):
    welcome = _question(_("L’accueil vous a-t-il plu ?"))
    usefulness = _question(_("Cette séance vous a-t-elle été utile ?"))
    would_recommend = _question(_("La conseilleriez-vous autour de vous ?"))

    @property
    def answers(self) -> Answers:
        """What a valid form says."""
        return Answers(**self.cleaned_data)
