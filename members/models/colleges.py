"""The kinds of members that the statutes tell apart."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cpts_portal.core.scoping import CptsOwned


def default_reminder_days() -> list[int]:
    return [30, 0, -30]


class College(CptsOwned):
    """A kind of member, as the statutes define it: who votes, what it costs, how late one may be.

    `reminder_days` counts days before the end of a period; below nought, after it.
    """

    class Kind(models.TextChoices):
        FOUNDERS = "founders", _("membres fondateurs")
        MEMBERS = "members", _("membres actifs")
        PARTNERS = "partners", _("partenaires")

    class Cycle(models.TextChoices):
        CALENDAR = "calendar", _("année civile")
        ANNIVERSARY = "anniversary", _("douze mois, de date à date")

    name = models.CharField(_("collège"), max_length=80)
    kind = models.CharField(_("type"), max_length=8, choices=Kind, default=Kind.MEMBERS)
    has_vote = models.BooleanField(_("droit de vote"), default=True)
    fee = models.DecimalField(
        _("cotisation annuelle, en euros"), max_digits=7, decimal_places=2, default=0
    )
    cycle = models.CharField(_("période"), max_length=11, choices=Cycle, default=Cycle.CALENDAR)
    grace_days = models.PositiveSmallIntegerField(
        _("délai de grâce, en jours"), default=60, validators=[MaxValueValidator(365)]
    )
    reminder_days = ArrayField(
        models.SmallIntegerField(),
        verbose_name=_("rappels de renouvellement"),
        default=default_reminder_days,
    )
    payment_help = models.TextField(_("comment payer"), max_length=500, blank=True)
    is_open = models.BooleanField(_("ouvert aux candidatures"), default=True)
    position = models.PositiveSmallIntegerField(_("ordre"), default=0)

    class Meta(CptsOwned.Meta):
        verbose_name = _("collège")
        ordering = ["position", "name"]
        constraints = [
            *CptsOwned.Meta.constraints,
            models.UniqueConstraint(
                name="college_name_once",
                fields=["cpts", "name"],
                violation_error_message=_("Un collège porte déjà ce nom."),
            ),
            models.CheckConstraint(name="college_fee_not_negative", condition=Q(fee__gte=0)),
            models.CheckConstraint(
                name="college_grace_at_most_a_year", condition=Q(grace_days__lte=365)
            ),
        ]

    def __str__(self) -> str:
        return self.name
