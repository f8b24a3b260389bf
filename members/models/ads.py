"""Ads between members: replacement, collaboration, premises, internship."""

from __future__ import annotations

from datetime import date, timedelta

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cpts_portal.core.fields import EncryptedTextField
from cpts_portal.core.models import Commune
from cpts_portal.core.scoping import CptsOwned, SameCpts, ScopedManager
from members.models.memberships import Membership
from members.models.reference import Profession

LONGEST_AD = timedelta(days=180)


class AdQuerySet(models.QuerySet["Ad"]):
    def open_on(self, today: date) -> AdQuerySet:
        """On the board that day: published, not past its expiry, worker or not."""
        return self.filter(status=Ad.Status.PUBLISHED, expires_on__gte=today)


AdManager = ScopedManager.from_queryset(AdQuerySet)


class Ad(CptsOwned):
    """Something offered or sought by a member; past `expires_on` it is off the board."""

    class Status(models.TextChoices):
        PUBLISHED = "published", _("publiée")
        FILLED = "filled", _("pourvue")
        WITHDRAWN = "withdrawn", _("retirée")

    class Kind(models.TextChoices):
        REPLACEMENT = "replacement", _("remplacement")
        COLLABORATION = "collaboration", _("collaboration ou association")
        PREMISES = "premises", _("locaux")
        INTERNSHIP = "internship", _("stage")

    class Side(models.TextChoices):
        OFFER = "offer", _("propose")
        WANTED = "wanted", _("recherche")

    author = models.ForeignKey(Membership, models.CASCADE, related_name="ads")
    status = models.CharField(_("statut"), max_length=9, choices=Status, default=Status.PUBLISHED)
    kind = models.CharField(_("type"), max_length=13, choices=Kind)
    side = models.CharField(_("sens"), max_length=6, choices=Side, default=Side.OFFER)
    title = models.CharField(_("titre"), max_length=100)
    body = models.TextField(_("annonce"), max_length=1500)
    commune = models.ForeignKey(Commune, models.PROTECT, null=True, blank=True)
    profession = models.ForeignKey(Profession, models.PROTECT, null=True, blank=True)
    starts_on = models.DateField(_("du"), null=True, blank=True)
    ends_on = models.DateField(_("au"), null=True, blank=True)
    published_on = models.DateField(_("publiée le"), default=timezone.localdate)
    expires_on = models.DateField(_("visible jusqu’au"))
    closed_at = models.DateTimeField(_("close le"), null=True, blank=True)

    objects = AdManager()  # type: ignore[misc]

    class Meta(CptsOwned.Meta):
        verbose_name = _("annonce")
        ordering = ["-published_on", "-pk"]
        constraints = [
            *CptsOwned.Meta.constraints,
            SameCpts(name="ad_author_same_cpts", field="author"),
            models.CheckConstraint(
                name="ad_ends_after_it_starts",
                condition=Q(ends_on=None) | Q(starts_on__isnull=False, ends_on__gte=F("starts_on")),
            ),
            models.CheckConstraint(
                name="ad_shown_half_a_year_at_most",
                condition=Q(
                    expires_on__gte=F("published_on"),
                    expires_on__lte=F("published_on") + LONGEST_AD,
                ),
            ),
            models.CheckConstraint(
                name="ad_closed_has_its_time",
                condition=Q(status="published", closed_at=None)
                | Q(~Q(status="published"), closed_at__isnull=False),
            ),
        ]
        indexes = [models.Index(name="ad_on_the_board", fields=["cpts", "status", "expires_on"])]

    def __str__(self) -> str:
        return self.title

    def is_open(self, today: date) -> bool:
        return self.status == self.Status.PUBLISHED and self.expires_on >= today


class AdMessage(CptsOwned):
    """A word in the talk between an ad's author and one colleague; no e-mail address is shown.

    `key` comes from the form: the same click twice is one message.
    """

    ad = models.ForeignKey(Ad, models.CASCADE, related_name="messages")
    correspondent = models.ForeignKey(Membership, models.CASCADE, related_name="+")
    author = models.ForeignKey(Membership, models.CASCADE, related_name="+")
    body = EncryptedTextField(_("message"))
    key = models.UUIDField(editable=False)
    sent_at = models.DateTimeField(default=timezone.now)
    read_at = models.DateTimeField(null=True, blank=True)

    class Meta(CptsOwned.Meta):
        verbose_name = _("réponse à une annonce")
        ordering = ["sent_at", "pk"]
        constraints = [
            *CptsOwned.Meta.constraints,
            SameCpts(name="ad_message_ad_same_cpts", field="ad"),
            SameCpts(name="ad_message_correspondent_same_cpts", field="correspondent"),
            SameCpts(name="ad_message_author_same_cpts", field="author"),
            models.UniqueConstraint(
                name="ad_message_once_per_form", fields=["ad", "correspondent", "key"]
            ),
        ]
        indexes = [models.Index(name="ad_talk", fields=["ad", "correspondent", "sent_at"])]

    def __str__(self) -> str:
        return f"réponse {self.pk}"
