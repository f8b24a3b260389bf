"""Instances, groups, mandates and meetings."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pghistory
import pgtrigger
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cpts_portal.core.scoping import CptsOwned, SameCpts
from members.models.communities import Mission
from members.models.memberships import Membership
from members.models.periods import WithinMembership, days_of

LONGEST_MEETING = timedelta(hours=24)


class Group(CptsOwned):
    """People with a common task: the bureau, the board, a working group for a pathway."""

    class Kind(models.TextChoices):
        BUREAU = "bureau", _("bureau")
        BOARD = "board", _("conseil d’administration")
        WORKING = "working", _("groupe de travail")

    kind = models.CharField(_("type"), max_length=8, choices=Kind, default=Kind.WORKING)
    name = models.CharField(_("nom"), max_length=80)
    purpose = models.CharField(_("objet"), max_length=300, blank=True)
    mission = models.ForeignKey(Mission, models.PROTECT, null=True, blank=True)
    closed_on = models.DateField(_("terminé le"), null=True, blank=True)

    class Meta(CptsOwned.Meta):
        verbose_name = _("groupe")
        ordering = ["kind", "name"]
        constraints = [
            *CptsOwned.Meta.constraints,
            SameCpts(name="group_mission_same_cpts", field="mission"),
            models.UniqueConstraint(
                name="group_name_once",
                fields=["cpts", "name"],
                condition=Q(closed_on=None),
                violation_error_message=_("Un groupe porte déjà ce nom."),
            ),
            models.UniqueConstraint(
                name="group_one_bureau_one_board",
                fields=["cpts", "kind"],
                condition=Q(kind__in=["bureau", "board"], closed_on=None),
                violation_error_message=_("Cette instance existe déjà."),
            ),
        ]

    def __str__(self) -> str:
        return self.name


@pghistory.track()
class Mandate(CptsOwned):
    """A seat in a group, from a day to a day; both ends inside the membership."""

    class Function(models.TextChoices):
        PRESIDENT = "president", _("présidence")
        VICE_PRESIDENT = "vice", _("vice-présidence")
        SECRETARY = "secretary", _("secrétariat")
        TREASURER = "treasurer", _("trésorerie")
        LEAD = "lead", _("pilote")
        MEMBER = "member", _("membre")

    group = models.ForeignKey(Group, models.CASCADE, related_name="mandates")
    membership = models.ForeignKey(Membership, models.CASCADE, related_name="mandates")
    function = models.CharField(
        _("fonction"), max_length=9, choices=Function, default=Function.MEMBER
    )
    starts_on = models.DateField(_("du"), default=timezone.localdate)
    ends_on = models.DateField(_("au"), null=True, blank=True)

    class Meta(CptsOwned.Meta):
        verbose_name = _("mandat")
        ordering = ["group", "starts_on"]
        constraints = [
            *CptsOwned.Meta.constraints,
            SameCpts(name="mandate_group_same_cpts", field="group"),
            SameCpts(name="mandate_membership_same_cpts", field="membership"),
            models.CheckConstraint(
                name="mandate_ends_after_it_starts",
                condition=Q(ends_on=None) | Q(ends_on__gte=F("starts_on")),
            ),
            ExclusionConstraint(
                name="mandate_one_seat_per_person",
                expressions=[
                    ("group", RangeOperators.EQUAL),
                    ("membership", RangeOperators.EQUAL),
                    (days_of(), RangeOperators.OVERLAPS),
                ],
                violation_error_message=_("Cette personne a déjà un mandat à ces dates."),
            ),
            ExclusionConstraint(
                name="mandate_one_holder_per_function",
                expressions=[
                    ("group", RangeOperators.EQUAL),
                    ("function", RangeOperators.EQUAL),
                    (days_of(), RangeOperators.OVERLAPS),
                ],
                condition=Q(function__in=["president", "secretary", "treasurer"]),
                violation_error_message=_("Cette fonction est déjà tenue à ces dates."),
            ),
        ]
        triggers = [
            WithinMembership(
                name="mandate_within_membership",
                key="mandate.id",
                operation=pgtrigger.Insert | pgtrigger.Update,
            )
        ]

    def __str__(self) -> str:
        return f"{self.membership}, {self.get_function_display()}"


class Meeting(CptsOwned):
    """A meeting of a group, or of everybody when it has none; its hours go to a mission."""

    class Status(models.TextChoices):
        PLANNED = "planned", _("prévue")
        HELD = "held", _("tenue")
        CANCELLED = "cancelled", _("annulée")

    group = models.ForeignKey(Group, models.PROTECT, null=True, blank=True, related_name="meetings")
    mission = models.ForeignKey(Mission, models.PROTECT, null=True, blank=True)
    title = models.CharField(_("titre"), max_length=120)
    starts_at = models.DateTimeField(_("début"))
    ends_at = models.DateTimeField(_("fin"))
    place = models.CharField(_("lieu"), max_length=200)
    video_url = models.URLField(_("lien de visioconférence"), blank=True)
    status = models.CharField(_("statut"), max_length=9, choices=Status, default=Status.PLANNED)
    minutes = models.TextField(_("compte rendu"), blank=True)
    minutes_published_at = models.DateTimeField(_("publié le"), null=True, blank=True)
    presence_key = models.CharField(max_length=32, unique=True, editable=False)
    created_by = models.ForeignKey(Membership, models.PROTECT, related_name="+")

    class Meta(CptsOwned.Meta):
        verbose_name = _("réunion")
        ordering = ["starts_at"]
        constraints = [
            *CptsOwned.Meta.constraints,
            SameCpts(name="meeting_group_same_cpts", field="group"),
            SameCpts(name="meeting_mission_same_cpts", field="mission"),
            SameCpts(name="meeting_author_same_cpts", field="created_by"),
            models.CheckConstraint(
                name="meeting_ends_the_same_day_or_night",
                condition=Q(
                    ends_at__gt=F("starts_at"), ends_at__lte=F("starts_at") + LONGEST_MEETING
                ),
            ),
            models.CheckConstraint(
                name="meeting_minutes_published_once_held",
                condition=Q(minutes_published_at=None) | Q(status="held", minutes__gt=""),
            ),
        ]
        indexes = [models.Index(name="meeting_by_time", fields=["cpts", "starts_at"])]

    def __str__(self) -> str:
        return self.title

    @property
    def length(self) -> int:
        """In minutes."""
        return round((self.ends_at - self.starts_at).total_seconds() / 60)

    @property
    def hourly_rate(self) -> Decimal:
        """In euros, today; nothing is paid back for what belongs to no mission."""
        return self.mission.hourly_rate if self.mission else Decimal(0)


class AgendaItem(CptsOwned):
    meeting = models.ForeignKey(Meeting, models.CASCADE, related_name="agenda")
    position = models.PositiveSmallIntegerField(_("ordre"))
    title = models.CharField(_("point"), max_length=200)

    class Meta(CptsOwned.Meta):
        verbose_name = _("point de l’ordre du jour")
        ordering = ["position"]
        constraints = [
            *CptsOwned.Meta.constraints,
            SameCpts(name="agenda_item_meeting_same_cpts", field="meeting"),
            models.UniqueConstraint(
                name="agenda_item_position_once",
                fields=["meeting", "position"],
                deferrable=models.Deferrable.DEFERRED,
            ),
        ]

    def __str__(self) -> str:
        return self.title


class Attendance(CptsOwned):
    """One person at one meeting: what she answered, whether she was there, hours that count.

    A presence keeps the rate of the day it was noted: a statement once read stays what it was.
    """

    class Answer(models.TextChoices):
        COMING = "coming", _("vient")
        NOT_COMING = "not_coming", _("ne vient pas")

    class Way(models.TextChoices):
        QR = "qr", _("QR code")
        LIST = "list", _("feuille")

    meeting = models.ForeignKey(Meeting, models.CASCADE, related_name="attendances")
    membership = models.ForeignKey(Membership, models.CASCADE, related_name="attendances")
    answer = models.CharField(_("réponse"), max_length=10, choices=Answer, blank=True, default="")
    answered_at = models.DateTimeField(null=True, blank=True)
    present_at = models.DateTimeField(_("présent à"), null=True, blank=True)
    way = models.CharField(_("pointage"), max_length=4, choices=Way, blank=True, default="")
    minutes = models.PositiveSmallIntegerField(
        _("minutes comptées"), null=True, blank=True, validators=[MaxValueValidator(1440)]
    )
    hourly_rate = models.DecimalField(
        _("indemnité horaire, en euros"),
        help_text=_("Celle de la mission quand la présence a été notée."),
        max_digits=6,
        decimal_places=2,
        null=True,
        blank=True,
    )

    class Meta(CptsOwned.Meta):
        verbose_name = _("présence")
        constraints = [
            *CptsOwned.Meta.constraints,
            SameCpts(name="attendance_meeting_same_cpts", field="meeting"),
            SameCpts(name="attendance_membership_same_cpts", field="membership"),
            models.UniqueConstraint(
                name="attendance_once_per_person", fields=["meeting", "membership"]
            ),
            models.CheckConstraint(
                name="attendance_present_whole_or_not_at_all",
                condition=Q(present_at=None, way="", minutes=None)
                | Q(
                    present_at__isnull=False,
                    way__gt="",
                    minutes__isnull=False,
                    minutes__lte=1440,
                ),
            ),
            models.CheckConstraint(
                name="attendance_present_at_a_rate",
                condition=Q(present_at=None, hourly_rate=None)
                | Q(present_at__isnull=False, hourly_rate__isnull=False, hourly_rate__gte=0),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.membership} — {self.meeting}"
