"""Agendas that leave and agendas that come in: times alone, no patient."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cpts_portal.core.fields import EncryptedTextField
from cpts_portal.core.scoping import CptsOwned, SameCpts
from members.models import Membership


class CalendarFeed(CptsOwned):
    """The secret address from which a professional's own calendar reads his slots."""

    membership = models.ForeignKey(Membership, models.CASCADE, related_name="calendar_feeds")
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(_("créée le"), default=timezone.now)
    revoked_at = models.DateTimeField(_("retirée le"), null=True, blank=True)

    class Meta(CptsOwned.Meta):
        verbose_name = _("adresse d’agenda")
        constraints = [
            *CptsOwned.Meta.constraints,
            SameCpts(name="calendar_feed_membership_same_cpts", field="membership"),
            models.UniqueConstraint(
                name="calendar_feed_one_live_per_member",
                fields=["membership"],
                condition=Q(revoked_at=None),
            ),
        ]

    def __str__(self) -> str:
        return f"adresse d’agenda {self.pk}"


class BusyFeed(CptsOwned):
    """The address of a professional's own calendar: whatever is busy there hides his slots."""

    class Problem(models.TextChoices):
        ADDRESS = "address", _("adresse refusée")
        AWAY = "away", _("ne répond pas")
        TOO_BIG = "too_big", _("trop volumineux")
        NOT_A_CALENDAR = "no_calendar", _("ce n’est pas un agenda")
        REFUSED = "refused", _("accès refusé")

    membership = models.OneToOneField(Membership, models.CASCADE, related_name="busy_feed")
    url = EncryptedTextField(_("adresse"))
    created_at = models.DateTimeField(_("ajouté le"), default=timezone.now)
    fetched_at = models.DateTimeField(_("lu le"), null=True, blank=True)
    tried_at = models.DateTimeField(_("dernier essai"), null=True, blank=True)
    problem = models.CharField(_("problème"), max_length=11, choices=Problem, blank=True)

    class Meta(CptsOwned.Meta):
        verbose_name = _("agenda extérieur")
        verbose_name_plural = _("agendas extérieurs")
        constraints = [
            *CptsOwned.Meta.constraints,
            SameCpts(name="busy_feed_membership_same_cpts", field="membership"),
        ]

    def __str__(self) -> str:
        return f"agenda extérieur {self.pk}"


class BusyTime(CptsOwned):
    """A stretch during which the professional is busy elsewhere; nothing says why."""

    feed = models.ForeignKey(BusyFeed, models.CASCADE, related_name="times")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()

    class Meta(CptsOwned.Meta):
        verbose_name = _("temps occupé")
        verbose_name_plural = _("temps occupés")
        ordering = ["starts_at"]
        constraints = [
            *CptsOwned.Meta.constraints,
            SameCpts(name="busy_time_feed_same_cpts", field="feed"),
            models.CheckConstraint(
                name="busy_time_ends_after_it_starts", condition=Q(ends_at__gt=F("starts_at"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.starts_at:%Y-%m-%d %H:%M}"
