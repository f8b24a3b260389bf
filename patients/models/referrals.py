"""A GP's private terms, and the requests proposed to him."""

from __future__ import annotations

from typing import Any

import pghistory
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cpts_portal.core.scoping import CptsOwned, SameCpts, ScopedManager
from members.models import Membership
from patients.models.requests import GPRequest


@pghistory.track()
class Intake(CptsOwned):
    """A GP's private terms for taking new patients; nobody is ranked by them."""

    membership = models.OneToOneField(Membership, models.CASCADE, related_name="intake")
    monthly_quota = models.PositiveSmallIntegerField(_("nouveaux patients par mois"), default=0)
    radius_km = models.PositiveSmallIntegerField(_("rayon, en km"), default=10)
    takes_ald = models.BooleanField(_("accepte les ALD"), default=True)
    takes_children = models.BooleanField(_("accepte les enfants"), default=True)
    takes_home_visits = models.BooleanField(_("fait des visites à domicile"), default=False)
    takes_psychiatric = models.BooleanField(_("accepte les suivis psychiatriques"), default=True)
    paused_until = models.DateField(_("en pause jusqu’au"), null=True, blank=True)
    updated_at = models.DateTimeField(default=timezone.now)

    class Meta(CptsOwned.Meta):
        verbose_name = _("capacité d’accueil")
        verbose_name_plural = _("capacités d’accueil")
        constraints = [
            *CptsOwned.Meta.constraints,
            SameCpts(name="intake_membership_same_cpts", field="membership"),
            models.CheckConstraint(
                name="intake_quota_at_most_200", condition=Q(monthly_quota__lte=200)
            ),
            models.CheckConstraint(
                name="intake_radius_from_1_to_100", condition=Q(radius_km__range=(1, 100))
            ),
        ]

    def __str__(self) -> str:
        return f"capacité {self.pk}"


class ReferralStatus(models.TextChoices):
    PROPOSED = "proposed", _("proposée")
    RESERVED = "reserved", _("réservée")
    ACCEPTED = "accepted", _("acceptée")
    DECLINED = "declined", _("déclinée")
    EXPIRED = "expired", _("sans réponse")
    TAKEN_BACK = "taken_back", _("reprise par la coordination")


LIVE = (ReferralStatus.PROPOSED, ReferralStatus.RESERVED)
HOLDING = (*LIVE, ReferralStatus.ACCEPTED)


class ReferralQuerySet(models.QuerySet["Referral"]):
    def live_at(self, now: Any) -> ReferralQuerySet:
        """Waiting for the GP's answer and still within the deadline."""
        return self.filter(status__in=LIVE, expires_at__gt=now)

    def late_at(self, now: Any) -> ReferralQuerySet:
        return self.filter(status__in=LIVE, expires_at__lte=now)

    def holding(self) -> ReferralQuerySet:
        return self.filter(status__in=HOLDING)


ReferralManager = ScopedManager.from_queryset(ReferralQuerySet)


@pghistory.track()
class Referral(CptsOwned):
    """One request proposed to one GP; past `expires_at` it counts as returned, worker or not."""

    class DeclineReason(models.TextChoices):
        FULL = "full", _("plus de place ce mois-ci")
        TOO_FAR = "too_far", _("trop loin")
        PROFILE = "profile", _("suivi qui ne correspond pas à ma pratique")
        KNOWN = "known", _("relation de soin impossible avec cette personne")
        ABSENT = "absent", _("absence ou congé")
        OTHER = "other", _("autre raison")

    request = models.ForeignKey(GPRequest, models.CASCADE, related_name="referrals")
    gp = models.ForeignKey(Membership, models.PROTECT, related_name="referrals")
    status = models.CharField(
        _("statut"), max_length=10, choices=ReferralStatus, default=ReferralStatus.PROPOSED
    )
    distance_km = models.FloatField(_("distance, en km"), null=True)
    proposed_by = models.ForeignKey(Membership, models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField(_("proposée le"), default=timezone.now)
    expires_at = models.DateTimeField(_("réponse attendue avant"))
    reserved_at = models.DateTimeField(_("réservée le"), null=True, blank=True)
    answered_at = models.DateTimeField(_("réponse le"), null=True, blank=True)
    decline_reason = models.CharField(_("raison"), max_length=8, choices=DeclineReason, blank=True)

    objects = ReferralManager()  # type: ignore[misc]

    class Meta(CptsOwned.Meta):
        verbose_name = _("orientation")
        constraints = [
            *CptsOwned.Meta.constraints,
            SameCpts(name="referral_request_same_cpts", field="request"),
            SameCpts(name="referral_gp_same_cpts", field="gp"),
            SameCpts(name="referral_proposer_same_cpts", field="proposed_by"),
            models.UniqueConstraint(
                name="referral_one_holding_per_request",
                fields=["request"],
                condition=Q(status__in=HOLDING),
                violation_error_message=_("Cette demande est déjà proposée à un médecin."),
            ),
            models.CheckConstraint(
                name="referral_answered_once_not_live",
                condition=Q(status__in=LIVE, answered_at=None)
                | Q(~Q(status__in=LIVE), answered_at__isnull=False),
            ),
            models.CheckConstraint(
                name="referral_reserved_has_its_time",
                condition=~Q(status__in=[ReferralStatus.RESERVED, ReferralStatus.ACCEPTED])
                | Q(reserved_at__isnull=False),
            ),
            models.CheckConstraint(
                name="referral_declined_says_why",
                condition=Q(status=ReferralStatus.DECLINED, decline_reason__gt="")
                | Q(~Q(status=ReferralStatus.DECLINED), decline_reason=""),
            ),
            models.CheckConstraint(
                name="referral_expires_after_proposal",
                condition=Q(expires_at__gt=F("proposed_at")),
            ),
        ]
        indexes = [
            models.Index(name="referral_of_gp", fields=["gp", "status", "-proposed_at"]),
            models.Index(
                name="referral_deadline",
                fields=["cpts", "expires_at"],
                condition=Q(status__in=LIVE),
            ),
        ]

    def __str__(self) -> str:
        return f"orientation {self.pk}"

    def is_late_at(self, now: Any) -> bool:
        """Unanswered past its deadline: returned to the queue, tidied or not."""
        return self.status in LIVE and self.expires_at <= now

    @property
    def is_identity_open(self) -> bool:
        """The GP sees who it is from the moment he reserves, and keeps it if he accepts."""
        return self.status in (ReferralStatus.RESERVED, ReferralStatus.ACCEPTED)
