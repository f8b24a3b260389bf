"""A need for which there is no slot: in line, offered in order, with a deadline."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from cpts_portal.core.contacts import Contact, contact_constraints
from cpts_portal.core.models import Commune
from cpts_portal.core.scoping import CptsOwned, SameCpts, ScopedManager
from members.models import Membership, Profession
from unscheduled_care.models.claims import AgeBand, Claim, Mobility, OwnGp, Sex
from unscheduled_care.models.reference import Act, Reason
from unscheduled_care.models.slots import Hold


class WaitingStatus(models.TextChoices):
    WAITING = "waiting", _("en attente")
    BOOKED = "booked", _("a obtenu un rendez-vous")
    LEFT = "left", _("s’est retirée")
    REMOVED = "removed", _("retirée par la coordination")
    LATE = "late", _("délai passé")


class WaitingQuerySet(models.QuerySet["WaitingEntry"]):
    def in_line_at(self, now: datetime) -> WaitingQuerySet:
        """Still waiting, in the order of arrival."""
        rows = self.filter(status=WaitingStatus.WAITING, wanted_until__gt=now)
        return rows.order_by("joined_at", "pk")


WaitingManager = ScopedManager.from_queryset(WaitingQuerySet)


class WaitingEntry(CptsOwned):
    """Somebody who waits for a slot of one profession; `joined_at` is her rank."""

    added_by = models.ForeignKey(Membership, models.PROTECT, related_name="+")
    status = models.CharField(
        _("statut"), max_length=7, choices=WaitingStatus, default=WaitingStatus.WAITING
    )
    profession = models.ForeignKey(Profession, models.PROTECT, related_name="+")
    reason = models.ForeignKey(Reason, models.PROTECT, verbose_name=_("motif"), related_name="+")
    act = models.ForeignKey(
        Act, models.PROTECT, null=True, blank=True, verbose_name=_("acte"), related_name="+"
    )
    commune = models.ForeignKey(Commune, models.PROTECT, related_name="+")
    travel_km = models.PositiveSmallIntegerField(_("peut se déplacer jusqu’à (km)"), default=15)
    age_band = models.CharField(_("âge"), max_length=5, choices=AgeBand)
    sex = models.CharField(_("sexe"), max_length=6, choices=Sex, blank=True)
    mobility = models.CharField(
        _("mobilité"), max_length=10, choices=Mobility, default=Mobility.ALONE
    )
    own_gp = models.CharField(_("médecin traitant"), max_length=4, choices=OwnGp)
    has_consented = models.BooleanField(_("consentement recueilli"), default=False)
    key = models.UUIDField(unique=True, editable=False)
    joined_at = models.DateTimeField(_("inscrite le"), db_default=Now())
    wanted_until = models.DateTimeField(_("au plus tard"))
    ended_at = models.DateTimeField(_("terminée le"), null=True, blank=True)
    claim = models.OneToOneField(
        Claim, models.PROTECT, null=True, blank=True, related_name="waiting_entry"
    )

    objects = WaitingManager()  # type: ignore[misc]

    class Meta(CptsOwned.Meta):
        verbose_name = _("attente d’un créneau")
        verbose_name_plural = _("liste d’attente")
        ordering = ["joined_at", "pk"]
        constraints = [
            *CptsOwned.Meta.constraints,
            SameCpts(name="waiting_author_same_cpts", field="added_by"),
            SameCpts(name="waiting_claim_same_cpts", field="claim"),
            models.CheckConstraint(name="waiting_with_consent", condition=Q(has_consented=True)),
            models.CheckConstraint(
                name="waiting_until_after_joining", condition=Q(wanted_until__gt=F("joined_at"))
            ),
            models.CheckConstraint(
                name="waiting_ended_has_its_time",
                condition=Q(status=WaitingStatus.WAITING, ended_at=None)
                | Q(~Q(status=WaitingStatus.WAITING), ended_at__isnull=False),
            ),
            models.CheckConstraint(
                name="waiting_booked_has_its_claim",
                condition=Q(status=WaitingStatus.BOOKED, claim__isnull=False)
                | Q(~Q(status=WaitingStatus.BOOKED), claim=None),
            ),
        ]
        indexes = [
            models.Index(
                name="waiting_in_line",
                fields=["cpts", "profession", "joined_at"],
                condition=Q(status=WaitingStatus.WAITING),
            )
        ]

    def __str__(self) -> str:
        return f"attente {self.pk}"


class WaitingContact(Contact):
    entry = models.OneToOneField(WaitingEntry, models.CASCADE, related_name="contact")

    class Meta(Contact.Meta):
        verbose_name = _("contact d’une attente")
        constraints = [
            *Contact.Meta.constraints,
            SameCpts(name="waiting_contact_entry_same_cpts", field="entry"),
            *contact_constraints("waiting_contact"),
        ]


class WaitingOffer(CptsOwned):
    """A freed slot proposed to one person of the line, kept by its hold until the deadline."""

    class Answer(models.TextChoices):
        ACCEPTED = "accepted", _("acceptée")
        DECLINED = "declined", _("déclinée")
        LATE = "late", _("sans réponse")

    entry = models.ForeignKey(WaitingEntry, models.CASCADE, related_name="offers")
    hold = models.OneToOneField(Hold, models.PROTECT, related_name="offer")
    offered_at = models.DateTimeField(_("proposée le"), db_default=Now())
    answer = models.CharField(_("réponse"), max_length=8, choices=Answer, blank=True)
    answered_at = models.DateTimeField(_("réponse le"), null=True, blank=True)

    class Meta(CptsOwned.Meta):
        verbose_name = _("proposition de créneau")
        ordering = ["-offered_at"]
        constraints = [
            *CptsOwned.Meta.constraints,
            SameCpts(name="waiting_offer_entry_same_cpts", field="entry"),
            SameCpts(name="waiting_offer_hold_same_cpts", field="hold"),
            models.UniqueConstraint(
                name="waiting_offer_one_at_a_time", fields=["entry"], condition=Q(answer="")
            ),
            models.CheckConstraint(
                name="waiting_offer_answered_has_its_time",
                condition=Q(answer="", answered_at=None)
                | Q(~Q(answer=""), answered_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"proposition {self.pk}"
