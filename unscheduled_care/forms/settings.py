"""Delays typed in minutes, kept in seconds; a partner named for the SAS."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cpts_portal.core.forms import PortalForm
from members.models import Membership, Role
from unscheduled_care.models import CareTerms


def minutes(label: Any, most: int, hint: Any = "") -> forms.IntegerField:
    return forms.IntegerField(label=label, help_text=hint, min_value=1, max_value=most)


class TermsForm(PortalForm):
    """Minutes on the page; `seconds` for the action."""

    hold = minutes(
        _("Un créneau est gardé pendant (minutes)"),
        15,
        _("Le temps de poser les questions au téléphone, 15 minutes au plus."),
    )
    usual = minutes(_("Un besoin est réservé au professionnel habituel pendant (minutes)"), 1440)
    team = minutes(_("Puis à l’équipe pendant (minutes)"), 1440)
    alert = minutes(_("Sans réponse, la coordination est prévenue après encore (minutes)"), 1440)
    offer = minutes(
        _("Une personne en liste d’attente a, pour répondre (minutes)"),
        1440,
        _("Ensuite le créneau est proposé à la suivante."),
    )
    need_radius_km = forms.IntegerField(
        label=_("Un besoin est diffusé jusqu’à (km)"), min_value=1, max_value=100
    )

    SECONDS = ("hold", "usual", "team", "alert", "offer")

    @classmethod
    def told(cls, terms: CareTerms) -> dict[str, int]:
        """What the page begins with; a part of a minute counts as one."""
        told = {name: -(-getattr(terms, f"{name}_seconds") // 60) for name in cls.SECONDS}
        return {**told, "need_radius_km": terms.need_radius_km}

    def seconds(self) -> dict[str, int]:
        typed = self.cleaned_data
        kept = {f"{name}_seconds": typed[name] * 60 for name in self.SECONDS}
        return {**kept, "need_radius_km": typed["need_radius_km"]}


class SasForm(PortalForm):
    membership = forms.ModelChoiceField(
        label=_("Partenaire"), queryset=Membership.objects.none(), empty_label=_("Choisissez")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        partners = Membership.objects.current().filter(role=Role.PARTNER, sas_desk=None)
        field: Any = self.fields["membership"]
        field.queryset = partners.select_related("user").order_by("user__last_name")
