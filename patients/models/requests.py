"""One person's search, from the form to the declaration."""

from __future__ import annotations

import pghistory
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cpts_portal.core.fields import EncryptedTextField
from cpts_portal.core.models import Commune
from cpts_portal.core.scoping import CptsOwned, SameCpts, ScopedManager
from members.models import Membership
from patients.models.people import Patient
from patients.models.rule_sets import PriorityRuleSet


class Status(models.TextChoices):
    RECEIVED = "received", _("reçue")
    TO_COMPLETE = "to_complete", _("à compléter")
    QUALIFIED = "qualified", _("qualifiée")
    REFERRED = "referred", _("proposée à un médecin")
    ACCEPTED = "accepted", _("acceptée par un médecin")
    FIRST_VISIT_SET = "first_visit_set", _("premier rendez-vous fixé")
    DECLARED = "declared", _("médecin traitant déclaré")
    FOUND_ALONE = "found_alone", _("médecin trouvé seul")
    OUT_OF_AREA = "out_of_area", _("hors du territoire")
    UNREACHABLE = "unreachable", _("injoignable")
    WITHDRAWN = "withdrawn", _("retirée")
    DUPLICATE = "duplicate", _("doublon")
    MOVED = "moved", _("déménagement")
    DECEASED = "deceased", _("décès")


IN_PROGRESS = (
    Status.RECEIVED,
    Status.TO_COMPLETE,
    Status.QUALIFIED,
    Status.REFERRED,
    Status.ACCEPTED,
    Status.FIRST_VISIT_SET,
)
ENDED = tuple(state for state in Status if state not in IN_PROGRESS)
TO_HANDLE = (Status.RECEIVED, Status.TO_COMPLETE, Status.QUALIFIED)


class GPRequestQuerySet(models.QuerySet["GPRequest"]):
    def in_progress(self) -> GPRequestQuerySet:
        return self.filter(status__in=IN_PROGRESS)

    def by_rank(self) -> GPRequestQuerySet:
        """Most urgent first; inside a class the first date decides."""
        return self.order_by("rank", "first_requested_at", "pk")


GPRequestManager = ScopedManager.from_queryset(GPRequestQuerySet)


@pghistory.track(exclude=["words", "override_reason", "rank"])
class GPRequest(CptsOwned):
    """One patient's search for a médecin traitant, from the form to the declaration."""

    class Source(models.TextChoices):
        WEB = "web", _("depuis le site")
        PHONE = "phone", _("par téléphone")
        PAPER = "paper", _("sur papier")
        PARTNER = "partner", _("par un partenaire")

    class FiledFor(models.TextChoices):
        SELF = "self", _("vous-même")
        CHILD = "child", _("votre enfant")
        RELATIVE = "relative", _("un proche")

    class NoGpReason(models.TextChoices):
        RETIRED = "retired", _("médecin parti à la retraite")
        GP_MOVED = "gp_moved", _("médecin parti ailleurs")
        NEW_RESIDENT = "new_resident", _("arrivée récente")
        REFUSED = "refused", _("refus des cabinets contactés")
        TOO_FAR = "too_far", _("médecin trop éloigné")
        CHANGE = "change", _("change de médecin")
        OTHER = "other", _("autre raison")

    class AgeBand(models.TextChoices):
        UNDER_6 = "0-5", _("moins de 6 ans")
        UNDER_18 = "6-17", _("6 à 17 ans")
        UNDER_30 = "18-29", _("18 à 29 ans")
        UNDER_50 = "30-49", _("30 à 49 ans")
        UNDER_70 = "50-69", _("50 à 69 ans")
        UNDER_85 = "70-84", _("70 à 84 ans")
        OVER_84 = "85+", _("85 ans et plus")

    reference = models.CharField(_("référence"), max_length=12)
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="requests")
    status = models.CharField(_("statut"), max_length=15, choices=Status, default=Status.RECEIVED)
    source = models.CharField(_("origine"), max_length=7, choices=Source, default=Source.WEB)
    filed_for = models.CharField(
        _("demande pour"), max_length=8, choices=FiledFor, default=FiledFor.SELF
    )
    commune = models.ForeignKey(Commune, models.PROTECT, related_name="+")
    age_band = models.CharField(_("âge"), max_length=5, choices=AgeBand)
    no_gp_reason = models.CharField(
        _("pourquoi sans médecin traitant"), max_length=12, choices=NoGpReason
    )
    has_ald = models.BooleanField(_("affection de longue durée (ALD)"), default=False)
    is_pregnant = models.BooleanField(_("grossesse"), default=False)
    is_disabled = models.BooleanField(_("handicap"), default=False)
    has_c2s = models.BooleanField(_("C2S ou AME"), default=False)
    needs_end_of_life_care = models.BooleanField(_("soins palliatifs"), default=False)
    is_home_bound = models.BooleanField(_("ne peut pas se déplacer"), default=False)
    is_under_psychiatric_care = models.BooleanField(_("suivi psychiatrique"), default=False)
    left_hospital_on = models.DateField(_("sortie d’hôpital le"), null=True, blank=True)
    treatment_ends_on = models.DateField(_("traitement jusqu’au"), null=True, blank=True)
    travel_km = models.PositiveSmallIntegerField(_("peut se déplacer jusqu’à (km)"), default=10)
    spoken_languages = models.CharField(_("langues parlées"), max_length=80, blank=True)
    words = EncryptedTextField(_("dans ses mots"), blank=True)
    first_requested_at = models.DateTimeField(_("première demande le"), default=timezone.now)
    status_changed_at = models.DateTimeField(default=timezone.now, editable=False)
    closed_at = models.DateTimeField(_("terminée le"), null=True, blank=True)
    first_visit_on = models.DateField(_("premier rendez-vous le"), null=True, blank=True)
    priority = models.PositiveSmallIntegerField(_("priorité calculée"))
    priority_reasons = ArrayField(models.CharField(max_length=30), default=list, blank=True)
    rule_set = models.ForeignKey(PriorityRuleSet, models.PROTECT, related_name="+")
    priority_override = models.PositiveSmallIntegerField(
        _("priorité corrigée"), null=True, blank=True
    )
    override_reason = EncryptedTextField(_("raison de la correction"), blank=True)
    rank = models.GeneratedField(
        expression=Coalesce("priority_override", "priority"),
        output_field=models.PositiveSmallIntegerField(),
        db_persist=True,
    )
    assigned_to = models.ForeignKey(
        Membership, models.PROTECT, null=True, blank=True, related_name="assigned_requests"
    )
    call_back_on = models.DateField(_("à rappeler le"), null=True, blank=True)

    objects = GPRequestManager()  # type: ignore[misc]

    class Meta(CptsOwned.Meta):
        verbose_name = _("demande de médecin traitant")
        verbose_name_plural = _("demandes de médecin traitant")
        constraints = [
            *CptsOwned.Meta.constraints,
            SameCpts(name="gp_request_patient_same_cpts", field="patient"),
            SameCpts(name="gp_request_rule_set_same_cpts", field="rule_set"),
            SameCpts(name="gp_request_assignee_same_cpts", field="assigned_to"),
            models.UniqueConstraint(name="gp_request_reference_once", fields=["cpts", "reference"]),
            models.UniqueConstraint(
                name="gp_request_one_in_progress_per_patient",
                fields=["patient"],
                condition=Q(status__in=IN_PROGRESS),
                violation_error_message=_("Cette personne a déjà une demande en cours."),
            ),
            models.CheckConstraint(
                name="gp_request_closed_when_ended",
                condition=Q(status__in=IN_PROGRESS, closed_at=None)
                | Q(status__in=ENDED, closed_at__isnull=False),
            ),
            models.CheckConstraint(
                name="gp_request_first_visit_has_its_day",
                condition=~Q(status=Status.FIRST_VISIT_SET) | Q(first_visit_on__isnull=False),
            ),
            models.CheckConstraint(
                name="gp_request_priority_from_1_to_5",
                condition=Q(priority__range=(1, 5))
                & (Q(priority_override=None) | Q(priority_override__range=(1, 5))),
            ),
            models.CheckConstraint(
                name="gp_request_override_says_why",
                condition=Q(priority_override=None, override_reason="")
                | (Q(priority_override__isnull=False) & ~Q(override_reason="")),
            ),
            models.CheckConstraint(
                name="gp_request_ended_needs_no_call_back",
                condition=Q(status__in=IN_PROGRESS) | Q(call_back_on=None),
            ),
        ]
        indexes = [
            models.Index(
                name="gp_request_to_handle",
                fields=["cpts", "rank", "first_requested_at", "id"],
                condition=Q(status__in=TO_HANDLE),
            ),
            models.Index(
                name="gp_request_by_status",
                fields=["cpts", "status", "rank", "first_requested_at", "id"],
            ),
            models.Index(name="gp_request_latest", fields=["cpts", "-first_requested_at", "-id"]),
            models.Index(
                name="gp_request_to_call_back",
                fields=["cpts", "call_back_on"],
                condition=Q(call_back_on__isnull=False),
            ),
            models.Index(
                name="gp_request_closed", fields=["cpts", "closed_at"], condition=~Q(closed_at=None)
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def is_in_progress(self) -> bool:
        return self.status in IN_PROGRESS


class ReferenceCounter(CptsOwned):
    """The last number given in a CPTS's year, so that 2026-0418 is followed by 2026-0419."""

    year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField(default=0)

    class Meta(CptsOwned.Meta):
        constraints = [
            *CptsOwned.Meta.constraints,
            models.UniqueConstraint(name="reference_counter_once_a_year", fields=["cpts", "year"]),
        ]

    def __str__(self) -> str:
        return f"{self.year}-{self.last:04d}"
