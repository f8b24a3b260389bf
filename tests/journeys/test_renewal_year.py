"""Two years of one membership, through the pages that people press and the tasks of the night."""

from __future__ import annotations

import io
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pypdf
import pytest
import time_machine
from django.test import Client

from cpts_portal.core.models import Message
from members.models import Ad, College, Membership, Subscription
from members.tasks.renewals import renew_memberships
from tests.factories import CollegeFactory, GpFactory, SubscriptionFactory

HERE = "/artois-lys/"
AD = {
    "kind": Ad.Kind.REPLACEMENT,
    "side": Ad.Side.OFFER,
    "title": "Remplacement en août",
    "body": "Deux semaines, logement possible.",
}


@pytest.fixture(autouse=True)
def one_factor(settings: Any) -> None:
    settings.SECOND_FACTOR_REQUIRED = False


@pytest.fixture
def member(coordinator: Membership) -> Membership:
    """A GP who has paid for 2026, in a college that reminds her three times."""
    cpts = coordinator.cpts
    college = CollegeFactory(
        cpts=cpts,
        fee=20,
        cycle=College.Cycle.CALENDAR,
        grace_days=60,
        reminder_days=[30, 0, -30],
    )
    gp: Membership = GpFactory(cpts=cpts, college=college, starts_on=date(2026, 1, 1))
    with noon(date(2026, 1, 10)):
        SubscriptionFactory(
            cpts=cpts,
            membership=gp,
            college=college,
            starts_on=date(2026, 1, 1),
            ends_on=date(2026, 12, 31),
            is_paid=True,
        )
    return gp


def noon(day: date) -> AbstractContextManager[object]:
    moment = datetime(day.year, day.month, day.day, 11, tzinfo=UTC)
    return time_machine.travel(moment, tick=False)


def nights(first: date, last: date) -> None:
    """Every night from one day to the other, as beat asks for them."""
    for ahead in range((last - first).days + 1):
        with noon(first + timedelta(days=ahead)):
            renew_memberships()


def as_seen_on(day: date, who: Membership) -> Client:
    """A window opened that day: a session of another month has ended."""
    with noon(day):
        window = Client()
        window.force_login(who.user)
    return window


def standing_shown(day: date, member: Membership) -> str:
    window = as_seen_on(day, member)
    with noon(day):
        return str(window.get(f"{HERE}mon-adhesion/").context["standing"])


def note_payment(day: date, by: Membership, year: Subscription) -> None:
    window = as_seen_on(day, by)
    parts = {"paid_on_day": day.day, "paid_on_month": day.month, "paid_on_year": day.year}
    with noon(day):
        noted = window.post(f"{HERE}cotisations/{year.pk}/noter/", {**parts, "means": "cheque"})
    assert noted.status_code == 302, noted.context["form"].errors


def publish_an_ad(day: date, member: Membership) -> int:
    window, last = as_seen_on(day, member), day + timedelta(days=30)
    shown = {f"expires_on_{part}": getattr(last, part) for part in ("day", "month", "year")}
    with noon(day):
        return window.post(f"{HERE}annonces/nouvelle/", AD | shown).status_code


def reminded(member: Membership) -> list[str]:
    """The steps of the reminders, in the order in which they were posted."""
    posted = Message.objects.filter(purpose="members.renewal").order_by("created_at", "pk")
    return [message.occurrence.rpartition(":")[2] for message in posted]


def test_two_years_of_a_member(member: Membership, coordinator: Membership) -> None:
    nights(date(2026, 11, 20), date(2027, 2, 1))
    of_2027 = member.subscriptions.get(starts_on=date(2027, 1, 1))
    assert reminded(member) == ["30", "0", "-30"]
    assert standing_shown(date(2027, 2, 2), member) == "grace"

    note_payment(date(2027, 2, 3), coordinator, of_2027)
    assert standing_shown(date(2027, 2, 3), member) == "good"
    of_2027.refresh_from_db()
    receipt = _receipt(date(2027, 2, 3), member, of_2027)
    assert of_2027.receipt_number in receipt
    assert str(member.user) in receipt

    nights(date(2027, 11, 20), date(2028, 3, 1))
    assert reminded(member) == ["30", "0", "-30"] * 2
    assert publish_an_ad(date(2028, 2, 28), member) == 302
    days = (date(2028, 1, 1), date(2028, 2, 29), date(2028, 3, 1))
    assert [standing_shown(day, member) for day in days] == ["grace", "grace", "lapsed"]

    _reads_but_does_not_publish(date(2028, 3, 2), member)

    of_2028 = member.subscriptions.get(starts_on=date(2028, 1, 1))
    note_payment(date(2028, 3, 10), coordinator, of_2028)
    assert standing_shown(date(2028, 3, 10), member) == "good"
    assert publish_an_ad(date(2028, 3, 10), member) == 302
    assert member.subscriptions.count() == 3


def _receipt(day: date, member: Membership, year: Subscription) -> str:
    """The words of the PDF that the member takes away."""
    window = as_seen_on(day, member)
    with noon(day):
        answer = window.get(f"{HERE}cotisations/{year.pk}/recu.pdf")
    pages = pypdf.PdfReader(io.BytesIO(b"".join(answer))).pages
    return "\n".join(page.extract_text() for page in pages)


def _reads_but_does_not_publish(day: date, member: Membership) -> None:
    window, before = as_seen_on(day, member), Ad.objects.count()
    with noon(day):
        read = [window.get(f"{HERE}{page}/").status_code for page in ("annuaire", "annonces")]
    assert read == [200, 200]
    assert publish_an_ad(day, member) == 403
    assert Ad.objects.count() == before
