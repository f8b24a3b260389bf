"""Asking to become a member: a draft, then a file that the board decides."""

from __future__ import annotations

import pghistory
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cpts_portal.core.fields import EncryptedTextField
from cpts_portal.core.models import Commune
from cpts_portal.core.scoping import CptsOwned, SameCpts
from members.models.colleges import College
from members.models.communities import Document
from members.models.memberships import Membership
from members.models.practices import Practice
from members.models.reference import Language, Profession, Skill

NOT_IN_HISTORY = [
    *("title", "first_name", "last_name", "email", "phone", "mssante", "rpps", "organisation"),
    *("other_skills", "words", "decision_reason", "code_hash", "token_hash", "key"),
]


@pghistory.track(exclude=NOT_IN_HISTORY)
class Application(CptsOwned):
    """One person's wish to join one CPTS; the charter and statutes accepted are versions."""

    class Status(models.TextChoices):
        DRAFT = "draft", _("en cours de saisie")
        SUBMITTED = "submitted", _("à examiner")
        ADMITTED = "admitted", _("admise")
        REFUSED = "refused", _("refusée")
        WITHDRAWN = "withdrawn", _("retirée")

    class Kind(models.TextChoices):
        PROFESSIONAL = "professional", _("professionnel de santé")
        PARTNER = "partner", _("partenaire")

    status = models.CharField(_("statut"), max_length=9, choices=Status, default=Status.DRAFT)
    kind = models.CharField(_("candidature"), max_length=12, choices=Kind, blank=True)
    college = models.ForeignKey(College, models.PROTECT, null=True, blank=True, related_name="+")
    title = models.CharField(_("titre"), max_length=10, blank=True)
    first_name = models.CharField(_("prénom"), max_length=60, blank=True)
    last_name = models.CharField(_("nom"), max_length=60, blank=True)
    email = models.EmailField(_("courriel"), blank=True)
    phone = models.CharField(_("téléphone"), max_length=20, blank=True)
    mssante = models.EmailField(_("adresse MSSanté"), blank=True)
    profession = models.ForeignKey(Profession, models.PROTECT, null=True, blank=True)
    rpps = models.CharField(_("RPPS"), max_length=11, blank=True)
    organisation = models.CharField(_("structure"), max_length=120, blank=True)
    skills = models.ManyToManyField(Skill, blank=True, verbose_name=_("compétences"))
    other_skills = models.CharField(_("autres compétences"), max_length=200, blank=True)
    languages = models.ManyToManyField(Language, blank=True, verbose_name=_("langues parlées"))
    words = EncryptedTextField(_("message à la CPTS"), blank=True)
    charter = models.ForeignKey(Document, models.PROTECT, null=True, blank=True, related_name="+")
    statutes = models.ForeignKey(Document, models.PROTECT, null=True, blank=True, related_name="+")
    accepted_at = models.DateTimeField(_("charte acceptée le"), null=True, blank=True)
    language = models.CharField(max_length=2, default="fr")
    key = models.UUIDField(unique=True, editable=False)
    token_hash = models.CharField(max_length=64, blank=True, editable=False)
    code_hash = models.CharField(max_length=64, blank=True, editable=False)
    code_expires_at = models.DateTimeField(null=True, blank=True)
    code_tries = models.PositiveSmallIntegerField(default=0)
    codes_sent = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)
    submitted_at = models.DateTimeField(_("déposée le"), null=True, blank=True)
    decided_on = models.DateField(_("décidée le"), null=True, blank=True)
    decided_by = models.ForeignKey(
        Membership, models.PROTECT, null=True, blank=True, related_name="+"
    )
    closed_at = models.DateTimeField(null=True, blank=True)
    decision_reason = EncryptedTextField(_("motif, lu du bureau seul"), blank=True)
    ratified_on = models.DateField(_("ratifiée le"), null=True, blank=True)
    membership = models.OneToOneField(
        Membership, models.PROTECT, null=True, blank=True, related_name="application"
    )

    class Meta(CptsOwned.Meta):
        verbose_name = _("candidature")
        ordering = ["submitted_at"]
        constraints = [
            *CptsOwned.Meta.constraints,
            SameCpts(name="application_college_same_cpts", field="college"),
            SameCpts(name="application_charter_same_cpts", field="charter"),
            SameCpts(name="application_statutes_same_cpts", field="statutes"),
            SameCpts(name="application_decider_same_cpts", field="decided_by"),
            SameCpts(name="application_membership_same_cpts", field="membership"),
            models.CheckConstraint(
                name="application_submitted_is_whole",
                condition=Q(status="draft", submitted_at=None)
                | Q(
                    ~Q(kind=""),
                    ~Q(email=""),
                    ~Q(status="draft"),
                    submitted_at__isnull=False,
                    accepted_at__isnull=False,
                ),
            ),
            models.CheckConstraint(
                name="application_professional_has_profession",
                condition=Q(status="draft") | ~Q(kind="professional") | Q(profession__isnull=False),
            ),
            models.CheckConstraint(
                name="application_rpps_has_11_digits",
                condition=Q(rpps="") | Q(rpps__regex=r"^[0-9]{11}$"),
            ),
            models.CheckConstraint(
                name="application_decided_by_somebody_some_day",
                condition=Q(
                    ~Q(status__in=["admitted", "refused"]), decided_on=None, decided_by=None
                )
                | Q(
                    status__in=["admitted", "refused"],
                    decided_on__isnull=False,
                    decided_by__isnull=False,
                ),
            ),
            models.CheckConstraint(
                name="application_admitted_makes_a_member",
                condition=Q(status="admitted", membership__isnull=False)
                | Q(~Q(status="admitted"), membership=None, ratified_on=None),
            ),
            models.CheckConstraint(
                name="application_closed_has_its_time",
                condition=Q(status__in=["draft", "submitted"], closed_at=None)
                | Q(~Q(status__in=["draft", "submitted"]), closed_at__isnull=False),
            ),
            models.UniqueConstraint(
                Lower("email"),
                "cpts",
                name="application_one_waiting_per_email",
                condition=Q(status="submitted"),
                violation_error_message=_("Une candidature attend déjà avec ce courriel."),
            ),
            models.UniqueConstraint(
                name="application_one_waiting_per_rpps",
                fields=["cpts", "rpps"],
                condition=Q(status="submitted") & ~Q(rpps=""),
                violation_error_message=_("Une candidature attend déjà avec ce numéro RPPS."),
            ),
            models.UniqueConstraint(
                name="application_token_once",
                fields=["token_hash"],
                condition=~Q(token_hash=""),
            ),
        ]
        indexes = [models.Index(name="application_waiting", fields=["cpts", "status"])]

    def __str__(self) -> str:
        return f"candidature {self.pk}"

    @property
    def full_name(self) -> str:
        return " ".join(part for part in (self.title, self.first_name, self.last_name) if part)

    @property
    def reference(self) -> str:
        """« A-2026-0042 »: what one says on the telephone; it opens nothing."""
        begun = timezone.localtime(self.submitted_at or self.created_at)
        return f"A-{begun.year}-{self.pk:04d}"


class ApplicationPlace(CptsOwned):
    """Where the applicant works: a known practice, or a new one in her words.

    `hours` is a list of [ISO weekday, opens, closes], in minutes since midnight.
    """

    application = models.ForeignKey(Application, models.CASCADE, related_name="places")
    practice = models.ForeignKey(Practice, models.CASCADE, null=True, blank=True)
    name = models.CharField(_("nom"), max_length=120, blank=True)
    kind = models.CharField(
        _("type"), max_length=14, choices=Practice.Kind, default=Practice.Kind.SURGERY
    )
    address = models.CharField(_("adresse"), max_length=200, blank=True)
    commune = models.ForeignKey(Commune, models.PROTECT, null=True, blank=True)
    phone = models.CharField(_("téléphone"), max_length=20, blank=True)
    finess = models.CharField(_("FINESS"), max_length=9, blank=True)
    hours = models.JSONField(_("horaires"), default=list, blank=True)
    is_wheelchair_accessible = models.BooleanField(_("accès fauteuil"), default=False)
    does_home_visits = models.BooleanField(_("visites à domicile"), default=False)

    class Meta(CptsOwned.Meta):
        verbose_name = _("lieu d’exercice déclaré")
        ordering = ["pk"]
        constraints = [
            *CptsOwned.Meta.constraints,
            SameCpts(name="application_place_application_same_cpts", field="application"),
            SameCpts(name="application_place_practice_same_cpts", field="practice"),
            models.CheckConstraint(
                name="application_place_known_or_described",
                condition=Q(practice__isnull=False)
                | Q(name__gt="", address__gt="", commune__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.name or str(self.practice)
