"""The delays of a CPTS, as a row."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cpts_portal.core.scoping import CptsOwned


class PreventionTerms(CptsOwned):
    """One row a CPTS; without a row these defaults hold."""

    offer_minutes = models.PositiveIntegerField(
        _("pour accepter une place libérée (minutes)"), default=24 * 60
    )
    near_hours = models.PositiveSmallIntegerField(
        _("une séance est proche à moins de (heures)"), default=48
    )
    near_offer_minutes = models.PositiveIntegerField(
        _("pour accepter une place, séance proche (minutes)"), default=120
    )
    approval_above = models.PositiveIntegerField(
        _("relecture par une seconde personne au-delà de (destinataires)"), default=50
    )

    class Meta(CptsOwned.Meta):
        verbose_name = _("délais de la prévention")
        verbose_name_plural = _("délais de la prévention")
        constraints = [
            *CptsOwned.Meta.constraints,
            models.UniqueConstraint(name="prevention_terms_once", fields=["cpts"]),
            models.CheckConstraint(
                name="prevention_terms_leave_time",
                condition=Q(
                    offer_minutes__range=(1, 20_160), near_offer_minutes__range=(1, 20_160)
                ),
            ),
        ]

    def __str__(self) -> str:
        return str(_("Délais de la prévention"))
