"""A year of membership as the clock sees it: reminded, renewed, in grace, lapsed, back."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail

from cpts_portal.core import outbox
from cpts_portal.core.models import Message
from cpts_portal.core.scoping import open_scope
from members import rules
from members.actions import memberships, subscriptions
from members.models import College, Cpts, Membership, Role, Subscription
from members.tasks.renewals import renew_memberships
from tests.factories import CollegeFactory, GpFactory, MembershipFactory, SubscriptionFactory

pytestmark = pytest.mark.django_db
NIGHT = "T02:15:00Z"


@pytest.fixture
def college(cpts: Cpts) -> College:
    return CollegeFactory(
        cpts=cpts, fee=20, cycle="calendar", grace_days=60, reminder_days=[30, 0, -30]
    )


@pytest.fixture
def member(college: College) -> Membership:
    """Paid for 2026."""
    member = GpFactory(cpts=college.cpts, college=college, starts_on=date(2026, 1, 1))
    with time_machine.travel("2026-01-10T10:00:00Z", tick=False):
        SubscriptionFactory(
            cpts=college.cpts,
            membership=member,
            college=college,
            starts_on=date(2026, 1, 1),
            ends_on=date(2026, 12, 31),
            is_paid=True,
        )
    return member


def night_of(day: str) -> int:
    with time_machine.travel(day + NIGHT, tick=False):
        return renew_memberships()


def steps() -> list[str]:
    """The steps whose reminders were posted, in order."""
    posted = Message.objects.filter(purpose="members.renewal").order_by("created_at")
    return [message.occurrence.rpartition(":")[2] for message in posted]


def standing_on(member: Membership, day: date) -> str:
    found: Any = Membership.objects.with_standing().get(pk=member.pk)
    return rules.standing(found, day).value


def pay(day: str, by: Membership) -> Subscription:
    with time_machine.travel(f"{day}T10:00:00Z", tick=False):
        year = Subscription.objects.get(starts_on=date(2027, 1, 1))
        return subscriptions.note_payment(
            year, paid_on=date.fromisoformat(day), means="cheque", by=by
        )


def test_a_year_unpaid_is_reminded_at_each_step_then_lapses(member, coordinator):
    for month in range(12):
        night_of(f"2026-{month + 1:02d}-15")
    for day in ("2026-12-31", "2027-01-15", "2027-01-30", "2027-02-20", "2027-03-20"):
        night_of(day)

    assert steps() == ["30", "0", "-30"]
    assert list(Subscription.objects.values_list("starts_on", flat=True)) == [
        date(2027, 1, 1),
        date(2026, 1, 1),
    ]
    days = [date(2026, 12, 31), date(2027, 1, 1), date(2027, 3, 1), date(2027, 3, 2)]
    assert [standing_on(member, day) for day in days] == ["good", "grace", "grace", "lapsed"]


def test_a_year_paid_after_the_first_reminder_is_left_in_peace(member, coordinator):
    night_of("2026-12-02")
    pay("2026-12-20", coordinator)
    for day in ("2026-12-31", "2027-01-30"):
        night_of(day)

    assert steps() == ["30"]
    assert standing_on(member, date(2027, 12, 31)) == "good"


def test_the_night_run_twice_says_nothing_more(member):
    first, again = night_of("2026-12-02"), night_of("2026-12-02")

    assert (first, again) == (2, 0)


def test_nights_missed_send_only_the_latest_step(member):
    night_of("2027-01-05")
    late = steps()
    night_of("2027-02-02")

    assert (late, steps()) == (["0"], ["0", "-30"])


def test_a_reminder_too_old_to_be_of_use_is_not_sent(member):
    night_of("2027-06-01")

    assert steps() == []


def test_a_reminder_waiting_when_the_payment_is_noted_never_leaves(member, coordinator):
    night_of("2026-12-02")
    pay("2026-12-02", coordinator)
    with time_machine.travel("2026-12-02T11:00:00Z", tick=False):
        outbox.deliver_due()

    assert mail.outbox == []
    assert Message.objects.get(purpose="members.renewal").status == Message.Status.DROPPED


def test_the_reminder_says_until_when_how_much_and_how(member):
    College.objects.update(payment_help="Chèque à l’ordre de la CPTS.")
    night_of("2026-12-02")
    with time_machine.travel("2026-12-02T11:00:00Z", tick=False):
        outbox.deliver_due()

    [sent] = mail.outbox
    assert sent.to == [member.user.email]
    assert "jusqu’au 31 décembre 2026" in sent.subject
    assert "20\u00a0€" in sent.body
    assert "Chèque à l’ordre de la CPTS." in sent.body
    assert f"/{member.cpts.slug}/mon-adhesion/" in sent.body


def test_one_who_has_left_is_not_reminded(member, coordinator):
    with time_machine.travel("2026-11-30T10:00:00Z", tick=False):
        memberships.end(member, on=date(2026, 11, 30), reason="left", by=coordinator)

    assert night_of("2026-12-02") == 0


def test_a_first_year_unpaid_is_reminded_after_a_month(college):
    member = GpFactory(cpts=college.cpts, college=college, starts_on=date(2026, 3, 1))
    SubscriptionFactory(
        cpts=college.cpts, membership=member, college=college, starts_on=date(2026, 3, 1)
    )
    night_of("2026-03-02")
    early = steps()
    night_of("2026-03-30")

    assert (early, steps()) == ([], ["-30"])


def test_a_year_that_costs_nothing_waits_for_the_member_s_own_tap(cpts, college, member):
    College.objects.update(fee=0)
    night_of("2026-12-02")
    with time_machine.travel("2026-12-05T10:00:00Z", tick=False):
        year = subscriptions.renew(member, by=member)

    assert steps() == ["30"]
    assert (year.starts_on, year.ends_on, year.means) == (
        date(2027, 1, 1),
        date(2027, 12, 31),
        "free",
    )


def test_one_who_lapsed_long_ago_begins_a_year_today(member, coordinator):
    with time_machine.travel("2028-05-03T10:00:00Z", tick=False):
        year = subscriptions.renew(member, by=coordinator)

    assert (year.starts_on, year.ends_on) == (date(2028, 5, 3), date(2028, 12, 31))


def test_one_who_comes_back_begins_anew_and_the_past_stays(member, coordinator):
    with time_machine.travel("2027-03-05T10:00:00Z", tick=False):
        memberships.end(member, on=date(2027, 3, 4), reason="lapsed", by=coordinator)
    with time_machine.travel("2028-05-03T10:00:00Z", tick=False):
        again = memberships.come_back(
            member,
            role=Role.PROFESSIONAL,
            college=member.college,
            starts_on=date(2028, 5, 3),
            by=coordinator,
        )

    assert again.subscriptions.get().starts_on == date(2028, 5, 3)
    assert member.subscriptions.get().ends_on == date(2026, 12, 31)


def test_the_clock_serves_each_cpts_by_itself(member):
    other = MembershipFactory(cpts__slug="ailleurs")
    with open_scope(cpts=other.cpts):
        there = CollegeFactory(cpts=other.cpts, fee=20, reminder_days=[30])
        there_member = GpFactory(cpts=other.cpts, college=there, starts_on=date(2026, 1, 1))
        SubscriptionFactory(
            cpts=other.cpts,
            membership=there_member,
            college=there,
            starts_on=date(2026, 1, 1),
            ends_on=date(2026, 12, 31),
            is_paid=True,
        )

    assert night_of("2026-12-02") == 4
    assert Subscription.objects.count() == 2


# --- Rules ----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("ago", "step"),
    [(-31, None), (-30, 30), (-1, 30), (0, 0), (29, 0), (30, -30), (60, -30), (61, None)],
)
def test_the_step_of_a_day_counted_from_the_end(member, ago, step):
    found: Any = Membership.objects.with_standing().get(pk=member.pk)

    assert rules.reminder_step(found, date(2026, 12, 31) + timedelta(days=ago)) == step


def test_nobody_owes_two_years_at_once(member, college):
    due = SubscriptionFactory.build(
        starts_on=date(2027, 1, 1), ends_on=date(2027, 12, 31), paid_on=None
    )

    assert not rules.may_follow(due, member, date(2027, 12, 15))
    assert rules.may_follow(due, member, date(2028, 1, 1))
