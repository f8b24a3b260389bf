"""A person without a médecin traitant, her request, and the GPs it is proposed to."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any

import pghistory
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cpts_portal.core.fields import EncryptedTextField
from cpts_portal.core.models import Commune
from cpts_portal.core.scoping import CptsOwned, SameCpts, ScopedManager
from members.models import Cpts, Membership


class Patient(CptsOwned):
    """Identity and contact, nothing medical; every opening of it is logged."""

    class Civility(models.TextChoices):
        MRS = "mme", _("Mme")
        MR = "m", _("M.")

    class BestHours(models.TextChoices):
        ANY = "any", _("à tout moment")
        MORNING = "morning", _("le matin")
        AFTERNOON = "afternoon", _("l’après-midi")
        EVENING = "evening", _("après 17 h")

    civility = models.CharField(_("civilité"), max_length=3, choices=Civility, blank=True)
    first_name = models.CharField(_("prénom"), max_length=80, blank=True)
    last_name = models.CharField(_("nom"), max_length=80, blank=True)
    search_name = models.CharField(max_length=170, blank=True, editable=False)
    birth_date = models.DateField(_("date de naissance"), null=True, blank=True)
    phone = EncryptedTextField(_("téléphone"), blank=True)
    phone_hash = models.CharField(max_length=64, blank=True, editable=False)
    email = EncryptedTextField(_("courriel"), blank=True)
    email_hash = models.CharField(max_length=64, blank=True, editable=False)
    best_hours = models.CharField(
        _("joignable"), max_length=9, choices=BestHours, default=BestHours.ANY
    )
    contact_name = EncryptedTextField(_("personne à contacter"), blank=True)
    contact_phone = EncryptedTextField(_("téléphone de cette personne"), blank=True)
    language = models.CharField(max_length=2, default="fr")
    erased_at = models.DateTimeField(_("effacé le"), null=True, blank=True)

    class Meta(CptsOwned.Meta):
        verbose_name = _("patient")
        constraints = [
            *CptsOwned.Meta.constraints,
            models.CheckConstraint(
                name="patient_named_and_reachable_until_erased",
                condition=Q(erased_at__isnull=False)
                | (~Q(last_name="") & Q(birth_date__isnull=False) & (~Q(phone="") | ~Q(email=""))),
            ),
            models.CheckConstraint(
                name="patient_erased_keeps_nothing",
                condition=Q(erased_at=None)
                | Q(
                    first_name="",
                    last_name="",
                    search_name="",
                    birth_date=None,
                    phone="",
                    phone_hash="",
                    email="",
                    email_hash="",
                    contact_name="",
                    contact_phone="",
                ),
            ),
        ]
        indexes = [
            GinIndex(OpClass(F("search_name"), "gin_trgm_ops"), name="patient_by_search_name"),
            models.Index(
                name="patient_by_phone", fields=["cpts", "phone_hash"], condition=~Q(phone_hash="")
            ),
            models.Index(
                name="patient_by_email", fields=["cpts", "email_hash"], condition=~Q(email_hash="")
            ),
        ]

    def __str__(self) -> str:
        return f"patient {self.pk}"

    @property
    def display_name(self) -> str:
        if self.erased_at:
            return str(_("Identité effacée"))
        parts = (self.get_civility_display(), self.first_name, self.last_name)
        return " ".join(part for part in parts if part)

    def age_on(self, day: date) -> int | None:
        """Whole years on `day`; None once the birth date is erased."""
        born = self.birth_date
        if born is None:
            return None
        return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


class PriorityRuleSet(CptsOwned):
    """A version of the CPTS's priority rules, kept as data: `rules.score` reads `rules`.

    `rules` is a list, most urgent first, of {"class": 1-5, "when": [[fact, …], …]}: the class
    applies when every fact of one inner list holds. The facts are named in `patients.rules.FACTS`.
    """

    version = models.PositiveSmallIntegerField(_("version"))
    rules = models.JSONField(_("règles"))
    is_active = models.BooleanField(_("en vigueur"), default=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta(CptsOwned.Meta):
        verbose_name = _("règles de priorité")
        constraints = [
            *CptsOwned.Meta.constraints,
            models.UniqueConstraint(name="rule_set_version_once", fields=["cpts", "version"]),
            models.UniqueConstraint(
                name="rule_set_one_active", fields=["cpts"], condition=Q(is_active=True)
            ),
        ]

    def __str__(self) -> str:
        return f"v{self.version}"


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


class PrivateLink(CptsOwned):
    """The patient's key to her own request: 128 random bits, kept hashed, expiring, revocable."""

    request = models.ForeignKey(GPRequest, models.CASCADE, related_name="private_links")
    token_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta(CptsOwned.Meta):
        verbose_name = _("lien privé")
        constraints = [
            *CptsOwned.Meta.constraints,
            SameCpts(name="private_link_request_same_cpts", field="request"),
            models.CheckConstraint(
                name="private_link_expires_later", condition=Q(expires_at__gt=F("created_at"))
            ),
        ]

    def __str__(self) -> str:
        return f"lien {self.pk}"

    def is_valid_at(self, now: Any) -> bool:
        return self.revoked_at is None and now < self.expires_at


class RequestDraft(models.Model):
    """A public form being filled in, before any CPTS owns it; erased after 7 days unconfirmed."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    cpts = models.ForeignKey(Cpts, models.CASCADE, null=True, blank=True, related_name="+")
    answers = EncryptedTextField(_("réponses"), default="{}")
    language = models.CharField(max_length=2, default="fr")
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)
    code_hash = models.CharField(max_length=64, blank=True)
    code_expires_at = models.DateTimeField(null=True, blank=True)
    code_attempts = models.PositiveSmallIntegerField(default=0)
    codes_sent = models.PositiveSmallIntegerField(default=0)
    request = models.OneToOneField(
        GPRequest, models.CASCADE, null=True, blank=True, related_name="draft"
    )
    confirmed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("brouillon de demande")
        constraints = [
            models.CheckConstraint(
                name="draft_confirmed_became_a_request",
                condition=Q(request=None, confirmed_at=None)
                | Q(request__isnull=False, confirmed_at__isnull=False),
            ),
            models.CheckConstraint(
                name="draft_code_expires",
                condition=Q(code_hash="") | Q(code_expires_at__isnull=False),
            ),
        ]
        indexes = [models.Index(name="draft_by_age", fields=["updated_at"])]

    def __str__(self) -> str:
        return f"brouillon {self.pk}"


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
                name="referral_deadline", fields=["expires_at"], condition=Q(status__in=LIVE)
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


class Note(CptsOwned):
    """A coordinator's working note on a request; erased with the identity."""

    request = models.ForeignKey(GPRequest, models.CASCADE, related_name="notes")
    author = models.ForeignKey(Membership, models.PROTECT, related_name="+")
    body = EncryptedTextField(_("note"))
    at = models.DateTimeField(default=timezone.now)

    class Meta(CptsOwned.Meta):
        verbose_name = _("note")
        constraints = [
            *CptsOwned.Meta.constraints,
            SameCpts(name="note_request_same_cpts", field="request"),
            SameCpts(name="note_author_same_cpts", field="author"),
        ]
        indexes = [models.Index(name="note_of_request", fields=["request", "at"])]

    def __str__(self) -> str:
        return f"note {self.pk}"


class ContactAttempt(CptsOwned):
    """One try at reaching the patient; three over 30 days by two ways make her unreachable."""

    class Way(models.TextChoices):
        PHONE = "phone", _("téléphone")
        SMS = "sms", _("SMS")
        EMAIL = "email", _("courriel")
        LETTER = "letter", _("courrier")

    request = models.ForeignKey(GPRequest, models.CASCADE, related_name="attempts")
    by = models.ForeignKey(Membership, models.PROTECT, related_name="+")
    way = models.CharField(_("moyen"), max_length=6, choices=Way)
    has_answered = models.BooleanField(_("a répondu"), default=False)
    at = models.DateTimeField(default=timezone.now)

    class Meta(CptsOwned.Meta):
        verbose_name = _("tentative de contact")
        constraints = [
            *CptsOwned.Meta.constraints,
            SameCpts(name="attempt_request_same_cpts", field="request"),
            SameCpts(name="attempt_author_same_cpts", field="by"),
        ]
        indexes = [models.Index(name="attempt_of_request", fields=["request", "at"])]

    def __str__(self) -> str:
        return f"tentative {self.pk}"
