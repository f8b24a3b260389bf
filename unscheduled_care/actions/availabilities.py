"""A week that repeats: made, changed, stopped, and turned into slots as often as one likes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _

from cpts_portal.core import audit
from cpts_portal.core.constraints import told_politely
from cpts_portal.core.refusals import NotPermitted, Refused
from members.models import Membership
from members.rules import may_take_part
from unscheduled_care import rules
from unscheduled_care.actions.slots import (
    Terms,
    ask_keeps_agenda,
    busy_times,
    lock_weeks,
    withdraw_free,
    writer,
)
from unscheduled_care.actions.steps import clock
from unscheduled_care.models import (
    Absence,
    Availability,
    AvailabilityException,
    Slot,
    SlotStatus,
)
from unscheduled_care.rules.weeks import PARIS, Stretch, overlaps, slots_between, wall_time

DAYS_AHEAD = 14
MARGIN = timedelta(minutes=1)
"""A slot that begins sooner than this is not worth making."""
REASON = Slot.WithdrawReason.TEMPLATE


@dataclass(frozen=True)
class Week:
    """When a template makes slots: `opens` and `closes` in minutes since midnight, in Paris."""

    weekdays: Sequence[int]
    opens: int
    closes: int
    slot_minutes: int
    valid_from: date
    valid_until: date | None = None
    works_on_holidays: bool = False

    def columns(self) -> dict[str, Any]:
        return {**self.__dict__, "weekdays": sorted(self.weekdays)}


# --- What a professional does -----------------------------------------------------------------
@transaction.atomic
def create(professional: Membership, week: Week, terms: Terms, *, by: Any) -> Availability:
    """Open a weekly template and make its slots to come at once.

    Raises NotPermitted, then Refused when it crosses another one of the same professional.
    """
    ask_keeps_agenda(professional, by=by)
    _lock_agenda(professional.pk)
    _ask_apart(week, lock_weeks(professional))
    return _open(professional, week, terms, by=by)


@transaction.atomic
def change(availability: Availability, week: Week, terms: Terms, *, by: Any) -> Availability:
    """End a template the day before its successor begins; claimed slots stay where they are.

    Days excepted and slots taken back by hand go over to the successor.
    """
    _lock_agenda(availability.professional_id)
    old = _lock(availability, by=by)
    if Availability.objects.filter(replaces=old).exists():
        raise Refused(_("Cette semaine type a déjà une suite : changez plutôt celle-ci."))
    ask_keeps_agenda(old.professional, by=by)
    _ask_apart(week, [one for one in lock_weeks(old.professional) if one.pk != old.pk])
    _end_before(old, week.valid_from, by=by)
    return _open(old.professional, week, terms, by=by, replaces=old)


def _end_before(old: Availability, day: date, *, by: Any) -> None:
    """Its slots go from that day on; it goes on until then when the day is to come."""
    if day <= max(timezone.localdate(), old.valid_from):
        _stop(old, by=by)
        return
    if old.valid_until is None or old.valid_until >= day:
        Availability.objects.filter(pk=old.pk).update(valid_until=day - timedelta(days=1))
    later = Slot.objects.filter(availability=old, starts_at__gte=wall_time(day, 0))
    withdraw_free(later, reason=REASON, by=by)


@transaction.atomic
def stop(availability: Availability, *, by: Any) -> int:
    """No slot is made of it any more and the free ones go; how many. Claimed slots stay."""
    return _stop(_lock(availability, by=by), by=by)


@transaction.atomic
def except_day(availability: Availability, day: date, *, by: Any) -> int:
    """No slot on that day; the free ones already made go: how many. Claimed slots stay."""
    locked = _lock(availability, by=by)
    with told_politely(AvailabilityException):
        made = AvailabilityException.objects.create(
            cpts_id=locked.cpts_id, availability=locked, day=day
        )
    audit.record(made, "except", by=by)
    return withdraw_free(_slots_on(locked, day), reason=REASON, by=by)


@transaction.atomic
def restore_day(availability: Availability, day: date, *, by: Any) -> None:
    """Take the exception of a day away; its slots are made anew. Nothing when there is none."""
    locked = _lock(availability, by=by)
    found = AvailabilityException.objects.filter(availability=locked, day=day).first()
    if found is None:
        return
    audit.record(found, "restore", by=by)
    found.delete()
    make_room(_slots_on(locked, day).filter(withdraw_reason=REASON))
    materialise([locked])


def make_room(slots: QuerySet[Slot]) -> None:
    """Let a template make anew what was withdrawn: a withdrawn slot itself never comes back."""
    slots.filter(status=SlotStatus.WITHDRAWN, starts_at__gt=Now()).update(availability=None)


def _lock_agenda(professional_id: int) -> None:
    """His membership before his templates: the order in which an absence locks them too."""
    Membership.objects.select_for_update(of=("self",), no_key=True).get(pk=professional_id)


def _lock(availability: Availability, *, by: Any) -> Availability:
    """A template that still runs; raises NotPermitted, then Refused."""
    if not rules.keeps_agenda(by, availability):
        raise NotPermitted(_("Cette semaine type n’est pas la vôtre."))
    locked: Availability = (
        Availability.objects.select_for_update(of=("self",), no_key=True)
        .select_related("professional__user", "professional__profession", "practice")
        .get(pk=availability.pk)
    )
    if locked.stopped_at is not None:
        raise Refused(_("Cette semaine type est déjà arrêtée ou changée."))
    return locked


def _open(
    professional: Membership,
    week: Week,
    terms: Terms,
    *,
    by: Any,
    replaces: Availability | None = None,
) -> Availability:
    with told_politely(Availability):
        made: Availability = Availability.objects.create(
            cpts_id=professional.cpts_id,
            professional=professional,
            replaces=replaces,
            created_by=writer(by),
            **week.columns(),
            **terms.columns(),
        )
    if replaces is not None:
        _hand_over(replaces, made)
    audit.record(made, "change" if replaces else "open", by=by)
    materialise([made])
    return made


def _hand_over(old: Availability, new: Availability) -> None:
    """What was decided day by day holds for the successor too."""
    AvailabilityException.objects.bulk_create(
        AvailabilityException(cpts_id=new.cpts_id, availability=new, day=day)
        for day in old.exceptions.filter(day__gte=timezone.localdate()).values_list(
            "day", flat=True
        )
    )
    gone = Slot.objects.filter(
        availability=old,
        status=SlotStatus.WITHDRAWN,
        starts_at__gt=Now(),
        starts_at__gte=wall_time(new.valid_from, 0),
    )
    gone.exclude(withdraw_reason=REASON).update(availability=new)


def _stop(locked: Availability, *, by: Any) -> int:
    locked.stopped_at = timezone.now()
    locked.save(update_fields=["stopped_at"])
    audit.record(locked, "stop", by=by)
    return withdraw_free(Slot.objects.filter(availability=locked), reason=REASON, by=by)


def _ask_apart(week: Week, others: Iterable[Availability]) -> None:
    """Two templates of one professional that would make slots on top of each other."""
    for other in others:
        if _cross(week, other):
            raise Refused(
                _(
                    "Une autre semaine type de ce professionnel couvre déjà une partie de ces"
                    " heures : changez-la, ou choisissez d’autres heures."
                )
            )


def _cross(week: Week, other: Availability) -> bool:
    same_days = bool(set(week.weekdays) & set(other.weekdays))
    same_hours = week.opens < other.closes and other.opens < week.closes
    starts_in_time = week.valid_until is None or other.valid_from <= week.valid_until
    not_over = other.valid_until is None or other.valid_until >= week.valid_from
    return same_days and same_hours and starts_in_time and not_over


def _slots_on(availability: Availability, day: date) -> QuerySet[Slot]:
    """Those of one Paris day."""
    rows: QuerySet[Slot] = Slot.objects.filter(
        availability=availability,
        starts_at__gte=wall_time(day, 0),
        starts_at__lt=wall_time(day + timedelta(days=1), 0),
    )
    return rows


# --- Weeks become slots -----------------------------------------------------------------------
@transaction.atomic
def materialise(
    weeks: Iterable[Availability], *, first_day: date | None = None, days: int = DAYS_AHEAD
) -> int:
    """Make the slots that those templates lack over `days` days; how many were lacking.

    Twice, late, or two workers at once make no double, and what overlaps is left out.
    """
    now = clock()
    first = max(first_day or date.min, now.astimezone(PARIS).date())
    last = first + timedelta(days=days - 1)
    running = _lock_running([week.pk for week in weeks], first, last)
    rows = list(_lacking(running, first, last, now + MARGIN))
    Slot.objects.bulk_create(rows, batch_size=2000, ignore_conflicts=True)
    return len(rows)


def _lock_running(keys: list[int], first: date, last: date) -> list[Availability]:
    """Those not stopped meanwhile, whose professional still takes part, in the order of locks."""
    locked = Availability.objects.running_between(first, last).filter(pk__in=keys)
    weeks = list(
        locked.select_for_update(of=("self",), no_key=True)
        .select_related("practice__commune")
        .prefetch_related("exceptions")
        .order_by("pk")
    )
    today = timezone.localdate()
    people = Membership.objects.current().with_standing()
    offering = {
        member.pk: member
        for member in people.filter(pk__in={week.professional_id for week in weeks})
        if may_take_part(member, today)
    }
    kept = [week for week in weeks if week.professional_id in offering]
    for week in kept:
        week.professional = offering[week.professional_id]
    return kept


def _lacking(weeks: list[Availability], first: date, last: date, after: datetime) -> Iterator[Slot]:
    """Unsaved slots in the order in which every worker inserts them: nobody waits in a ring."""
    owners = sorted({week.professional_id for week in weeks})
    ends = datetime.combine(last + timedelta(days=2), datetime.min.time(), PARIS)
    known = set(
        Slot.objects.filter(availability__in=weeks, starts_at__gte=after).values_list(
            "availability_id", "starts_at"
        )
    )
    away, busy = _absences(owners, after, ends), busy_times(owners, after, ends)
    found = (
        (week.professional_id, stretch[0], week, stretch)
        for week in weeks
        for stretch in _stretches(week, first, last, away.get(week.professional_id, []))
        if stretch[0] > after and (week.pk, stretch[0]) not in known
    )
    for owner, _start, week, stretch in sorted(found, key=lambda row: row[:2]):
        yield _slot(week, stretch, is_hidden=overlaps(stretch, busy.get(owner, [])))


def _stretches(
    week: Availability, first: date, last: date, absences: list[Stretch]
) -> Iterator[Stretch]:
    leaves_on = week.professional.ends_on
    return slots_between(
        week,
        first,
        min(last, leaves_on) if leaves_on else last,
        exceptions={excepted.day for excepted in week.exceptions.all()},
        absences=absences,
        department=week.practice.commune.department if week.practice else "",
    )


def _absences(owners: list[int], first: datetime, last: datetime) -> dict[int, list[Stretch]]:
    found: dict[int, list[Stretch]] = {}
    rows = Absence.objects.overlapping(first, last).filter(membership__in=owners)
    for owner, starts_at, ends_at in rows.values_list("membership", "starts_at", "ends_at"):
        found.setdefault(owner, []).append((starts_at, ends_at))
    return found


def _slot(week: Availability, stretch: Stretch, *, is_hidden: bool) -> Slot:
    starts_at, ends_at = stretch
    return Slot(
        cpts_id=week.cpts_id,
        professional_id=week.professional_id,
        availability_id=week.pk,
        starts_at=starts_at,
        ends_at=ends_at,
        closes_at=starts_at - timedelta(minutes=week.give_back_minutes),
        is_hidden=is_hidden,
        offered_by_id=week.created_by_id,
        **week.terms(),
    )
