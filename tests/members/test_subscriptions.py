from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from functools import partial

import pytest
from django.db import IntegrityError
from django.utils import timezone

from cpts_portal.core import audit
from cpts_portal.core.models import AuditEntry
from cpts_portal.core.refusals import NotPermitted, Refused
from cpts_portal.core.scoping import open_scope
from members.actions import subscriptions as actions
from members.models import College, ReceiptCounter, Role
from tests.factories import (
    CollegeFactory,
    CptsFactory,
    GpFactory,
    MembershipFactory,
    ProfessionFactory,
    SubscriptionFactory,
)
from tests.members.threads import at_once


@pytest.mark.parametrize(
    ("cycle", "starts_on", "ends_on"),
    [
        ("calendar", date(2026, 11, 22), date(2026, 12, 31)),
        ("calendar", date(2027, 1, 1), date(2027, 12, 31)),
        ("anniversary", date(2026, 11, 22), date(2027, 11, 21)),
        ("anniversary", date(2027, 1, 1), date(2027, 12, 31)),
        ("anniversary", date(2028, 2, 29), date(2029, 2, 28)),
        ("anniversary", date(2027, 3, 1), date(2028, 2, 29)),
    ],
)
def test_a_period_lasts_as_the_college_says(cycle, starts_on, ends_on):
    assert actions.last_day(cycle, starts_on) == ends_on


def test_open_period_owes_the_college_s_fee(cpts, coordinator):
    college = CollegeFactory(cpts=cpts, fee=Decimal("35.00"), cycle=College.Cycle.CALENDAR)
    member = GpFactory(cpts=cpts, college=college)

    period = actions.open_period(member, starts_on=date(2026, 11, 22), by=coordinator)

    period.refresh_from_db()
    assert (period.fee, period.paid_on, period.means) == (Decimal("35.00"), None, "")
    assert (period.starts_on, period.ends_on) == (date(2026, 11, 22), date(2026, 12, 31))


def test_open_period_at_no_cost_is_paid_by_opening_it(cpts):
    member = GpFactory(cpts=cpts, college=CollegeFactory(cpts=cpts, fee=0))

    period = actions.open_period(member, starts_on=date(2026, 11, 22), by=audit.SYSTEM)

    assert (period.is_paid, period.means, period.recorded_by) == (True, "free", None)


def test_open_period_refuses_a_day_already_covered(cpts, coordinator):
    member = GpFactory(cpts=cpts, college=CollegeFactory(cpts=cpts))
    actions.open_period(member, starts_on=date(2026, 11, 22), by=coordinator)

    with pytest.raises(Refused, match="déjà ouverte"):
        actions.open_period(member, starts_on=date(2026, 12, 1), by=coordinator)


# --- Payments -------------------------------------------------------------------------------
@pytest.fixture
def due(cpts):
    return SubscriptionFactory(cpts=cpts)


def paid(subscription, by, **more):
    told = {"paid_on": timezone.localdate(), "means": "transfer", **more}
    return actions.note_payment(subscription, by=by, **told)


def number(rank):
    return f"{timezone.localdate().year}-{rank:04d}"


def test_note_payment_writes_who_when_how_and_gives_a_receipt(due, coordinator):
    paid(due, coordinator)

    due.refresh_from_db()
    assert (due.paid_on, due.means, due.recorded_by, due.receipt_number) == (
        timezone.localdate(),
        "transfer",
        coordinator,
        number(1),
    )
    entry = AuditEntry.objects.get(verb="pay")
    assert (entry.subject_id, entry.reason) == (str(due.pk), number(1))


def test_a_payment_noted_twice_is_refused_saying_when_and_by_whom(due, coordinator):
    paid(due, coordinator)

    with pytest.raises(Refused, match=f"déjà notée le .* par {coordinator.user}"):
        paid(due, coordinator)


def test_receipts_are_numbered_without_a_gap(cpts, coordinator):
    first, second = SubscriptionFactory(cpts=cpts), SubscriptionFactory(cpts=cpts)
    paid(first, coordinator)
    with pytest.raises(Refused):
        paid(first, coordinator)

    assert paid(second, coordinator).receipt_number == number(2)


def test_each_cpts_numbers_its_own_receipts(due, coordinator):
    paid(due, coordinator)
    stranger = MembershipFactory(cpts=CptsFactory())
    with open_scope(cpts=stranger.cpts):
        there = paid(SubscriptionFactory(cpts=stranger.cpts), stranger)

    assert there.receipt_number == number(1)


@pytest.mark.parametrize("role", [Role.PROFESSIONAL, Role.SECRETARY, Role.PARTNER, Role.FUNDER])
def test_payments_are_noted_by_the_governance(due, role):
    member = MembershipFactory(cpts=due.cpts, role=role, profession=ProfessionFactory())

    with pytest.raises(NotPermitted):
        paid(due, member)


def test_a_payment_is_not_noted_before_it_is_made(due, coordinator):
    with pytest.raises(Refused, match="dans le futur"):
        paid(due, coordinator, paid_on=timezone.localdate() + timedelta(days=1))


def test_take_back_leaves_the_year_due_and_the_receipt_its_number(due, coordinator):
    paid(due, coordinator)

    actions.take_back_payment(due, reason="chèque refusé", by=coordinator)

    due.refresh_from_db()
    assert (due.is_paid, due.means, due.receipt_number) == (False, "", number(1))
    assert AuditEntry.objects.get(verb="take_back_payment").reason == "chèque refusé"
    assert paid(due, coordinator).receipt_number == number(1)


def test_take_back_wants_a_payment_and_a_reason(due, coordinator):
    with pytest.raises(Refused, match="Aucun paiement"):
        actions.take_back_payment(due, reason="erreur", by=coordinator)
    paid(due, coordinator)
    with pytest.raises(Refused, match="Dites pourquoi"):
        actions.take_back_payment(due, reason=" ", by=coordinator)


def test_a_year_that_costs_nothing_is_not_taken_back(cpts, coordinator):
    member = GpFactory(cpts=cpts, college=CollegeFactory(cpts=cpts, fee=0))
    free = actions.open_period(member, starts_on=timezone.localdate(), by=coordinator)

    with pytest.raises(Refused, match="gratuite"):
        actions.take_back_payment(free, reason="erreur", by=coordinator)


def test_waive_counts_as_paid_without_a_receipt(due, coordinator):
    actions.waive(due, reason="étudiante", by=coordinator)

    due.refresh_from_db()
    assert (due.is_paid, due.means, due.receipt_number) == (True, "waived", "")


def test_note_payments_notes_what_is_due_and_names_the_rest(cpts, coordinator):
    done, new = SubscriptionFactory(cpts=cpts), SubscriptionFactory(cpts=cpts)
    paid(done, coordinator)

    noted, [refusal] = actions.note_payments(
        [done, new], paid_on=timezone.localdate(), means="cheque", by=coordinator
    )

    new.refresh_from_db()
    assert (noted, new.means, new.receipt_number) == (1, "cheque", number(2))
    assert refusal.startswith(f"{done.membership} — Cette cotisation est déjà notée")


def test_of_two_treasurers_at_once_one_notes_the_payment(transactional_db):
    year = SubscriptionFactory()
    treasurers = [MembershipFactory(cpts=year.cpts, role=Role.BOARD) for _ in range(2)]

    def note(by):
        with open_scope(cpts=year.cpts):
            try:
                return paid(year, by).receipt_number
            except Refused as refusal:
                return str(refusal).partition(" le ")[0]

    answers = at_once(*(partial(note, by) for by in treasurers))

    assert sorted(answers) == [number(1), "Cette cotisation est déjà notée"]


def test_two_payments_at_once_get_two_numbers_that_follow(transactional_db):
    cpts = CptsFactory()
    by = MembershipFactory(cpts=cpts)
    years = [SubscriptionFactory(cpts=cpts) for _ in range(4)]

    def note(year):
        with open_scope(cpts=cpts):
            return paid(year, by).receipt_number

    answers = at_once(*(partial(note, year) for year in years))

    assert sorted(answers) == [number(rank) for rank in (1, 2, 3, 4)]


def test_two_lists_noted_at_once_in_two_orders_wait_for_each_other(transactional_db):
    cpts = CptsFactory()
    by = MembershipFactory(cpts=cpts)
    years = [SubscriptionFactory(cpts=cpts) for _ in range(6)]

    def note(asked):
        with open_scope(cpts=cpts):
            told = {"paid_on": timezone.localdate(), "means": "transfer", "by": by}
            noted, refused = actions.note_payments(asked, **told)
            return noted, len(refused)

    answers = at_once(partial(note, years), partial(note, years[::-1]))

    assert sorted(answers) == [(0, 6), (6, 0)]


def test_a_counter_stands_once_a_year(cpts):
    ReceiptCounter.objects.create(cpts=cpts, year=2026)

    with pytest.raises(IntegrityError, match="receipt_counter_once_a_year"):
        ReceiptCounter.objects.create(cpts=cpts, year=2026)
