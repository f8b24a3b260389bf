"""Reference data, ledger and traces that every app writes to."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cpts_portal.core.fields import EncryptedTextField
from cpts_portal.core.search import NAME_WORDS, POSTAL_CODES
from cpts_portal.core.triggers import AppendOnly


class Commune(models.Model):
    """An INSEE commune; shared by all CPTSs, hence not scoped."""

    class Position(models.TextChoices):
        EXACT = "exact", _("exacte")
        POSTAL = "postal", _("moyenne du code postal")
        DISTRICT = "district", _("moyenne de l’arrondissement")
        NONE = "none", _("inconnue")

    insee_code = models.CharField(_("code INSEE"), max_length=5, primary_key=True)
    name = models.CharField(_("nom"), max_length=80)
    search_name = models.CharField(max_length=80, editable=False)
    department = models.CharField(_("département"), max_length=3)
    epci_name = models.CharField(_("intercommunalité"), max_length=120, blank=True)
    postal_codes = ArrayField(models.CharField(max_length=5), verbose_name=_("codes postaux"))
    population = models.PositiveIntegerField(_("population"), default=0)
    latitude = models.FloatField(null=True)
    longitude = models.FloatField(null=True)
    position = models.CharField(max_length=8, choices=Position, default=Position.NONE)

    class Meta:
        verbose_name = _("commune")
        ordering = ["name"]
        indexes = [
            GinIndex(name="commune_by_postal_code", fields=["postal_codes"]),
            models.Index(
                name="commune_by_search_name",
                fields=["search_name"],
                opclasses=["varchar_pattern_ops"],
            ),
            GinIndex(NAME_WORDS, name="commune_by_word_beginning"),
            GinIndex(POSTAL_CODES, name="commune_by_code_beginning"),
        ]
        constraints = [
            models.CheckConstraint(
                name="commune_placed_unless_position_none",
                condition=Q(position="none", latitude=None, longitude=None)
                | Q(~Q(position="none"), latitude__isnull=False, longitude__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.name


def three_days_from_now() -> datetime:
    return timezone.now() + timedelta(days=3)


class Message(models.Model):
    """The outbox ledger: one row per recipient, purpose and occurrence."""

    class Channel(models.TextChoices):
        EMAIL = "email", _("courriel")
        SMS = "sms", _("SMS")

    class Status(models.TextChoices):
        WAITING = "waiting", _("à envoyer")
        SENDING = "sending", _("en cours d’envoi")
        SENT = "sent", _("envoyé")
        FAILED = "failed", _("échec définitif")
        DROPPED = "dropped", _("devenu inutile")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    cpts = models.ForeignKey(
        settings.CPTS_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    channel = models.CharField(_("canal"), max_length=5, choices=Channel)
    purpose = models.CharField(_("objet de l’envoi"), max_length=60)
    occurrence = models.CharField(_("occurrence"), max_length=120)
    recipient = EncryptedTextField(_("destinataire"))
    recipient_hash = models.CharField(max_length=64, editable=False)
    subject_kind = models.CharField(max_length=40, blank=True)
    subject_id = models.CharField(max_length=40, blank=True)
    language = models.CharField(max_length=2, default="fr")
    title = models.CharField(_("titre"), max_length=200, blank=True)
    body = EncryptedTextField(_("texte"), blank=True)
    unsubscribe_url = models.CharField(max_length=300, blank=True)
    status = models.CharField(_("statut"), max_length=8, choices=Status, default=Status.WAITING)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    not_before = models.DateTimeField(_("pas avant"), default=timezone.now)
    leased_until = models.DateTimeField(null=True, editable=False)
    attempts = models.PositiveSmallIntegerField(_("tentatives"), default=0)
    give_up_at = models.DateTimeField(_("abandonné après"), default=three_days_from_now)
    sent_at = models.DateTimeField(_("envoyé le"), null=True, blank=True)
    provider_id = models.CharField(max_length=80, blank=True)
    error_code = models.CharField(max_length=60, blank=True)

    class Meta:
        verbose_name = _("message")
        constraints = [
            models.UniqueConstraint(
                name="message_once_per_recipient_purpose_occurrence",
                fields=["recipient_hash", "channel", "purpose", "occurrence"],
            ),
            models.CheckConstraint(
                name="message_sent_has_its_time",
                condition=Q(status="sent", sent_at__isnull=False)
                | Q(~Q(status="sent"), sent_at=None),
            ),
            models.CheckConstraint(
                name="message_leased_only_while_sending",
                condition=Q(status="sending", leased_until__isnull=False)
                | Q(~Q(status="sending"), leased_until=None),
            ),
        ]
        indexes = [
            models.Index(
                name="message_due",
                fields=["not_before", "created_at"],
                condition=Q(status__in=["waiting", "sending"]),
            ),
            models.Index(name="message_of_subject", fields=["subject_kind", "subject_id"]),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.pk}"


def behalf_column() -> models.ForeignKey[Any, Any]:
    """Whoever the delegate acted for; empty when a person acts for herself."""
    return models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("au nom de"),
    )


def behalf_is_somebody_else(table: str) -> models.CheckConstraint:
    return models.CheckConstraint(
        name=f"{table}_behalf_is_somebody_else",
        condition=Q(behalf=None) | Q(Q(by__isnull=False), ~Q(behalf=F("by"))),
    )


class AuditEntry(models.Model):
    """One state change: who, when, from, to, why. Appended by `core.audit`, edited by nobody."""

    id = models.BigAutoField(primary_key=True)
    cpts = models.ForeignKey(settings.CPTS_MODEL, models.PROTECT, null=True, related_name="+")
    subject_kind = models.CharField(max_length=40)
    subject_id = models.CharField(max_length=40)
    verb = models.CharField(max_length=40)
    source = models.CharField(max_length=20, blank=True)
    target = models.CharField(max_length=20, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    by_label = models.CharField(max_length=20)
    behalf = behalf_column()
    reason = EncryptedTextField(blank=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("trace de changement")
        indexes = [
            models.Index(name="audit_of_subject", fields=["subject_kind", "subject_id", "at"])
        ]
        constraints = [behalf_is_somebody_else("audit")]
        triggers = [AppendOnly(name="audit_is_append_only", erasable="reason")]

    def __str__(self) -> str:
        return f"{self.subject_kind} {self.subject_id} {self.verb}"


class AccessEntry(models.Model):
    """One reading of identities, append-only; only retention may delete."""

    class Purpose(models.TextChoices):
        LIST = "list", _("liste")
        OPEN = "open", _("ouverture du dossier")
        SEARCH = "search", _("recherche")
        EXPORT = "export", _("export")

    id = models.BigAutoField(primary_key=True)
    cpts = models.ForeignKey(settings.CPTS_MODEL, models.PROTECT, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    role = models.CharField(max_length=20)
    behalf = behalf_column()
    purpose = models.CharField(max_length=8, choices=Purpose)
    subject_kind = models.CharField(max_length=40, default="patients.patient")
    patient_ids = ArrayField(models.BigIntegerField())
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("trace d’accès à une identité")
        indexes = [
            GinIndex(name="access_of_patient", fields=["patient_ids"]),
            models.Index(name="access_by_time", fields=["at"]),
        ]
        constraints = [behalf_is_somebody_else("access")]
        triggers = [AppendOnly(name="access_is_append_only")]

    def __str__(self) -> str:
        return f"{self.purpose} {self.at:%Y-%m-%d %H:%M}"


class Heartbeat(models.Model):
    """The last sign of life of a process that nobody sees, such as beat."""

    name = models.CharField(max_length=40, primary_key=True)
    beaten_at = models.DateTimeField(db_default=models.functions.Now())

    def __str__(self) -> str:
        return self.name


class RetentionRun(models.Model):
    """One night's erasures by rule: the proof that the calendar is kept."""

    started_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True)
    counts = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("passage d’effacement")
        constraints = [
            models.CheckConstraint(
                name="retention_run_ends_after_it_starts",
                condition=Q(finished_at=None) | Q(finished_at__gte=F("started_at")),
            )
        ]

    def __str__(self) -> str:
        return f"{self.started_at:%Y-%m-%d}"
