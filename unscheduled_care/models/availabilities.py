"""Weekly templates, their exceptions, and the absences that empty an agenda."""

from __future__ import annotations

from datetime import date, datetime

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cpts_portal.core.scoping import CptsOwned, SameCpts, ScopedManager
from members.models import Membership
from unscheduled_care.models.offers import LONGEST, SHORTEST, Offered, terms_constraints

WEEKDAYS = list(range(1, 8))


class AvailabilityQuerySet(models.QuerySet["Availability"]):
    def running_between(self, first: date, last: date) -> AvailabilityQuerySet:
        """Not stopped, and valid on one of those days at least."""
        is_not_over = Q(valid_until=None) | Q(valid_until__gte=first)
        return self.filter(is_not_over, stopped_at=None, valid_from__lte=last)


AvailabilityManager = ScopedManager.from_queryset(AvailabilityQuerySet)


class Availability(Offered):
    """A week that repeats; a change stops it and makes a successor, claimed slots stay.

    `opens` and `closes` are minutes since midnight, in Paris; weekdays are ISO's, 1 for Monday.
    """

    weekdays = ArrayField(models.PositiveSmallIntegerField(), verbose_name=_("jours"))
    opens = models.PositiveSmallIntegerField(_("de"))
    closes = models.PositiveSmallIntegerField(_("à"))
    slot_minutes = models.PositiveSmallIntegerField(_("durée d’un créneau, en minutes"), default=20)
    valid_from = models.DateField(_("à partir du"), default=timezone.localdate)
    valid_until = models.DateField(_("jusqu’au"), null=True, blank=True)
    works_on_holidays = models.BooleanField(_("aussi les jours fériés"), default=False)
    replaces = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="successor"
    )
    created_by = models.ForeignKey(Membership, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    stopped_at = models.DateTimeField(_("arrêtée le"), null=True, blank=True)

    objects = AvailabilityManager()  # type: ignore[misc]

    class Meta(Offered.Meta):
        verbose_name = _("semaine type")
        verbose_name_plural = _("semaines types")
        ordering = ["opens", "pk"]
        constraints = [
            *Offered.Meta.constraints,
            *terms_constraints("availability"),
            SameCpts(name="availability_replaced_same_cpts", field="replaces"),
            SameCpts(name="availability_author_same_cpts", field="created_by"),
            models.CheckConstraint(
                name="availability_on_days_of_the_week",
                condition=Q(weekdays__len__range=(1, 7)) & Q(weekdays__contained_by=WEEKDAYS),
                violation_error_message=_("Choisissez au moins un jour."),
            ),
            models.CheckConstraint(
                name="availability_closes_after_it_opens",
                condition=Q(opens__lt=F("closes"), closes__lte=1440),
                violation_error_message=_("L’heure de fin vient après l’heure de début."),
            ),
            models.CheckConstraint(
                name="availability_slots_last_5_to_240_minutes",
                condition=Q(slot_minutes__range=(SHORTEST, LONGEST)),
                violation_error_message=_("Un créneau dure de 5 minutes à 4 heures."),
            ),
            models.CheckConstraint(
                name="availability_ends_after_it_starts",
                condition=Q(valid_until=None) | Q(valid_until__gte=F("valid_from")),
                violation_error_message=_("La semaine type finit avant de commencer."),
            ),
        ]
        indexes = [
            models.Index(
                name="availability_running",
                fields=["cpts", "valid_from"],
                condition=Q(stopped_at=None),
            )
        ]

    def __str__(self) -> str:
        return f"semaine type {self.pk}"


class AvailabilityException(CptsOwned):
    """A day on which a template makes no slot."""

    availability = models.ForeignKey(Availability, models.CASCADE, related_name="exceptions")
    day = models.DateField(_("jour"))

    class Meta(CptsOwned.Meta):
        verbose_name = _("jour sans créneau")
        ordering = ["day"]
        constraints = [
            *CptsOwned.Meta.constraints,
            SameCpts(name="availability_exception_of_same_cpts", field="availability"),
            models.UniqueConstraint(
                name="availability_exception_once_a_day",
                fields=["availability", "day"],
                violation_error_message=_("Ce jour est déjà excepté."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.day}"


class AbsenceQuerySet(models.QuerySet["Absence"]):
    def overlapping(self, starts_at: datetime, ends_at: datetime) -> AbsenceQuerySet:
        return self.filter(cancelled_at=None, starts_at__lt=ends_at, ends_at__gt=starts_at)


AbsenceManager = ScopedManager.from_queryset(AbsenceQuerySet)


class Absence(CptsOwned):
    """A stretch without slots: those open are withdrawn, claimers and patients are warned."""

    membership = models.ForeignKey(Membership, models.CASCADE, related_name="absences")
    starts_at = models.DateTimeField(_("du"))
    ends_at = models.DateTimeField(_("au"))
    created_by = models.ForeignKey(Membership, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    cancelled_at = models.DateTimeField(_("annulée le"), null=True, blank=True)

    objects = AbsenceManager()  # type: ignore[misc]

    class Meta(CptsOwned.Meta):
        verbose_name = _("absence")
        ordering = ["starts_at"]
        constraints = [
            *CptsOwned.Meta.constraints,
            SameCpts(name="absence_membership_same_cpts", field="membership"),
            SameCpts(name="absence_author_same_cpts", field="created_by"),
            models.CheckConstraint(
                name="absence_ends_after_it_starts",
                condition=Q(ends_at__gt=F("starts_at")),
                violation_error_message=_("L’absence finit avant de commencer."),
            ),
        ]

    def __str__(self) -> str:
        return f"absence {self.pk}"
