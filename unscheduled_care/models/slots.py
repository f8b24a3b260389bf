"""A slot offered, and the few minutes during which somebody on the phone keeps it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import ClassVar

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import Exists, F, Func, OuterRef, Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cpts_portal.core.scoping import CptsOwned, SameCpts, ScopedManager
from members.models import Membership
from unscheduled_care.models.availabilities import Availability
from unscheduled_care.models.board import board_moves
from unscheduled_care.models.offers import LONGEST, SHORTEST, Kind, Offered, terms_constraints
from unscheduled_care.models.triggers import SlotEndsForGood

HORIZON = timedelta(days=60)
"""How far ahead a slot may be offered."""
LONGEST_HOLD = timedelta(days=1)


def moments_of(starts_at: str, ends_at: str) -> Func:
    """Two columns as the range of their moments, the end left out."""
    return Func(F(starts_at), F(ends_at), function="tstzrange", output_field=DateTimeRangeField())


class SlotStatus(models.TextChoices):
    OPEN = "open", _("libre")
    CLAIMED = "claimed", _("réservé")
    WITHDRAWN = "withdrawn", _("retiré")


class SlotQuerySet(models.QuerySet["Slot"]):
    def claimable(self) -> SlotQuerySet:
        """Free now by the database's clock, held by somebody or not."""
        return self.filter(status=SlotStatus.OPEN, is_hidden=False, closes_at__gt=Now())

    def with_hold(self) -> SlotQuerySet:
        """Adds `is_held`: somebody is on the phone for it right now."""
        holds = Hold._base_manager.filter(slot=OuterRef("pk"), expires_at__gt=Now())
        told = {"is_held": Exists(holds)}
        return self.annotate(**told)


SlotManager = ScopedManager.from_queryset(SlotQuerySet)


class Slot(Offered):
    """An appointment offered for unscheduled care.

    Off the board from `closes_at`, and while `is_hidden`: the professional's own calendar says
    that he is busy then.
    """

    class WithdrawReason(models.TextChoices):
        ABSENT = "absent", _("absence")
        TEMPLATE = "template", _("semaine type changée ou arrêtée")
        MISTAKE = "mistake", _("erreur de saisie")
        LEFT = "left", _("départ du professionnel")
        OTHER = "other", _("autre raison")

    availability = models.ForeignKey(
        Availability, models.PROTECT, null=True, blank=True, related_name="slots"
    )
    status = models.CharField(
        _("statut"), max_length=9, choices=SlotStatus, default=SlotStatus.OPEN
    )
    starts_at = models.DateTimeField(_("début"))
    ends_at = models.DateTimeField(_("fin"))
    closes_at = models.DateTimeField(_("à réserver avant"))
    is_hidden = models.BooleanField(_("masqué par un agenda"), default=False)
    offered_by = models.ForeignKey(Membership, models.PROTECT, null=True, related_name="+")
    offered_at = models.DateTimeField(_("proposé le"), db_default=Now())
    key = models.UUIDField(null=True, unique=True, editable=False)
    withdrawn_at = models.DateTimeField(_("retiré le"), null=True, blank=True)
    withdraw_reason = models.CharField(
        _("raison"), max_length=8, choices=WithdrawReason, blank=True
    )

    objects = SlotManager()  # type: ignore[misc]

    is_held: ClassVar[bool] = False
    """Told by `with_hold`."""

    class Meta(Offered.Meta):
        verbose_name = _("créneau")
        verbose_name_plural = _("créneaux")
        ordering = ["starts_at", "pk"]
        constraints = [
            *Offered.Meta.constraints,
            *terms_constraints("slot"),
            SameCpts(name="slot_availability_same_cpts", field="availability"),
            SameCpts(name="slot_author_same_cpts", field="offered_by"),
            ExclusionConstraint(
                name="slot_not_overlapping",
                expressions=[
                    ("professional", RangeOperators.EQUAL),
                    (moments_of("starts_at", "ends_at"), RangeOperators.OVERLAPS),
                ],
                condition=~Q(status=SlotStatus.WITHDRAWN),
                violation_error_message=_(
                    "Un autre créneau de ce professionnel est à cette heure."
                ),
            ),
            models.UniqueConstraint(
                name="slot_once_per_template", fields=["availability", "starts_at"]
            ),
            models.CheckConstraint(
                name="slot_lasts_5_to_240_minutes",
                condition=Q(
                    ends_at__gte=F("starts_at") + timedelta(minutes=SHORTEST),
                    ends_at__lte=F("starts_at") + timedelta(minutes=LONGEST),
                ),
                violation_error_message=_("Un créneau dure de 5 minutes à 4 heures."),
            ),
            models.CheckConstraint(
                name="slot_offered_before_it_starts",
                condition=Q(starts_at__gt=F("offered_at")),
                violation_error_message=_("Ce créneau est déjà passé."),
            ),
            models.CheckConstraint(
                name="slot_offered_60_days_ahead_at_most",
                condition=Q(starts_at__lte=F("offered_at") + HORIZON),
                violation_error_message=_("Un créneau se propose au plus 60 jours à l’avance."),
            ),
            models.CheckConstraint(
                name="slot_closes_before_it_starts",
                condition=Q(closes_at__lte=F("starts_at")),
            ),
            models.CheckConstraint(
                name="slot_withdrawn_says_when_and_why",
                condition=Q(
                    status=SlotStatus.WITHDRAWN, withdrawn_at__isnull=False, withdraw_reason__gt=""
                )
                | Q(~Q(status=SlotStatus.WITHDRAWN), withdrawn_at=None, withdraw_reason=""),
            ),
        ]
        indexes = [
            models.Index(
                name="slot_on_the_board",
                fields=["cpts", "starts_at", "id"],
                condition=Q(status=SlotStatus.OPEN),
            ),
            models.Index(name="slot_of_professional", fields=["professional", "starts_at"]),
            models.Index(name="slot_by_time", fields=["cpts", "starts_at"]),
        ]
        triggers = [SlotEndsForGood(name="slot_ends_for_good"), *board_moves("slot")]

    def __str__(self) -> str:
        return f"créneau {self.pk}"

    @property
    def minutes(self) -> int:
        return int((self.ends_at - self.starts_at).total_seconds() // 60)

    @property
    def is_at_home(self) -> bool:
        return self.kind == Kind.HOME


class Hold(CptsOwned):
    """A slot kept a few minutes for one person on the phone, judged when read.

    Two holds of one slot never share an instant: the first wins. Releasing it brings `expires_at`
    to now. `offered_to` is set when the portal keeps it for somebody of the waiting list.
    """

    slot = models.ForeignKey(Slot, models.PROTECT, related_name="holds")
    holder = models.ForeignKey(Membership, models.PROTECT, related_name="holds")
    held_by = models.ForeignKey(Membership, models.PROTECT, related_name="+")
    starts_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField(_("gardé jusqu’à"))
    is_extended = models.BooleanField(_("prolongée"), default=False)
    is_for_waiting = models.BooleanField(_("pour la liste d’attente"), default=False)

    class Meta(CptsOwned.Meta):
        verbose_name = _("réservation en cours")
        verbose_name_plural = _("réservations en cours")
        constraints = [
            *CptsOwned.Meta.constraints,
            SameCpts(name="hold_slot_same_cpts", field="slot"),
            SameCpts(name="hold_holder_same_cpts", field="holder"),
            SameCpts(name="hold_delegate_same_cpts", field="held_by"),
            ExclusionConstraint(
                name="hold_one_at_a_time",
                expressions=[
                    ("slot", RangeOperators.EQUAL),
                    (moments_of("starts_at", "expires_at"), RangeOperators.OVERLAPS),
                ],
                violation_error_message=_("Ce créneau vient d’être pris."),
            ),
            models.CheckConstraint(
                name="hold_ends_after_it_starts", condition=Q(expires_at__gte=F("starts_at"))
            ),
            models.CheckConstraint(
                name="hold_lasts_a_day_at_most",
                condition=Q(expires_at__lte=F("starts_at") + LONGEST_HOLD),
            ),
        ]
        indexes = [
            models.Index(name="hold_of_holder", fields=["holder", "expires_at"]),
            models.Index(name="hold_by_end", fields=["cpts", "expires_at"]),
        ]
        triggers = board_moves("hold")

    def __str__(self) -> str:
        return f"réservation en cours {self.pk}"

    def is_live_at(self, now: datetime) -> bool:
        return self.expires_at > now

    @property
    def seconds_left(self) -> int:
        """By this process's clock, for a countdown; the database's decides."""
        return max(0, int((self.expires_at - timezone.now()).total_seconds()))
