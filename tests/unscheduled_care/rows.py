"""One whole row of each table of unscheduled care: every key set, so that each can be tried."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db import models
from django.utils import timezone

from members.models import Cpts, Membership
from tests.factories import GpFactory, GPRequestFactory, MembershipFactory
from tests.unscheduled_care.makers import (
    AbsenceFactory,
    AvailabilityExceptionFactory,
    AvailabilityFactory,
    CareNeedFactory,
    ClaimContactFactory,
    ClaimFactory,
    HoldFactory,
    NeedContactFactory,
    SasDeskFactory,
    SlotFactory,
    WaitingContactFactory,
    WaitingEntryFactory,
)
from unscheduled_care.models import (
    Absence,
    Availability,
    AvailabilityException,
    BoardChange,
    BusyFeed,
    BusyTime,
    CalendarFeed,
    CareNeed,
    CareTerms,
    Claim,
    ClaimContact,
    Hold,
    NeedContact,
    NeedStatus,
    SasDesk,
    Slot,
    WaitingContact,
    WaitingEntry,
    WaitingOffer,
    WaitingStatus,
)


def member(cpts: Cpts) -> Membership:
    return MembershipFactory(cpts=cpts)


def availability(cpts: Cpts) -> Availability:
    return AvailabilityFactory(
        professional=GpFactory(cpts=cpts),
        replaces=AvailabilityFactory(professional=GpFactory(cpts=cpts)),
    )


def slot(cpts: Cpts) -> Slot:
    return SlotFactory(professional=GpFactory(cpts=cpts), availability=availability(cpts))


def hold(cpts: Cpts) -> Hold:
    return HoldFactory(slot=slot(cpts))


def claim(cpts: Cpts) -> Claim:
    return ClaimFactory(slot=slot(cpts), gp_request=GPRequestFactory(cpts=cpts), contact=None)


def need(cpts: Cpts) -> CareNeed:
    return CareNeedFactory(
        asker=member(cpts),
        usual=GpFactory(cpts=cpts),
        status=NeedStatus.TAKEN,
        taken_by=GpFactory(cpts=cpts),
        taken_at=timezone.now(),
        contact=None,
    )


def entry(cpts: Cpts) -> WaitingEntry:
    return WaitingEntryFactory(
        added_by=member(cpts),
        status=WaitingStatus.BOOKED,
        ended_at=timezone.now(),
        claim=claim(cpts),
        contact=None,
    )


def busy_feed(cpts: Cpts) -> BusyFeed:
    return BusyFeed.objects.create(
        cpts=cpts, membership=GpFactory(cpts=cpts), url="https://agenda.example/a.ics"
    )


def busy_time(cpts: Cpts) -> BusyTime:
    now = timezone.now()
    return BusyTime.objects.create(
        cpts=cpts, feed=busy_feed(cpts), starts_at=now, ends_at=now + timedelta(hours=1)
    )


ROWS: dict[type[models.Model], Callable[[Cpts], Any]] = {
    Absence: lambda cpts: AbsenceFactory(membership=GpFactory(cpts=cpts)),
    Availability: availability,
    AvailabilityException: lambda cpts: AvailabilityExceptionFactory(
        availability=availability(cpts)
    ),
    BoardChange: lambda cpts: BoardChange.objects.create(cpts=cpts, xid=1),
    BusyFeed: busy_feed,
    BusyTime: busy_time,
    CalendarFeed: lambda cpts: CalendarFeed.objects.create(
        cpts=cpts, membership=GpFactory(cpts=cpts), token_hash=f"{cpts.pk:064x}"
    ),
    CareNeed: need,
    CareTerms: lambda cpts: CareTerms.objects.create(cpts=cpts),
    Claim: claim,
    ClaimContact: lambda cpts: ClaimContactFactory(claim=claim(cpts)),
    Hold: hold,
    NeedContact: lambda cpts: NeedContactFactory(need=need(cpts)),
    SasDesk: lambda cpts: SasDeskFactory(cpts=cpts),
    Slot: slot,
    WaitingContact: lambda cpts: WaitingContactFactory(entry=entry(cpts)),
    WaitingEntry: entry,
    WaitingOffer: lambda cpts: WaitingOffer.objects.create(
        cpts=cpts, entry=entry(cpts), hold=hold(cpts)
    ),
}
