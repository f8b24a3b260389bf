"""Members read from a file, and the public register they are compared with."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cpts_portal.core.models import Commune
from cpts_portal.core.scoping import CptsOwned, SameCpts
from members.models.memberships import Membership


class ImportBatch(CptsOwned):
    """One file of members: read, looked at, applied, and undone if it was a mistake."""

    class Status(models.TextChoices):
        UPLOADED = "uploaded", _("en lecture")
        READ = "read", _("à vérifier")
        FAILED = "failed", _("illisible")
        APPLIED = "applied", _("importé")
        UNDONE = "undone", _("annulé")
        DISCARDED = "discarded", _("abandonné")

    status = models.CharField(_("statut"), max_length=9, choices=Status, default=Status.UPLOADED)
    file = models.BinaryField(_("fichier"), null=True, blank=True)
    file_name = models.CharField(_("nom du fichier"), max_length=120)
    ignored_columns = models.JSONField(_("colonnes ignorées"), default=list, blank=True)
    error = models.CharField(_("erreur"), max_length=300, blank=True)
    created_by = models.ForeignKey(Membership, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(_("déposé le"), default=timezone.now)
    applied_at = models.DateTimeField(_("importé le"), null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta(CptsOwned.Meta):
        verbose_name = _("import de membres")
        verbose_name_plural = _("imports de membres")
        ordering = ["-created_at"]
        constraints = [
            *CptsOwned.Meta.constraints,
            SameCpts(name="import_batch_author_same_cpts", field="created_by"),
            models.CheckConstraint(
                name="import_batch_file_only_while_unread",
                condition=Q(file=None) | Q(status="uploaded"),
            ),
            models.CheckConstraint(
                name="import_batch_applied_has_its_time",
                condition=Q(status__in=["applied", "undone"], applied_at__isnull=False)
                | Q(~Q(status__in=["applied", "undone"]), applied_at=None),
            ),
        ]

    def __str__(self) -> str:
        return self.file_name


class ImportRow(CptsOwned):
    """One line of the file: what was read, what is wrong with it, what became of it."""

    class Verdict(models.TextChoices):
        READY = "ready", _("à importer")
        HOMONYM = "homonym", _("homonyme")
        DOUBLE = "double", _("déjà membre")
        WRONG = "wrong", _("à corriger")

    class Choice(models.TextChoices):
        ADD = "add", _("importer")
        SKIP = "skip", _("laisser de côté")

    batch = models.ForeignKey(ImportBatch, models.CASCADE, related_name="rows")
    line = models.PositiveIntegerField(_("ligne"))
    data = models.JSONField(default=dict)
    verdict = models.CharField(_("verdict"), max_length=7, choices=Verdict)
    problems = models.JSONField(_("problèmes"), default=list, blank=True)
    choice = models.CharField(_("choix"), max_length=4, choices=Choice, default=Choice.ADD)
    like = models.ForeignKey(Membership, models.SET_NULL, null=True, blank=True, related_name="+")
    membership = models.OneToOneField(
        Membership, models.SET_NULL, null=True, blank=True, related_name="import_row"
    )

    class Meta(CptsOwned.Meta):
        verbose_name = _("ligne d’import")
        verbose_name_plural = _("lignes d’import")
        ordering = ["line"]
        constraints = [
            *CptsOwned.Meta.constraints,
            SameCpts(name="import_row_batch_same_cpts", field="batch"),
            SameCpts(name="import_row_like_same_cpts", field="like"),
            SameCpts(name="import_row_membership_same_cpts", field="membership"),
            models.UniqueConstraint(name="import_row_line_once", fields=["batch", "line"]),
            models.CheckConstraint(
                name="import_row_wrong_is_never_added",
                condition=~Q(verdict__in=["wrong", "double"]) | Q(choice="skip", membership=None),
            ),
        ]

    def __str__(self) -> str:
        return f"ligne {self.line}"


class RppsActivity(models.Model):
    """A line of the public register (RPPS), kept for the communes of the CPTSs; shared by all.

    One row an activity: a person who works in two places has two.
    """

    rpps = models.CharField(max_length=11)
    title = models.CharField(max_length=10, blank=True)
    last_name = models.CharField(max_length=80)
    first_name = models.CharField(max_length=80, blank=True)
    search_name = models.CharField(max_length=170)
    profession_code = models.CharField(max_length=4, blank=True)
    profession_label = models.CharField(max_length=80, blank=True)
    speciality = models.CharField(max_length=120, blank=True)
    practice_name = models.CharField(max_length=200, blank=True)
    finess = models.CharField(max_length=14, blank=True)
    address = models.CharField(max_length=200, blank=True)
    postal_code = models.CharField(max_length=5, blank=True)
    commune = models.ForeignKey(Commune, models.CASCADE, related_name="+")
    phone = models.CharField(max_length=20, blank=True)
    extracted_on = models.DateField(_("extrait du"))

    class Meta:
        verbose_name = _("ligne du RPPS")
        verbose_name_plural = _("lignes du RPPS")
        indexes = [
            models.Index(name="rpps_activity_by_number", fields=["rpps"]),
            models.Index(name="rpps_activity_by_name", fields=["search_name"]),
        ]
        constraints = [
            models.CheckConstraint(
                name="rpps_activity_number_has_11_digits", condition=Q(rpps__regex=r"^[0-9]{11}$")
            )
        ]

    def __str__(self) -> str:
        return self.rpps


class RppsDifference(CptsOwned):
    """What the register says otherwise than we do about a member; approved or set aside."""

    class Field(models.TextChoices):
        LAST_NAME = "last_name", _("nom")
        FIRST_NAME = "first_name", _("prénom")
        PROFESSION = "profession", _("profession")
        PRACTICE = "practice", _("lieu d’exercice")
        ABSENT = "absent", _("absent du registre")

    class Status(models.TextChoices):
        OPEN = "open", _("à examiner")
        APPROVED = "approved", _("reprise")
        DISMISSED = "dismissed", _("écartée")

    membership = models.ForeignKey(Membership, models.CASCADE, related_name="register_differences")
    field = models.CharField(_("champ"), max_length=10, choices=Field)
    ours = models.CharField(_("chez nous"), max_length=300, blank=True)
    theirs = models.CharField(_("au RPPS"), max_length=300, blank=True)
    status = models.CharField(_("statut"), max_length=9, choices=Status, default=Status.OPEN)
    found_at = models.DateTimeField(default=timezone.now)
    decided_by = models.ForeignKey(
        Membership, models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta(CptsOwned.Meta):
        verbose_name = _("différence avec le RPPS")
        verbose_name_plural = _("différences avec le RPPS")
        ordering = ["-found_at"]
        constraints = [
            *CptsOwned.Meta.constraints,
            SameCpts(name="rpps_difference_membership_same_cpts", field="membership"),
            SameCpts(name="rpps_difference_decider_same_cpts", field="decided_by"),
            models.UniqueConstraint(
                name="rpps_difference_said_once",
                fields=["membership", "field", "theirs"],
            ),
            models.CheckConstraint(
                name="rpps_difference_decided_by_somebody",
                condition=Q(status="open", decided_by=None, decided_at=None)
                | Q(~Q(status="open"), decided_by__isnull=False, decided_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"différence {self.pk}"
