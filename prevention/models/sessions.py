"""A session of a campaign: where, when, for how many; and those who keep it going."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import uuid4

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cpts_portal.core.models import Commune
from cpts_portal.core.scoping import CptsOwned, SameCpts, ScopedManager
from members.models import Membership, Practice
from prevention.models.campaigns import Campaign, CampaignStatus
from prevention.models.reference import Sex, starts_before_it_ends
from prevention.models.triggers import events_move

LONGEST = timedelta(hours=24)
MOST_SEATS = 5000


class SessionStatus(models.TextChoices):
    PLANNED = "planned", _("prévue")
    CANCELLED = "cancelled", _("annulée")
    HELD = "held", _("tenue")


class SessionQuerySet(models.QuerySet["Session"]):
    def shown(self) -> SessionQuerySet:
        """On the public pages: open to all, of a published campaign that is, and not cancelled."""
        return self.filter(
            campaign__status=CampaignStatus.PUBLISHED,
            campaign__is_for_professionals=False,
            is_for_professionals=False,
        ).exclude(status=SessionStatus.CANCELLED)

    def to_come_at(self, now: datetime) -> SessionQuerySet:
        return self.filter(status=SessionStatus.PLANNED, ends_at__gt=now)


SessionManager = ScopedManager.from_queryset(SessionQuerySet)


class Session(CptsOwned):
    """`taken` is counted by PostgreSQL itself, and never exceeds `capacity`.

    Eligibility is asked by boxes that the person ticks; nothing of it is kept about her.
    """

    class CancelReason(models.TextChoices):
        TOO_FEW = "too_few", _("trop peu d’inscrits")
        ROOM = "room", _("salle indisponible")
        TEAM = "team", _("équipe indisponible")
        WEATHER = "weather", _("météo ou alerte")
        OTHER = "other", _("autre raison")

    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="sessions")
    title = models.CharField(_("intitulé"), max_length=120, blank=True)
    starts_at = models.DateTimeField(_("début"))
    ends_at = models.DateTimeField(_("fin"))
    practice = models.ForeignKey(
        Practice,
        models.PROTECT,
        null=True,
        blank=True,
        verbose_name=_("lieu connu"),
        related_name="+",
    )
    place_name = models.CharField(_("lieu"), max_length=120)
    address = models.CharField(_("adresse"), max_length=200)
    commune = models.ForeignKey(
        Commune, models.PROTECT, verbose_name=_("commune"), related_name="+"
    )
    is_accessible = models.BooleanField(_("accessible en fauteuil"), default=False)
    access_note = models.CharField(_("pour venir"), max_length=200, blank=True)
    is_for_professionals = models.BooleanField(_("réservée aux professionnels"), default=False)
    capacity = models.PositiveSmallIntegerField(_("places"))
    taken = models.PositiveSmallIntegerField(_("places prises"), default=0, editable=False)
    last_number = models.PositiveIntegerField(default=0, editable=False)
    min_age = models.PositiveSmallIntegerField(_("à partir de (ans)"), null=True, blank=True)
    max_age = models.PositiveSmallIntegerField(_("jusqu’à (ans)"), null=True, blank=True)
    sex = models.CharField(_("réservée aux"), max_length=6, choices=Sex, blank=True)
    communes = ArrayField(
        models.CharField(max_length=5),
        default=list,
        blank=True,
        verbose_name=_("habitants de"),
        help_text=_("codes INSEE ; vide : de partout"),
    )
    status = models.CharField(
        _("statut"), max_length=9, choices=SessionStatus, default=SessionStatus.PLANNED
    )
    sequence = models.PositiveSmallIntegerField(default=0, editable=False)
    created_by = models.ForeignKey(Membership, models.PROTECT, related_name="+", editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    cancelled_at = models.DateTimeField(_("annulée le"), null=True, blank=True, editable=False)
    cancel_reason = models.CharField(
        _("raison"), max_length=8, choices=CancelReason, blank=True, editable=False
    )
    held_at = models.DateTimeField(_("clôturée le"), null=True, blank=True, editable=False)
    key = models.UUIDField(default=uuid4, editable=False)

    objects = SessionManager()  # type: ignore[misc]

    class Meta(CptsOwned.Meta):
        verbose_name = _("séance")
        ordering = ["starts_at", "pk"]
        triggers = [
            events_move(
                "session",
                *("campaign_id", "title", "starts_at", "ends_at", "status", "sequence"),
                *("place_name", "address", "commune_id", "is_accessible", "access_note"),
                *("is_for_professionals", "min_age", "max_age", "sex", "communes"),
            )
        ]
        constraints = [
            *CptsOwned.Meta.constraints,
            SameCpts(name="session_campaign_same_cpts", field="campaign"),
            SameCpts(name="session_practice_same_cpts", field="practice"),
            SameCpts(name="session_author_same_cpts", field="created_by"),
            models.UniqueConstraint(name="session_form_once", fields=["cpts", "key"]),
            models.CheckConstraint(
                name="session_ends_within_a_day",
                condition=Q(ends_at__gt=F("starts_at"), ends_at__lte=F("starts_at") + LONGEST),
            ),
            models.CheckConstraint(
                name="session_has_seats", condition=Q(capacity__range=(1, MOST_SEATS))
            ),
            models.CheckConstraint(
                name="session_never_overfull",
                condition=Q(taken__lte=F("capacity")),
                violation_error_message=_(
                    "Il y a plus d’inscrits que de places : annulez d’abord des inscriptions."
                ),
            ),
            models.CheckConstraint(
                name="session_ages_in_order",
                condition=Q(min_age=None) | Q(max_age=None) | Q(min_age__lte=F("max_age")),
            ),
            models.CheckConstraint(
                name="session_ages_of_people",
                condition=(Q(min_age=None) | Q(min_age__lte=120))
                & (Q(max_age=None) | Q(max_age__lte=120)),
            ),
            models.CheckConstraint(
                name="session_cancelled_says_why",
                condition=Q(status="cancelled", cancelled_at__isnull=False, cancel_reason__gt="")
                | Q(~Q(status="cancelled"), cancelled_at=None, cancel_reason=""),
            ),
            models.CheckConstraint(
                name="session_held_has_its_time",
                condition=Q(status="held", held_at__isnull=False)
                | Q(~Q(status="held"), held_at=None),
            ),
        ]
        indexes = [
            models.Index(name="session_by_time", fields=["cpts", "starts_at"]),
            models.Index(name="session_by_commune", fields=["commune", "starts_at"]),
        ]

    def __str__(self) -> str:
        return self.title or str(self.campaign)

    @property
    def seats_left(self) -> int:
        return self.capacity - self.taken


class Shift(CptsOwned):
    """A stretch of a session for which hands are wanted."""

    session = models.ForeignKey(Session, models.CASCADE, related_name="shifts")
    task = models.CharField(_("tâche"), max_length=120)
    starts_at = models.DateTimeField(_("de"))
    ends_at = models.DateTimeField(_("à"))
    wanted = models.PositiveSmallIntegerField(_("personnes"), default=1)

    class Meta(CptsOwned.Meta):
        verbose_name = _("poste")
        ordering = ["starts_at", "pk"]
        constraints = [
            *CptsOwned.Meta.constraints,
            SameCpts(name="shift_session_same_cpts", field="session"),
            starts_before_it_ends("shift_ends_after_it_starts"),
            models.CheckConstraint(
                name="shift_wants_somebody", condition=Q(wanted__range=(1, 100))
            ),
        ]

    def __str__(self) -> str:
        return self.task


class Volunteer(CptsOwned):
    """A member who keeps a shift; while `seeks_swap` another may take her place in one tap."""

    class Status(models.TextChoices):
        BOOKED = "booked", _("inscrit")
        LEFT = "left", _("retiré")
        SWAPPED = "swapped", _("remplacé")

    shift = models.ForeignKey(Shift, models.CASCADE, related_name="volunteers")
    membership = models.ForeignKey(Membership, models.PROTECT, related_name="shifts")
    status = models.CharField(_("statut"), max_length=7, choices=Status, default=Status.BOOKED)
    seeks_swap = models.BooleanField(_("cherche un remplaçant"), default=False)
    replaces = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="replaced_by"
    )
    booked_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta(CptsOwned.Meta):
        verbose_name = _("bénévole")
        ordering = ["booked_at"]
        constraints = [
            *CptsOwned.Meta.constraints,
            SameCpts(name="volunteer_shift_same_cpts", field="shift"),
            SameCpts(name="volunteer_member_same_cpts", field="membership"),
            SameCpts(name="volunteer_replaces_same_cpts", field="replaces"),
            models.UniqueConstraint(
                name="volunteer_once_per_shift",
                fields=["shift", "membership"],
                condition=Q(status="booked"),
                violation_error_message=_("Vous tenez déjà ce poste."),
            ),
            models.CheckConstraint(
                name="volunteer_ended_has_its_time",
                condition=Q(status="booked", ended_at=None)
                | Q(~Q(status="booked"), ended_at__isnull=False, seeks_swap=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.membership} — {self.shift}"
