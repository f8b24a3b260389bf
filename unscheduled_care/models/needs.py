"""The reverse of a slot: a need is posted, professionals answer, the first one wins."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import pghistory
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from cpts_portal.core.contacts import Contact, contact_constraints
from cpts_portal.core.models import Commune
from cpts_portal.core.scoping import CptsOwned, SameCpts, ScopedManager
from members.models import Membership
from unscheduled_care.models.claims import AgeBand, Mobility
from unscheduled_care.models.offers import Kind
from unscheduled_care.models.reference import Act, Reason


class Wave(StrEnum):
    """Who is asked at a given moment; each wave keeps the ones before it."""

    USUAL = "usual"
    TEAM = "team"
    RADIUS = "radius"
    DESK = "desk"


class NeedStatus(models.TextChoices):
    OPEN = "open", _("en attente de réponse")
    TAKEN = "taken", _("pris en charge")
    WITHDRAWN = "withdrawn", _("retiré")
    ENDED = "ended", _("terminé sans réponse")


class CareNeedQuerySet(models.QuerySet["CareNeed"]):
    def open_at(self, now: datetime) -> CareNeedQuerySet:
        return self.filter(status=NeedStatus.OPEN, wanted_until__gt=now)


CareNeedManager = ScopedManager.from_queryset(CareNeedQuerySet)


@pghistory.track()
class CareNeed(CptsOwned):
    """A need for care posted to colleagues; its waves are moments, judged when read.

    Anonymous until taken: whom it is for stands in `NeedContact`.
    """

    class EndReason(models.TextChoices):
        SOLVED = "solved", _("solution trouvée autrement")
        PATIENT = "patient", _("à la demande du patient")
        WORSE = "worse", _("orienté en urgence")
        MISTAKE = "mistake", _("erreur de saisie")
        LATE = "late", _("délai passé")

    asker = models.ForeignKey(Membership, models.PROTECT, related_name="needs_asked")
    status = models.CharField(
        _("statut"), max_length=9, choices=NeedStatus, default=NeedStatus.OPEN
    )
    professions = ArrayField(models.SlugField(max_length=30), verbose_name=_("professions"))
    usual = models.ForeignKey(
        Membership,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("professionnel habituel"),
    )
    reason = models.ForeignKey(Reason, models.PROTECT, verbose_name=_("motif"), related_name="+")
    act = models.ForeignKey(
        Act, models.PROTECT, null=True, blank=True, verbose_name=_("acte"), related_name="+"
    )
    kind = models.CharField(_("forme"), max_length=8, choices=Kind, default=Kind.PRACTICE)
    commune = models.ForeignKey(Commune, models.PROTECT, related_name="+")
    radius_km = models.PositiveSmallIntegerField(_("rayon, en km"), default=15)
    age_band = models.CharField(_("âge"), max_length=5, choices=AgeBand)
    mobility = models.CharField(
        _("mobilité"), max_length=10, choices=Mobility, default=Mobility.ALONE
    )
    wanted_from = models.DateTimeField(_("à partir de"))
    wanted_until = models.DateTimeField(_("au plus tard"))
    has_consented = models.BooleanField(_("consentement recueilli"), default=False)
    key = models.UUIDField(unique=True, editable=False)
    posted_at = models.DateTimeField(_("publié le"))
    team_at = models.DateTimeField(_("ouvert à l’équipe à"))
    radius_at = models.DateTimeField(_("ouvert au rayon à"))
    alert_at = models.DateTimeField(_("coordination prévenue à"))
    told_wave = models.CharField(max_length=6, default="", editable=False)
    taken_by = models.ForeignKey(
        Membership, models.PROTECT, null=True, blank=True, related_name="needs_taken"
    )
    taken_at = models.DateTimeField(_("pris le"), null=True, blank=True)
    visit_at = models.DateTimeField(_("rendez-vous proposé"), null=True, blank=True)
    ended_at = models.DateTimeField(_("terminé le"), null=True, blank=True)
    end_reason = models.CharField(_("raison"), max_length=8, choices=EndReason, blank=True)

    objects = CareNeedManager()  # type: ignore[misc]

    class Meta(CptsOwned.Meta):
        verbose_name = _("besoin de soins")
        verbose_name_plural = _("besoins de soins")
        ordering = ["-posted_at"]
        constraints = [
            *CptsOwned.Meta.constraints,
            SameCpts(name="care_need_asker_same_cpts", field="asker"),
            SameCpts(name="care_need_usual_same_cpts", field="usual"),
            SameCpts(name="care_need_taker_same_cpts", field="taken_by"),
            models.CheckConstraint(name="care_need_with_consent", condition=Q(has_consented=True)),
            models.CheckConstraint(
                name="care_need_asks_a_profession", condition=Q(professions__len__gte=1)
            ),
            models.CheckConstraint(
                name="care_need_waves_in_order",
                condition=Q(
                    posted_at__lte=F("team_at"),
                    team_at__lte=F("radius_at"),
                    radius_at__lte=F("alert_at"),
                ),
            ),
            models.CheckConstraint(
                name="care_need_until_after_from",
                condition=Q(wanted_until__gt=F("wanted_from")),
                violation_error_message=_("La fin vient après le début."),
            ),
            models.CheckConstraint(
                name="care_need_taken_by_somebody",
                condition=Q(status=NeedStatus.TAKEN, taken_by__isnull=False, taken_at__isnull=False)
                | Q(~Q(status=NeedStatus.TAKEN), taken_by=None, taken_at=None, visit_at=None),
            ),
            models.CheckConstraint(
                name="care_need_ended_says_when_and_why",
                condition=Q(
                    status__in=["withdrawn", "ended"], ended_at__isnull=False, end_reason__gt=""
                )
                | Q(~Q(status__in=["withdrawn", "ended"]), ended_at=None, end_reason=""),
            ),
        ]
        indexes = [
            models.Index(
                name="care_need_open",
                fields=["cpts", "wanted_until"],
                condition=Q(status=NeedStatus.OPEN),
            )
        ]

    def __str__(self) -> str:
        return f"besoin {self.pk}"

    def wave_at(self, now: datetime) -> Wave:
        """Who is asked at `now`, worker or not."""
        if now >= self.alert_at:
            return Wave.DESK
        if now >= self.radius_at:
            return Wave.RADIUS
        return Wave.TEAM if now >= self.team_at else Wave.USUAL


class NeedContact(Contact):
    """Whom the need is for; opened to the taker alone, beside asker and desk."""

    need = models.OneToOneField(CareNeed, models.CASCADE, related_name="contact")

    class Meta(Contact.Meta):
        verbose_name = _("contact d’un besoin")
        constraints = [
            *Contact.Meta.constraints,
            SameCpts(name="need_contact_need_same_cpts", field="need"),
            *contact_constraints("need_contact"),
        ]
