"""Keys given to people: delegations, invitations, a second factor taken off."""

from __future__ import annotations

from datetime import date, datetime

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cpts_portal.core.scoping import CptsOwned, SameCpts
from members.models.memberships import Membership
from members.models.periods import days_of


class Delegation(CptsOwned):
    """`delegate` acts for `principal` until a day; every act is traced to both."""

    principal = models.ForeignKey(Membership, models.CASCADE, related_name="delegations_given")
    delegate = models.ForeignKey(Membership, models.CASCADE, related_name="delegations_held")
    starts_on = models.DateField(_("du"), default=timezone.localdate)
    ends_on = models.DateField(_("au"))
    granted_by = models.ForeignKey(Membership, models.PROTECT, related_name="+")
    granted_at = models.DateTimeField(default=timezone.now)
    revoked_at = models.DateTimeField(_("retirée le"), null=True, blank=True)
    revoked_by = models.ForeignKey(
        Membership, models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta(CptsOwned.Meta):
        verbose_name = _("délégation")
        ordering = ["-starts_on"]
        constraints = [
            *CptsOwned.Meta.constraints,
            SameCpts(name="delegation_principal_same_cpts", field="principal"),
            SameCpts(name="delegation_delegate_same_cpts", field="delegate"),
            SameCpts(name="delegation_granter_same_cpts", field="granted_by"),
            SameCpts(name="delegation_revoker_same_cpts", field="revoked_by"),
            models.CheckConstraint(
                name="delegation_never_to_oneself",
                condition=~Q(principal=F("delegate")),
                violation_error_message=_("On ne se délègue rien à soi-même."),
            ),
            models.CheckConstraint(
                name="delegation_ends_after_it_starts",
                condition=Q(ends_on__gte=F("starts_on")),
            ),
            models.CheckConstraint(
                name="delegation_revoked_by_somebody",
                condition=Q(revoked_at=None, revoked_by=None)
                | Q(revoked_at__isnull=False, revoked_by__isnull=False),
            ),
            ExclusionConstraint(
                name="delegation_once_at_a_time",
                expressions=[
                    ("principal", RangeOperators.EQUAL),
                    ("delegate", RangeOperators.EQUAL),
                    (days_of(), RangeOperators.OVERLAPS),
                ],
                condition=Q(revoked_at=None),
                violation_error_message=_("Cette délégation existe déjà à ces dates."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.delegate} pour {self.principal}"

    def is_running(self, today: date) -> bool:
        return self.revoked_at is None and self.starts_on <= today <= self.ends_on


class Invitation(CptsOwned):
    """The key that lets a member take her account: one use, one week, one live per member."""

    membership = models.ForeignKey(Membership, models.CASCADE, related_name="invitations")
    email = models.EmailField(_("courriel"))
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    created_by = models.ForeignKey(
        Membership, models.PROTECT, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(_("envoyée le"), default=timezone.now)
    expires_at = models.DateTimeField(_("valable jusqu’au"))
    accepted_at = models.DateTimeField(_("acceptée le"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("retirée le"), null=True, blank=True)

    class Meta(CptsOwned.Meta):
        verbose_name = _("invitation")
        ordering = ["-created_at"]
        constraints = [
            *CptsOwned.Meta.constraints,
            SameCpts(name="invitation_membership_same_cpts", field="membership"),
            SameCpts(name="invitation_author_same_cpts", field="created_by"),
            models.UniqueConstraint(
                name="invitation_one_live_per_member",
                fields=["membership"],
                condition=Q(accepted_at=None, revoked_at=None),
            ),
            models.CheckConstraint(
                name="invitation_accepted_or_revoked",
                condition=Q(accepted_at=None) | Q(revoked_at=None),
            ),
            models.CheckConstraint(
                name="invitation_expires_after_creation",
                condition=Q(expires_at__gt=F("created_at")),
            ),
        ]

    def __str__(self) -> str:
        return f"invitation {self.pk}"

    def is_open_at(self, now: datetime) -> bool:
        return self.accepted_at is None and self.revoked_at is None and self.expires_at > now


class FactorReset(CptsOwned):
    """A lost second factor taken off an account: two people, neither of them its owner."""

    class Reason(models.TextChoices):
        LOST = "lost", _("téléphone perdu")
        STOLEN = "stolen", _("téléphone volé")
        CHANGED = "changed", _("téléphone changé")
        BROKEN = "broken", _("téléphone hors d’usage")

    class Proof(models.TextChoices):
        CALLED_BACK = "called_back", _("rappel sur sa ligne connue")
        IN_PERSON = "in_person", _("en personne")
        VIDEO = "video", _("en visioconférence")

    membership = models.ForeignKey(Membership, models.CASCADE, related_name="factor_resets")
    reason = models.CharField(_("motif"), max_length=8, choices=Reason)
    proof = models.CharField(_("identité vérifiée"), max_length=12, choices=Proof)
    opened_by = models.ForeignKey(Membership, models.PROTECT, related_name="+")
    opened_at = models.DateTimeField(_("demandée le"), default=timezone.now)
    expires_at = models.DateTimeField(_("à confirmer avant"))
    confirmed_by = models.ForeignKey(
        Membership, models.PROTECT, null=True, blank=True, related_name="+"
    )
    confirmed_at = models.DateTimeField(_("confirmée le"), null=True, blank=True)
    cancelled_at = models.DateTimeField(_("annulée le"), null=True, blank=True)

    class Meta(CptsOwned.Meta):
        verbose_name = _("remise à zéro de la deuxième protection")
        ordering = ["-opened_at"]
        constraints = [
            *CptsOwned.Meta.constraints,
            SameCpts(name="factor_reset_membership_same_cpts", field="membership"),
            SameCpts(name="factor_reset_opener_same_cpts", field="opened_by"),
            SameCpts(name="factor_reset_confirmer_same_cpts", field="confirmed_by"),
            models.CheckConstraint(
                name="factor_reset_by_two_people",
                condition=Q(confirmed_by=None) | ~Q(confirmed_by=F("opened_by")),
            ),
            models.CheckConstraint(
                name="factor_reset_never_ones_own",
                condition=~Q(membership=F("opened_by"))
                & (Q(confirmed_by=None) | ~Q(membership=F("confirmed_by"))),
            ),
            models.CheckConstraint(
                name="factor_reset_confirmed_by_somebody",
                condition=Q(confirmed_at=None, confirmed_by=None)
                | Q(confirmed_at__isnull=False, confirmed_by__isnull=False, cancelled_at=None),
            ),
            models.UniqueConstraint(
                name="factor_reset_one_live_per_member",
                fields=["membership"],
                condition=Q(confirmed_at=None, cancelled_at=None),
            ),
        ]

    def __str__(self) -> str:
        return f"remise à zéro {self.pk}"
