"""The delays of prevention: typed in hours and minutes as people say them, kept in minutes."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as now_
from django.utils.translation import gettext_lazy as _

from cpts_portal.core.forms import PortalForm
from prevention.models import PreventionTerms

MOST_HOURS = 14 * 24
MOST_NEAR_MINUTES = 24 * 60
MOST_PEOPLE = 100_000


def number(label: Any, least: int, most: int, hint: Any = "") -> forms.IntegerField:
    return forms.IntegerField(
        label=label,
        help_text=hint,
        min_value=least,
        max_value=most,
        widget=forms.NumberInput({"inputmode": "numeric", "class": "num w-5"}),
        error_messages={"required": _("Écrivez un nombre."), "invalid": _("Écrivez un nombre.")},
    )


class PreventionTermsForm(PortalForm):
    """Hours for the usual offer; minutes when the session is near."""

    offer_hours = number(
        _("Pour accepter une place libérée (heures)"),
        1,
        MOST_HOURS,
        _("Passé ce délai, la place est proposée à la personne suivante."),
    )
    near_hours = number(
        _("Une séance est proche à moins de (heures)"), 0, MOST_HOURS, _("0 : jamais.")
    )
    near_offer_minutes = number(
        _("Pour accepter une place quand la séance est proche (minutes)"), 1, MOST_NEAR_MINUTES
    )
    approval_above = number(
        _("Relecture par une seconde personne au-delà de (destinataires)"),
        0,
        MOST_PEOPLE,
        _("0 : toujours."),
    )

    @classmethod
    def told(cls, terms: PreventionTerms) -> dict[str, int]:
        """What the page begins with; a part of an hour counts as one."""
        names = ("near_hours", "near_offer_minutes", "approval_above")
        return {
            "offer_hours": -(-terms.offer_minutes // 60),
            **{name: getattr(terms, name) for name in names},
        }

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        usual, near = cleaned.get("offer_hours"), cleaned.get("near_offer_minutes")
        if usual and near and near > usual * 60:
            self.add_error(
                "near_offer_minutes",
                now_("Ce délai est plus long que le délai habituel : raccourcissez-le."),
            )
        return cleaned

    @property
    def terms(self) -> dict[str, int]:
        """What a valid form says, as the row keeps it."""
        said = dict(self.cleaned_data)
        return {"offer_minutes": said.pop("offer_hours") * 60, **said}
