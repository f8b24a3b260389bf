"""Many people registered, all to be reminded at the same polite moment."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from cpts_portal.core import outbox
from members.models import Cpts, Role
from prevention.models import Registration, RegistrationContact, ReminderPlan, Session
from tests.factories import MembershipFactory
from tests.prevention.makers import CampaignFactory, PlanFactory, SessionFactory

SEATS = 1000
A_DAY = timedelta(days=1)


def crowd_due(people: int, **cpts: Any) -> tuple[datetime, list[int]]:
    """When they are to be reminded, and the keys of their sessions; nothing is planned yet.

    The plan has been approved, and `useful_until` leaves twelve hours.
    """
    due_at = outbox.polite_time(timezone.now())
    campaign = CampaignFactory(**cpts)
    approved(campaign.cpts, PlanFactory(campaign=campaign, **A_DAY_BEFORE))
    keys = []
    for numbers in chunks(people):
        session = SessionFactory(campaign=campaign, starts_at=due_at + A_DAY, capacity=len(numbers))
        register(session, numbers)
        keys.append(session.pk)
    return due_at, keys


A_DAY_BEFORE = {"offset_days": None, "at": None, "offset_minutes": -24 * 60}


def chunks(people: int) -> list[range]:
    return [range(first, min(first + SEATS, people)) for first in range(0, people, SEATS)]


def approved(cpts: Cpts, plan: ReminderPlan) -> None:
    reader = MembershipFactory(cpts=cpts, role=Role.COORDINATOR)
    ReminderPlan.objects.filter(pk=plan.pk).update(approved_by=reader, approved_at=timezone.now())


def register(session: Session, numbers: range) -> None:
    """In bulk; each has an address of her own, `odette7@courriel.example`."""
    since = timezone.now() - A_DAY
    rows = Registration.objects.bulk_create(
        Registration(
            cpts_id=session.cpts_id,
            session=session,
            number=position,
            status="confirmed",
            registered_at=since,
            seated_at=since,
        )
        for position, _number in enumerate(numbers, start=1)
    )
    RegistrationContact.objects.bulk_create(
        RegistrationContact(
            cpts_id=session.cpts_id,
            registration=row,
            first_name="Odette",
            email=address_of(number),
        )
        for row, number in zip(rows, numbers, strict=True)
    )


def address_of(number: int) -> str:
    return f"odette{number}@courriel.example"
