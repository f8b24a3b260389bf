"""Recall lists of professionals' campaigns: people who agreed to be called until it is done."""

from __future__ import annotations

from uuid import uuid4

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cpts_portal.core.contacts import Contact, contact_constraints
from cpts_portal.core.fields import EncryptedTextField
from cpts_portal.core.models import Commune
from cpts_portal.core.scoping import CptsOwned, SameCpts
from members.models import Membership
from prevention.models.campaigns import Campaign
from prevention.models.reference import AgeBand


class RecallList(CptsOwned):
    """`rule` says in words who may be put on it; reminders count from `starts_on`."""

    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="recall_lists")
    title = models.CharField(_("intitulé"), max_length=120)
    rule = models.CharField(_("pour qui"), max_length=300)
    min_age = models.PositiveSmallIntegerField(_("à partir de (ans)"), null=True, blank=True)
    starts_on = models.DateField(_("rappels à partir du"))
    closed_at = models.DateTimeField(_("close le"), null=True, blank=True, editable=False)
    created_by = models.ForeignKey(Membership, models.PROTECT, related_name="+", editable=False)

    class Meta(CptsOwned.Meta):
        verbose_name = _("liste de rappel")
        verbose_name_plural = _("listes de rappel")
        ordering = ["-starts_on", "title"]
        constraints = [
            *CptsOwned.Meta.constraints,
            SameCpts(name="recall_list_campaign_same_cpts", field="campaign"),
            SameCpts(name="recall_list_author_same_cpts", field="created_by"),
            models.UniqueConstraint(
                name="recall_list_title_once",
                fields=["campaign", "title"],
                violation_error_message=_("Cette campagne a déjà une liste de ce nom."),
            ),
        ]

    def __str__(self) -> str:
        return self.title


class RecallStatus(models.TextChoices):
    PENDING = "pending", _("à faire")
    DONE = "done", _("fait")
    REFUSED = "refused", _("refusé")


class RecallEntry(CptsOwned):
    """Whoever agreed, and when; reminders stop once it is done or refused."""

    recall_list = models.ForeignKey(RecallList, models.CASCADE, related_name="entries")
    status = models.CharField(
        _("statut"), max_length=7, choices=RecallStatus, default=RecallStatus.PENDING
    )
    age_band = models.CharField(_("âge"), max_length=5, choices=AgeBand, blank=True)
    commune = models.ForeignKey(
        Commune, models.PROTECT, null=True, blank=True, verbose_name=_("commune"), related_name="+"
    )
    has_agreed = models.BooleanField(_("accord recueilli"), default=False)
    agreed_on = models.DateField(_("accord du"), default=timezone.localdate)
    person_hash = models.CharField(max_length=64, blank=True, editable=False)
    added_by = models.ForeignKey(Membership, models.PROTECT, related_name="+", editable=False)
    added_at = models.DateTimeField(default=timezone.now, editable=False)
    settled_at = models.DateTimeField(_("réglé le"), null=True, blank=True)
    key = models.UUIDField(default=uuid4, editable=False)

    class Meta(CptsOwned.Meta):
        verbose_name = _("personne à rappeler")
        verbose_name_plural = _("personnes à rappeler")
        ordering = ["added_at", "pk"]
        constraints = [
            *CptsOwned.Meta.constraints,
            SameCpts(name="recall_entry_list_same_cpts", field="recall_list"),
            SameCpts(name="recall_entry_author_same_cpts", field="added_by"),
            models.UniqueConstraint(name="recall_entry_form_once", fields=["cpts", "key"]),
            models.UniqueConstraint(
                name="recall_entry_once_per_person",
                fields=["recall_list", "person_hash"],
                condition=~Q(person_hash=""),
                violation_error_message=_("Cette personne est déjà sur la liste."),
            ),
            models.CheckConstraint(
                name="recall_entry_with_agreement", condition=Q(has_agreed=True)
            ),
            models.CheckConstraint(
                name="recall_entry_settled_has_its_time",
                condition=Q(status="pending", settled_at=None)
                | Q(~Q(status="pending"), settled_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"rappel {self.pk}"


class RecallContact(Contact):
    entry = models.OneToOneField(RecallEntry, models.CASCADE, related_name="contact")
    last_name = EncryptedTextField(_("nom"), blank=True)

    class Meta(Contact.Meta):
        verbose_name = _("contact d’une personne à rappeler")
        verbose_name_plural = _("contacts des personnes à rappeler")
        constraints = [
            *Contact.Meta.constraints,
            SameCpts(name="recall_contact_entry_same_cpts", field="entry"),
            *contact_constraints("recall_contact", last_name=""),
        ]
