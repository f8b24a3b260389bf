"""A membership's years, and what was paid for them."""

from __future__ import annotations

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cpts_portal.core.scoping import CptsOwned, SameCpts
from members.models.colleges import College
from members.models.memberships import Membership
from members.models.periods import days_of


class Subscription(CptsOwned):
    """One year of one membership: due when opened, paid when a treasurer says so.

    A fee of nought is paid by opening it. `receipt_number` is given once, and kept if the payment
    is taken back.
    """

    class Means(models.TextChoices):
        TRANSFER = "transfer", _("virement")
        CHEQUE = "cheque", _("chèque")
        CASH = "cash", _("espèces")
        CARD = "card", _("carte bancaire")
        FREE = "free", _("gratuit")
        WAIVED = "waived", _("exonération")

    membership = models.ForeignKey(Membership, models.CASCADE, related_name="subscriptions")
    college = models.ForeignKey(College, models.PROTECT, related_name="+")
    starts_on = models.DateField(_("du"))
    ends_on = models.DateField(_("au"))
    fee = models.DecimalField(_("cotisation, en euros"), max_digits=7, decimal_places=2)
    opened_at = models.DateTimeField(_("ouverte le"), default=timezone.now)
    paid_on = models.DateField(_("payée le"), null=True, blank=True)
    means = models.CharField(_("moyen"), max_length=8, choices=Means, blank=True, default="")
    recorded_by = models.ForeignKey(
        Membership, models.PROTECT, null=True, blank=True, related_name="+"
    )
    recorded_at = models.DateTimeField(_("notée le"), null=True, blank=True)
    receipt_number = models.CharField(_("numéro de reçu"), max_length=12, blank=True, default="")

    class Meta(CptsOwned.Meta):
        verbose_name = _("cotisation")
        ordering = ["-starts_on"]
        constraints = [
            *CptsOwned.Meta.constraints,
            SameCpts(name="subscription_membership_same_cpts", field="membership"),
            SameCpts(name="subscription_college_same_cpts", field="college"),
            SameCpts(name="subscription_recorder_same_cpts", field="recorded_by"),
            ExclusionConstraint(
                name="subscription_periods_do_not_overlap",
                expressions=[
                    ("membership", RangeOperators.EQUAL),
                    (days_of(), RangeOperators.OVERLAPS),
                ],
                violation_error_message=_("Cette période est déjà ouverte."),
            ),
            models.CheckConstraint(
                name="subscription_ends_after_it_starts", condition=Q(ends_on__gte=F("starts_on"))
            ),
            models.CheckConstraint(name="subscription_fee_not_negative", condition=Q(fee__gte=0)),
            models.CheckConstraint(
                name="subscription_paid_whole_or_not_at_all",
                condition=Q(paid_on=None, means="", recorded_at=None, recorded_by=None)
                | Q(paid_on__isnull=False, means__gt="", recorded_at__isnull=False),
            ),
            models.CheckConstraint(
                name="subscription_free_means_nought",
                condition=~Q(means="free") | Q(fee=0),
            ),
            models.UniqueConstraint(
                name="subscription_receipt_number_once",
                fields=["cpts", "receipt_number"],
                condition=~Q(receipt_number=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.starts_on:%Y-%m-%d} – {self.ends_on:%Y-%m-%d}"

    @property
    def is_paid(self) -> bool:
        return self.paid_on is not None


class ReceiptCounter(CptsOwned):
    """The last receipt given in a CPTS's year, so that 2026-0012 is followed by 2026-0013."""

    year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField(default=0)

    class Meta(CptsOwned.Meta):
        constraints = [
            *CptsOwned.Meta.constraints,
            models.UniqueConstraint(name="receipt_counter_once_a_year", fields=["cpts", "year"]),
        ]

    def __str__(self) -> str:
        return f"{self.year}-{self.last:04d}"
