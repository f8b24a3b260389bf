"""The shared desk: one day of several professionals side by side, phone in hand."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet
from django.db.models.functions import Now

from cpts_portal.core.templatetags.portal import hour
from members.models import Membership, Practice
from unscheduled_care.models import Claim, ClaimStatus, Hold, Slot, SlotStatus
from unscheduled_care.queries.freshness import LONGEST, Reading
from unscheduled_care.queries.reach import visible_to
from unscheduled_care.rules import Reach

PARIS = ZoneInfo("Europe/Paris")
COLUMNS = 6
"""Agendas side by side; more would not be read at a glance."""
FARTHEST = timedelta(days=60)


@dataclass(frozen=True)
class Line:
    """One slot: `free`, `kept` by this desk, `held` by another, `booked`, or `over`."""

    pk: int
    hour: str
    minutes: int
    kind: str
    kind_label: str
    state: str
    deed: Hold | Claim | None = None


@dataclass(frozen=True)
class Column:
    """One professional's day; `is_ours` when the reader may offer and withdraw in his name."""

    member: Membership
    practice: Practice | None
    lines: Sequence[Line]
    free: int
    is_ours: bool


@dataclass(frozen=True)
class Desk:
    day: date
    today: date
    columns: Sequence[Column]
    others: Sequence[Membership]
    """Those who have slots that day and no column."""
    until: datetime
    """When time alone changes the desk."""

    @property
    def yesterday(self) -> date | None:
        return None if self.day <= self.today else self.day - timedelta(days=1)

    @property
    def tomorrow(self) -> date | None:
        after = self.day + timedelta(days=1)
        return None if after > self.today + FARTHEST else after


def desk_of(reach: Reach, reading: Reading, asked: date | None, chosen: Collection[int]) -> Desk:
    """In five queries, whatever the number of slots; days beyond reach are today's."""
    today = reading.now.astimezone(PARIS).date()
    day = asked if asked and today <= asked <= today + FARTHEST else today
    slots = list(_slots(reach, day, reading.now))
    by_member: dict[int, list[Slot]] = defaultdict(list)
    for slot in slots:
        by_member[slot.professional_id].append(slot)
    people = sorted(
        {slot.professional_id: slot.professional for slot in slots}.values(), key=_by_name
    )
    first = _first(people, reach, chosen)
    holds = _holds(slots)
    deeds = _deeds(slots, holds, reach)
    columns = [
        _column(member, by_member[member.pk], holds, deeds, reading.now, reach) for member in first
    ]
    others = [member for member in people if member not in first]
    return Desk(day, today, columns, others, _until(slots, holds, reading.now))


def _by_name(member: Membership) -> tuple[str, str]:
    return (member.user.last_name, member.user.first_name)


def _slots(reach: Reach, day: date, now: datetime) -> QuerySet[Slot]:
    """What this desk may claim, and what is booked, that Paris day."""
    first = datetime.combine(day, time(), PARIS)
    after = datetime.combine(day + timedelta(days=1), time(), PARIS)
    is_open = Q(status=SlotStatus.OPEN, is_hidden=False, closes_at__gt=now)
    rows: QuerySet[Slot] = Slot.objects.filter(
        visible_to(reach),
        is_open | Q(status=SlotStatus.CLAIMED),
        starts_at__gte=first,
        starts_at__lt=after,
    )
    shown = rows.select_related("professional__user", "professional__profession", "practice")
    return shown.order_by("starts_at", "pk")


def _first(people: list[Membership], reach: Reach, chosen: Collection[int]) -> list[Membership]:
    """Those chosen; else those she acts for, then the others by name, as many as columns."""
    if chosen:
        return [member for member in people if member.pk in chosen][:COLUMNS]
    ours = [member for member in people if member.pk in reach.own_ids]
    return (ours or people)[:COLUMNS]


def _holds(slots: list[Slot]) -> dict[int, Hold]:
    """Live ones, by slot."""
    found = Hold.objects.filter(slot__in=slots, claim=None, expires_at__gt=Now())
    return {hold.slot_id: hold for hold in found}


def _deeds(slots: list[Slot], holds: dict[int, Hold], reach: Reach) -> dict[int, Hold | Claim]:
    """Own holds, and the claims that this desk may open, by slot."""
    keepers = (
        Q()
        if reach.is_desk
        else Q(claimer__in=reach.own_ids) | Q(slot__professional__in=reach.own_ids)
    )
    claims = Claim.objects.filter(keepers, slot__in=slots).exclude(status=ClaimStatus.CANCELLED)
    mine = {pk: hold for pk, hold in holds.items() if hold.holder_id in reach.own_ids}
    return {**mine, **{claim.slot_id: claim for claim in claims}}


def _column(
    member: Membership,
    slots: list[Slot],
    holds: dict[int, Hold],
    deeds: dict[int, Hold | Claim],
    now: datetime,
    reach: Reach,
) -> Column:
    lines = [_line(slot, holds, deeds, now) for slot in slots]
    return Column(
        member=member,
        practice=next((slot.practice for slot in slots if slot.practice), None),
        lines=lines,
        free=sum(line.state == "free" for line in lines),
        is_ours=reach.is_desk or member.pk in reach.own_ids,
    )


def _line(
    slot: Slot, holds: dict[int, Hold], deeds: dict[int, Hold | Claim], now: datetime
) -> Line:
    return Line(
        pk=slot.pk,
        hour=hour(slot.starts_at),
        minutes=slot.minutes,
        kind=slot.kind,
        kind_label=str(slot.get_kind_display()),
        state=_state(slot, holds.get(slot.pk), deeds.get(slot.pk), now),
        deed=deeds.get(slot.pk),
    )


def _state(slot: Slot, hold: Hold | None, deed: Hold | Claim | None, now: datetime) -> str:
    if slot.status == SlotStatus.CLAIMED:
        return "over" if slot.ends_at <= now else "booked"
    if hold:
        return "kept" if isinstance(deed, Hold) else "held"
    return "free"


def _until(slots: list[Slot], holds: dict[int, Hold], now: datetime) -> datetime:
    """The next closing, end of a hold, end of a visit, or midnight."""
    midnight = datetime.combine(now.astimezone(PARIS).date() + timedelta(days=1), time(), PARIS)
    closings = [slot.closes_at for slot in slots if slot.status == SlotStatus.OPEN]
    ends = [slot.ends_at for slot in slots if slot.ends_at > now]
    holds_end = [hold.expires_at for hold in holds.values()]
    return min([now + LONGEST, midnight, *closings, *ends, *holds_end])
