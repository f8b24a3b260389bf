"""What a CPTS decides of its unscheduled care: delays, and who is the SAS."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cpts_portal.core.scoping import CptsOwned, SameCpts
from members.models import Membership


class CareTerms(CptsOwned):
    """The delays of one CPTS, in seconds; a CPTS without this row has the defaults."""

    hold_seconds = models.PositiveIntegerField(_("créneau gardé pendant"), default=300)
    usual_seconds = models.PositiveIntegerField(
        _("besoin réservé au professionnel habituel pendant"), default=900
    )
    team_seconds = models.PositiveIntegerField(_("puis à son équipe pendant"), default=1800)
    alert_seconds = models.PositiveIntegerField(
        _("coordination prévenue, sans réponse, après encore"), default=1800
    )
    offer_seconds = models.PositiveIntegerField(
        _("réponse attendue d’une personne en liste d’attente"), default=900
    )
    need_radius_km = models.PositiveSmallIntegerField(_("rayon d’un besoin, en km"), default=15)

    class Meta(CptsOwned.Meta):
        verbose_name = _("délais des soins non programmés")
        verbose_name_plural = _("délais des soins non programmés")
        constraints = [
            *CptsOwned.Meta.constraints,
            models.UniqueConstraint(name="care_terms_one_per_cpts", fields=["cpts"]),
            models.CheckConstraint(
                name="care_terms_hold_at_most_15_minutes",
                condition=Q(hold_seconds__range=(1, 900)),
            ),
            models.CheckConstraint(
                name="care_terms_offer_at_most_a_day",
                condition=Q(offer_seconds__range=(1, 86_400)),
            ),
            models.CheckConstraint(
                name="care_terms_radius_from_1_to_100",
                condition=Q(need_radius_km__range=(1, 100)),
            ),
        ]

    def __str__(self) -> str:
        return f"délais de {self.cpts}"


class SasDesk(CptsOwned):
    """A member who claims for the national service (SAS) the slots opened to it."""

    membership = models.OneToOneField(Membership, models.CASCADE, related_name="sas_desk")
    named_by = models.ForeignKey(Membership, models.PROTECT, related_name="+")
    named_at = models.DateTimeField(_("nommé le"), default=timezone.now)

    class Meta(CptsOwned.Meta):
        verbose_name = _("régulation SAS")
        constraints = [
            *CptsOwned.Meta.constraints,
            SameCpts(name="sas_desk_membership_same_cpts", field="membership"),
            SameCpts(name="sas_desk_namer_same_cpts", field="named_by"),
        ]

    def __str__(self) -> str:
        return str(self.membership)
