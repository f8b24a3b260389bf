"""« Ma journée »: one professional's slots of one day, in order, with who comes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Prefetch, QuerySet
from django.utils import timezone

from members.models import Membership
from unscheduled_care.models import Claim, ClaimStatus, Slot, SlotStatus
from unscheduled_care.queries.claims import Doer, is_due, outcomes_open
from unscheduled_care.rules import is_clinician

PARIS = ZoneInfo("Europe/Paris")


@dataclass(frozen=True)
class Line:
    """One slot of the day; `claim` is who comes, without a name."""

    slot: Slot
    claim: Claim | None
    is_due: bool
    outcomes: list[tuple[str, Any]]

    @property
    def is_noted(self) -> bool:
        return self.claim is not None and self.claim.status != ClaimStatus.BOOKED

    @property
    def awaits_outcome(self) -> bool:
        return self.is_due and self.claim is not None and not self.is_noted


@dataclass(frozen=True)
class Day:
    day: date
    lines: list[Line]

    @property
    def previous(self) -> date:
        return self.day - timedelta(days=1)

    @property
    def next(self) -> date:
        return self.day + timedelta(days=1)

    @property
    def claimed(self) -> int:
        return sum(line.claim is not None for line in self.lines)

    @property
    def to_note(self) -> int:
        return sum(line.awaits_outcome for line in self.lines)


def bounds(day: date) -> tuple[datetime, datetime]:
    """The Paris day, 23 or 25 hours long on the nights when clocks change."""
    after = datetime.combine(day + timedelta(days=1), time(), PARIS)
    return datetime.combine(day, time(), PARIS), after


def day_of(by: Doer, day: date) -> Day:
    """In two queries, whatever the number of slots."""
    now = timezone.now()
    return Day(day, [_line(slot, by, now) for slot in _slots(by.pk, day)])


def _slots(professional_id: int, day: date) -> QuerySet[Slot]:
    first, after = bounds(day)
    live = Claim.objects.exclude(status=ClaimStatus.CANCELLED).select_related("reason")
    rows: QuerySet[Slot] = (
        Slot.objects.filter(
            professional_id=professional_id, starts_at__gte=first, starts_at__lt=after
        )
        .exclude(status=SlotStatus.WITHDRAWN)
        .select_related("practice")
        .prefetch_related(Prefetch("claims", queryset=live, to_attr="live_claims"))
        .order_by("starts_at", "pk")
    )
    return rows


def _line(slot: Slot, by: Doer, now: datetime) -> Line:
    claims: list[Claim] = slot.live_claims  # type: ignore[attr-defined]
    if not claims:
        return Line(slot=slot, claim=None, is_due=slot.starts_at <= now, outcomes=[])
    claim = claims[0]
    claim.slot = slot
    return Line(
        slot=slot,
        claim=claim,
        is_due=is_due(claim, now),
        outcomes=outcomes_open(claim, by, now),
    )


def agendas_of(doers: dict[int, Doer], member: Membership) -> list[Doer]:
    """Whose day she may look at: her own when she sees patients, then those she acts for."""
    return [by for by in doers.values() if by.pk != member.pk or is_clinician(member)]
