"""A slot taken for a patient, and what became of it."""

from __future__ import annotations

import pghistory
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from cpts_portal.core.contacts import Contact, contact_constraints
from cpts_portal.core.scoping import CptsOwned, SameCpts
from members.models import Membership
from patients.models import GPRequest
from unscheduled_care.models.reference import Reason
from unscheduled_care.models.slots import Hold, Slot
from unscheduled_care.models.triggers import ClaimOfAKeptSlot

AgeBand = GPRequest.AgeBand


class Sex(models.TextChoices):
    FEMALE = "female", _("femme")
    MALE = "male", _("homme")


class Mobility(models.TextChoices):
    ALONE = "alone", _("vient par ses moyens")
    HELPED = "helped", _("a besoin d’être accompagné")
    HOME_BOUND = "home_bound", _("ne peut pas se déplacer")


class OwnGp(models.TextChoices):
    YES = "yes", _("a un médecin traitant")
    NO = "no", _("n’en a pas")
    AWAY = "away", _("en a un, indisponible")


class ClaimStatus(models.TextChoices):
    BOOKED = "booked", _("réservé")
    CANCELLED = "cancelled", _("annulé")
    SEEN = "seen", _("vu")
    NO_SHOW = "no_show", _("patient non venu")
    ABSENT = "absent", _("professionnel absent")
    REDIRECTED = "redirected", _("réorienté")


OUTCOMES = (ClaimStatus.SEEN, ClaimStatus.NO_SHOW, ClaimStatus.ABSENT, ClaimStatus.REDIRECTED)


@pghistory.track()
class Claim(CptsOwned):
    """A slot taken for a patient by a professional, a secretary, the desk or the SAS."""

    class Door(models.TextChoices):
        MEMBER = "member", _("professionnel")
        SECRETARY = "secretary", _("secrétariat")
        DESK = "desk", _("coordination")
        SAS = "sas", _("SAS")
        WAITING = "waiting", _("liste d’attente")
        NEED = "need", _("besoin diffusé")

    class CancelReason(models.TextChoices):
        PATIENT = "patient", _("à la demande du patient")
        ELSEWHERE = "elsewhere", _("vu ailleurs")
        BETTER = "better", _("n’en a plus besoin")
        WORSE = "worse", _("orienté en urgence")
        MISTAKE = "mistake", _("erreur de saisie")
        WITHDRAWN = "withdrawn", _("créneau retiré par le professionnel")

    slot = models.ForeignKey(Slot, models.PROTECT, related_name="claims")
    hold = models.OneToOneField(Hold, models.PROTECT, related_name="claim")
    claimer = models.ForeignKey(Membership, models.PROTECT, related_name="claims")
    door = models.CharField(_("par"), max_length=9, choices=Door, default=Door.MEMBER)
    status = models.CharField(
        _("statut"), max_length=10, choices=ClaimStatus, default=ClaimStatus.BOOKED
    )
    reason = models.ForeignKey(Reason, models.PROTECT, verbose_name=_("motif"), related_name="+")
    age_band = models.CharField(_("âge"), max_length=5, choices=AgeBand)
    sex = models.CharField(_("sexe"), max_length=6, choices=Sex, blank=True)
    mobility = models.CharField(
        _("mobilité"), max_length=10, choices=Mobility, default=Mobility.ALONE
    )
    own_gp = models.CharField(_("médecin traitant"), max_length=4, choices=OwnGp)
    has_consented = models.BooleanField(_("consentement recueilli"), default=False)
    searched_at = models.DateTimeField(_("recherche commencée le"), db_default=Now())
    claimed_at = models.DateTimeField(_("réservé le"), db_default=Now())
    sequence = models.PositiveSmallIntegerField(default=0, editable=False)
    cancelled_at = models.DateTimeField(_("annulé le"), null=True, blank=True)
    cancel_reason = models.CharField(
        _("raison de l’annulation"), max_length=9, choices=CancelReason, blank=True
    )
    outcome_at = models.DateTimeField(_("suite notée le"), null=True, blank=True)
    gp_request = models.ForeignKey(
        GPRequest, models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta(CptsOwned.Meta):
        verbose_name = _("réservation")
        ordering = ["-claimed_at", "-pk"]
        constraints = [
            *CptsOwned.Meta.constraints,
            SameCpts(name="claim_slot_same_cpts", field="slot"),
            SameCpts(name="claim_hold_same_cpts", field="hold"),
            SameCpts(name="claim_claimer_same_cpts", field="claimer"),
            SameCpts(name="claim_gp_request_same_cpts", field="gp_request"),
            models.UniqueConstraint(
                name="slot_not_claimed_twice",
                fields=["slot"],
                condition=~Q(status=ClaimStatus.CANCELLED),
                violation_error_message=_("Ce créneau vient d’être pris."),
            ),
            models.CheckConstraint(name="claim_with_consent", condition=Q(has_consented=True)),
            models.CheckConstraint(
                name="claim_cancelled_says_when_and_why",
                condition=Q(
                    status=ClaimStatus.CANCELLED, cancelled_at__isnull=False, cancel_reason__gt=""
                )
                | Q(~Q(status=ClaimStatus.CANCELLED), cancelled_at=None, cancel_reason=""),
            ),
            models.CheckConstraint(
                name="claim_outcome_has_its_time",
                condition=Q(status__in=OUTCOMES, outcome_at__isnull=False)
                | Q(~Q(status__in=OUTCOMES), outcome_at=None),
            ),
        ]
        indexes = [
            models.Index(name="claim_of_claimer", fields=["claimer", "-claimed_at"]),
            models.Index(name="claim_of_slot", fields=["slot", "status"]),
        ]
        triggers = [ClaimOfAKeptSlot(name="claim_of_a_kept_slot")]

    def __str__(self) -> str:
        return f"réservation {self.pk}"

    @property
    def is_live(self) -> bool:
        return self.status != ClaimStatus.CANCELLED


class ClaimContact(Contact):
    """Whom the claim is for; seen by claimer, offering professional, their delegates, the desk."""

    claim = models.OneToOneField(Claim, models.CASCADE, related_name="contact")

    class Meta(Contact.Meta):
        verbose_name = _("contact d’une réservation")
        constraints = [
            *Contact.Meta.constraints,
            SameCpts(name="claim_contact_claim_same_cpts", field="claim"),
            *contact_constraints("claim_contact"),
        ]
        indexes = [
            models.Index(
                name="claim_contact_by_phone",
                fields=["cpts", "phone_hash"],
                condition=~Q(phone_hash=""),
            )
        ]
