"""Whose agenda one keeps, and what stands in it: slots to come, weekly templates, absences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import OuterRef, Prefetch, Q, QuerySet, Subquery
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.dates import WEEKDAYS
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from members.delegations import ActingFor, principals_of
from members.models import Membership, Practice, Role
from unscheduled_care import rules
from unscheduled_care.models import (
    Absence,
    Act,
    Availability,
    AvailabilityException,
    Claim,
    ClaimStatus,
    Slot,
    SlotStatus,
)
from unscheduled_care.rules.weeks import PARIS

TIED = "\u00a0"
EVERY_DAY = 7


# --- For whom -------------------------------------------------------------------------------
def owners_of(member: Membership) -> list[Membership]:
    """Whose agenda she keeps: her own, those for whom she acts, everybody's at the coordination."""
    if member.role == Role.COORDINATOR:
        return list(_clinicians())
    own = [member] if rules.is_clinician(member) else []
    return own + [one for one in principals_of(member) if rules.is_clinician(one)]


def _clinicians() -> QuerySet[Membership]:
    people: QuerySet[Membership] = Membership.objects.current().filter(
        role__in=(Role.PROFESSIONAL, Role.BOARD), profession__isnull=False
    )
    return people.select_related("user", "profession", "cpts").order_by(
        "user__last_name", "user__first_name", "pk"
    )


def doer_for(member: Membership, owner: Membership) -> Membership | ActingFor:
    """As whom she does it: herself, the coordination as such, or in the owner's place."""
    if owner.pk == member.pk or member.role == Role.COORDINATOR:
        return member
    return ActingFor(delegate=member, principal=owner)


def places_of(owner: Membership) -> list[Practice]:
    """Where he works, the main place first."""
    rows = Practice.objects.filter(places__membership=owner).select_related("commune")
    return list(rows.order_by("-places__is_main", "name"))


def acts_for(owner: Membership) -> list[Act]:
    """Those that his profession does."""
    known = Act.objects.filter(is_active=True)
    return [act for act in known if act.is_for(owner.profession_id or "")]


def last_offer(owner: Membership) -> Slot | None:
    """The last slot offered one by one: the next has the same terms."""
    rows = Slot.objects.filter(professional=owner, availability=None, key__isnull=False)
    found: Slot | None = rows.order_by("-offered_at", "-pk").first()
    return found


# --- The days to come -----------------------------------------------------------------------
@dataclass
class AgendaDay:
    """One Paris day of somebody's slots."""

    day: date
    slots: list[Slot] = field(default_factory=list)

    def _count(self, status: str) -> int:
        return sum(slot.status == status for slot in self.slots)

    @property
    def free(self) -> int:
        return self._count(SlotStatus.OPEN)

    @property
    def claimed(self) -> int:
        return self._count(SlotStatus.CLAIMED)


def days_of(owner: Membership) -> list[AgendaDay]:
    """His slots not over yet, by day; those that a changed template took away are left out.

    Each slot has `is_held` and `claim_id`, that of its live claim.
    """
    live = Claim.objects.filter(slot=OuterRef("pk")).exclude(status=ClaimStatus.CANCELLED)
    told = {"claim_id": Subquery(live.values("pk")[:1])}
    rows = (
        Slot.objects.filter(professional=owner, ends_at__gt=Now())
        .exclude(withdraw_reason=Slot.WithdrawReason.TEMPLATE)
        .with_hold()
        .annotate(**told)
        .select_related("practice")
        .order_by("starts_at", "pk")
    )
    days: dict[date, AgendaDay] = {}
    for slot in rows:
        day = slot.starts_at.astimezone(PARIS).date()
        days.setdefault(day, AgendaDay(day)).slots.append(slot)
    return list(days.values())


def weeks_of(owner: Membership) -> list[Availability]:
    """His templates that still make slots, or will, with their days excepted to come."""
    today = timezone.localdate()
    coming = AvailabilityException.objects.filter(day__gte=today)
    running = Availability.objects.running_between(today, date.max)
    return list(
        running.filter(professional=owner)
        .select_related("practice")
        .prefetch_related(Prefetch("exceptions", coming, to_attr="coming"))
    )


def absences_of(owner: Membership) -> list[Absence]:
    """Not over yet, nor cancelled."""
    return list(Absence.objects.filter(membership=owner, cancelled_at=None, ends_at__gt=Now()))


def offered_with(slot: Slot) -> list[Slot]:
    """The slot and those of the same gesture: offered one by one at the same instant."""
    together = Q(availability=None, offered_at=slot.offered_at)
    rows = Slot.objects.filter(Q(pk=slot.pk) | together, professional=slot.professional_id)
    return list(rows.select_related("practice").order_by("starts_at"))


# --- In words ---------------------------------------------------------------------------------
def week_in_words(week: Availability) -> str:
    """« lundi et jeudi, 9 h – 12 h, 20 min, au cabinet »."""
    span = f"{clock(week.opens)} – {clock(week.closes)}"
    how = str(week.get_kind_display())
    return ", ".join((days_in_words(week.weekdays), span, f"{week.slot_minutes}{TIED}min", how))


def days_in_words(weekdays: Sequence[int]) -> str:
    """ISO days of the week, 1 for Monday: « du lundi au vendredi », « lundi et jeudi »."""
    days = sorted(weekdays)
    names = [str(WEEKDAYS[day - 1]) for day in days]
    if len(days) == EVERY_DAY:
        return _("tous les jours")
    if len(days) > 2 and days[-1] - days[0] == len(days) - 1:
        return _("du %(first)s au %(last)s") % {"first": names[0], "last": names[-1]}
    if len(days) == 1:
        return names[0]
    return _("%(first)s et %(last)s") % {"first": ", ".join(names[:-1]), "last": names[-1]}


def clock(minutes: int) -> str:
    """Minutes since midnight as one says them: « 9 h », « 9 h 30 », "09:30" in English."""
    hours, rest = divmod(minutes, 60)
    if (get_language() or "fr").startswith("en"):
        return f"{hours:02d}:{rest:02d}"
    return f"{hours}{TIED}h{TIED}{rest:02d}" if rest else f"{hours}{TIED}h"


def round_times(opens: int = 8 * 60, closes: int = 20 * 60, step: int = 30) -> list[int]:
    """The hours that are one tap away, in minutes since midnight."""
    return list(range(opens, closes, step))


def local_minutes(moment: datetime) -> int:
    """Minutes since midnight of a moment, in Paris."""
    wall = moment.astimezone(PARIS)
    return wall.hour * 60 + wall.minute


def coming_days(number: int) -> list[date]:
    today = timezone.localdate()
    return [today + timedelta(days=ahead) for ahead in range(number)]


def terms_of_offer(last: Slot | None, places: Sequence[Practice]) -> dict[str, Any]:
    """A form's first values: those of the last offer, or a newcomer's defaults."""
    if last is None:
        return {"practice": places[0].pk if places else None, "channels": ["members"]}
    kept = places_keep(last.practice_id, places)
    return {**last.terms(), "practice": kept, "minutes": last.minutes}


def places_keep(practice_id: int | None, places: Sequence[Practice]) -> int | None:
    """The same place if he still works there, else his main one."""
    keys = [place.pk for place in places]
    return practice_id if practice_id in keys or not keys else keys[0]
