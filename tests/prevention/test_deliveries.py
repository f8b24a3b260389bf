"""Reminders are planned ahead, follow what moves, and leave once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from cpts_portal.core.models import Message
from cpts_portal.core.outbox import PARIS
from cpts_portal.core.scoping import scopes_disabled
from prevention.actions.deliveries import reconcile, reconcile_near
from prevention.actions.sending import send_due
from prevention.models import Delivery
from tests.prevention.makers import PlanFactory, RegistrationFactory, SessionFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def every_cpts() -> Iterator[None]:
    with scopes_disabled():
        yield


def in_days(days: int, hour: int = 14) -> datetime:
    """A working day at that hour in Paris, at least `days` from now."""
    day = timezone.localdate() + timedelta(days=days)
    while day.isoweekday() != 4:
        day += timedelta(days=1)
    return datetime(day.year, day.month, day.day, hour, tzinfo=PARIS)


def planned() -> list[tuple[datetime, str, str]]:
    return list(Delivery.objects.order_by("pk").values_list("due_at", "status", "reason"))


def test_a_registration_has_one_delivery_a_plan():
    session = SessionFactory(starts_at=in_days(10))
    RegistrationFactory(session=session)
    plan = PlanFactory(campaign=session.campaign)

    reconcile(sessions=[session.pk])
    reconcile(sessions=[session.pk])
    reconcile(plans=[plan.pk])
    reconcile_near(timezone.now())

    [delivery] = Delivery.objects.all()
    assert delivery.due_at == in_days(10, 10) - timedelta(days=7)


def test_what_is_due_leaves_once():
    session = SessionFactory(starts_at=in_days(10))
    RegistrationFactory(session=session)
    PlanFactory(campaign=session.campaign)
    reconcile(sessions=[session.pk])
    [delivery] = Delivery.objects.all()

    times = [send_due(delivery.due_at + timedelta(minutes=n), 600) for n in range(3)]

    [message] = Message.objects.all()
    delivery.refresh_from_db()
    print(message.title, message.body, message.unsubscribe_url)
    assert times == [1, 0, 0]
    assert (delivery.status, delivery.message) == ("posted", message)
