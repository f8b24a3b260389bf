"""Offering a slot, taking it back, and what PostgreSQL refuses politely."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from cpts_portal.core.models import AuditEntry
from cpts_portal.core.refusals import NotPermitted, Refused
from cpts_portal.core.scoping import open_scope
from members.delegations import ActingFor
from members.models import Cpts, Membership, Practice, Role
from tests.factories import (
    CollegeFactory,
    GpFactory,
    MembershipFactory,
    PracticeFactory,
    PracticeMemberFactory,
)
from tests.members.threads import at_once
from tests.unscheduled_care.makers import (
    AbsenceFactory,
    ClaimFactory,
    HoldFactory,
    SlotFactory,
    move,
)
from unscheduled_care.actions import claims
from unscheduled_care.actions import slots as actions
from unscheduled_care.actions.slots import Claimed, Terms, Withdrawn
from unscheduled_care.actions.steps import PatientWords
from unscheduled_care.models import AgeBand, BusyFeed, BusyTime, Reason, Slot

IN_THREE_HOURS = timedelta(hours=3)


@pytest.fixture
def place(gp: Membership) -> Practice:
    practice: Practice = PracticeFactory(cpts=gp.cpts)
    PracticeMemberFactory(membership=gp, practice=practice)
    return practice


@pytest.fixture
def terms(place: Practice) -> Terms:
    return Terms(kind="practice", practice_id=place.pk)


def soon() -> datetime:
    return (timezone.now() + IN_THREE_HOURS).replace(second=0, microsecond=0)


def offer(gp: Membership, terms: Terms, **told: Any) -> list[Slot]:
    """Twenty minutes in three hours by the GP himself, unless told otherwise."""
    usual = {"starts_at": soon(), "minutes": 20, "key": uuid.uuid4(), "by": gp}
    return actions.offer(gp, terms, **{**usual, **told})


# --- Offering -------------------------------------------------------------------------------
def test_offer_puts_a_free_slot_on_the_board_and_leaves_a_trace(
    gp: Membership, terms: Terms
) -> None:
    [slot] = offer(gp, replace(terms, give_back_minutes=30))

    slot.refresh_from_db()
    assert (slot.status, slot.minutes, slot.practice_id) == ("open", 20, terms.practice_id)
    assert slot.starts_at - slot.closes_at == timedelta(minutes=30)
    assert AuditEntry.objects.get(subject_id=str(slot.pk)).verb == "offer"


def test_offer_several_in_a_row_follow_each_other(gp: Membership, terms: Terms) -> None:
    made = offer(gp, terms, count=3)

    assert [slot.starts_at - made[0].starts_at for slot in made] == [
        timedelta(minutes=minutes) for minutes in (0, 20, 40)
    ]


def test_offer_sent_twice_makes_one(gp: Membership, terms: Terms) -> None:
    key, at = uuid.uuid4(), soon()
    [first] = offer(gp, terms, key=key, starts_at=at)

    [again] = offer(gp, terms, key=key, starts_at=at)

    assert (again.pk, Slot.objects.count()) == (first.pk, 1)


def test_offer_over_another_slot_is_refused_in_words(gp: Membership, terms: Terms) -> None:
    [first] = offer(gp, terms)

    with pytest.raises(Refused, match="Un autre créneau"):
        offer(gp, terms, starts_at=first.starts_at + timedelta(minutes=10))

    assert Slot.objects.count() == 1


@pytest.mark.parametrize(
    ("after", "sentence"),
    [(-timedelta(hours=1), "déjà passé"), (timedelta(days=60, hours=2), "60 jours")],
)
def test_offer_in_the_past_or_too_far_ahead_is_refused(
    gp: Membership, terms: Terms, after: timedelta, sentence: str
) -> None:
    with pytest.raises(Refused, match=sentence):
        offer(gp, terms, starts_at=timezone.now() + after)


@pytest.mark.parametrize("minutes", [0, 4, 241, 1440])
def test_offer_of_no_length_or_of_a_day_is_refused(
    gp: Membership, terms: Terms, minutes: int
) -> None:
    with pytest.raises(Refused, match="de 5 minutes à 4 heures"):
        offer(gp, terms, minutes=minutes)


def test_offer_at_home_without_a_radius_is_refused(gp: Membership, terms: Terms) -> None:
    with pytest.raises(Refused, match="jusqu’où vous vous déplacez"):
        offer(gp, replace(terms, kind="home"))


def test_offer_during_an_absence_is_refused(gp: Membership, terms: Terms) -> None:
    AbsenceFactory(membership=gp, starts_at=timezone.now())

    with pytest.raises(Refused, match="absence"):
        offer(gp, terms)


def test_offer_while_busy_elsewhere_is_hidden(gp: Membership, terms: Terms) -> None:
    feed = BusyFeed.objects.create(cpts=gp.cpts, membership=gp, url="https://agenda.example/a.ics")
    at = soon()
    BusyTime.objects.create(
        cpts=gp.cpts, feed=feed, starts_at=at, ends_at=at + timedelta(minutes=20)
    )

    first, second = offer(gp, terms, starts_at=at, count=2)

    assert (first.is_hidden, second.is_hidden) == (True, False)


def test_offer_by_a_delegate_is_traced_to_both(gp: Membership, terms: Terms) -> None:
    secretary = MembershipFactory(cpts=gp.cpts, role=Role.SECRETARY)

    [slot] = offer(gp, terms, by=ActingFor(delegate=secretary, principal=gp))

    trace = AuditEntry.objects.get(subject_id=str(slot.pk))
    assert (slot.professional, slot.offered_by) == (gp, secretary)
    assert (trace.by, trace.behalf) == (secretary.user, gp.user)


def test_offer_by_the_coordination_on_behalf(
    gp: Membership, coordinator: Membership, terms: Terms
) -> None:
    [slot] = offer(gp, terms, by=coordinator)

    assert (slot.professional, slot.offered_by) == (gp, coordinator)


def test_offer_for_a_colleague_or_for_who_sees_nobody_is_not_permitted(
    gp: Membership, coordinator: Membership, terms: Terms
) -> None:
    with pytest.raises(NotPermitted):
        offer(gp, terms, by=GpFactory(cpts=gp.cpts))
    with pytest.raises(NotPermitted):
        offer(coordinator, terms, by=coordinator)


def test_offer_by_a_lapsed_member_is_refused(gp: Membership, terms: Terms) -> None:
    gp.college = CollegeFactory(cpts=gp.cpts, fee=20, grace_days=0)
    gp.save()

    with pytest.raises(Refused, match="n’est plus à jour"):
        offer(gp, terms)


@pytest.mark.django_db(transaction=True)
def test_offer_sent_twice_at_once_makes_one_and_over_each_other_too() -> None:
    gp: Membership = GpFactory()
    practice = PracticeFactory(cpts=gp.cpts)
    terms, key, at = Terms(kind="practice", practice_id=practice.pk), uuid.uuid4(), soon()

    def send(key: uuid.UUID) -> Any:
        with open_scope(cpts=gp.cpts):
            try:
                return offer(gp, terms, key=key, starts_at=at)[0].pk
            except Refused as refusal:
                return str(refusal)

    first, again = at_once(lambda: send(key), lambda: send(key))
    with open_scope(cpts=gp.cpts):
        assert [first] == [again] == list(Slot.objects.values_list("pk", flat=True))
    assert "Un autre créneau" in send(uuid.uuid4())


# --- Taking back ----------------------------------------------------------------------------
def test_withdraw_a_free_slot_ends_the_hold_of_whoever_is_on_the_phone(gp: Membership) -> None:
    hold = HoldFactory(slot__professional=gp)

    slot = actions.withdraw(hold.slot, reason="mistake", by=gp)

    hold.refresh_from_db()
    assert (slot.status, slot.withdraw_reason) == ("withdrawn", "mistake")
    assert hold.expires_at <= timezone.now()


def test_withdraw_a_claimed_slot_has_to_be_confirmed(gp: Membership) -> None:
    claim = ClaimFactory(slot__professional=gp)

    with pytest.raises(Claimed, match="confirmez"):
        actions.withdraw(claim.slot, reason="absent", by=gp)

    claim.refresh_from_db()
    assert (claim.status, Slot.objects.get().status) == ("booked", "claimed")


def test_withdraw_a_claimed_slot_cancels_its_claim(gp: Membership) -> None:
    claim = ClaimFactory(slot__professional=gp)

    slot = actions.withdraw(claim.slot, reason="absent", by=gp, is_confirmed=True)

    claim.refresh_from_db()
    assert (slot.status, claim.status, claim.cancel_reason) == (
        *("withdrawn", "cancelled"),
        "withdrawn",
    )


def test_withdraw_twice_or_once_begun_is_refused(gp: Membership) -> None:
    gone, begun = SlotFactory(professional=gp), SlotFactory(professional__cpts=gp.cpts)
    actions.withdraw(gone, reason="other", by=gp)
    move(begun, -timedelta(hours=4))

    with pytest.raises(Refused, match="retiré"):
        actions.withdraw(gone, reason="other", by=gp)
    with pytest.raises(Refused, match="a commencé"):
        actions.withdraw(begun, reason="other", by=begun.professional)


def test_withdraw_somebody_else_s_slot_is_not_permitted(
    gp: Membership, coordinator: Membership
) -> None:
    slot = SlotFactory(professional=gp)

    with pytest.raises(NotPermitted):
        actions.withdraw(slot, reason="other", by=GpFactory(cpts=gp.cpts))

    assert actions.withdraw(slot, reason="other", by=coordinator).status == "withdrawn"


def test_withdraw_range_empties_it_and_touches_nothing_around(cpts: Cpts, gp: Membership) -> None:
    at = timezone.now() + timedelta(days=1)
    before, free, after = (
        SlotFactory(professional=gp, starts_at=at + timedelta(hours=hours)) for hours in (0, 2, 5)
    )
    claim = ClaimFactory(slot__professional=gp, slot__starts_at=at + timedelta(hours=3))

    gone = actions.withdraw_range(
        gp, at + timedelta(hours=1), at + timedelta(hours=5), reason="absent", by=gp
    )

    for one in (before, free, after, claim.slot):
        one.refresh_from_db()
    assert gone == Withdrawn(free=1, claimed=1)
    assert [one.status for one in (before, free, claim.slot, after)] == [
        *("open", "withdrawn", "withdrawn"),
        "open",
    ]


@pytest.mark.django_db(transaction=True)
def test_withdrawn_and_claimed_at_the_same_instant_one_of_the_two_wins() -> None:
    gp: Membership = GpFactory()
    with open_scope(cpts=gp.cpts):
        hold = HoldFactory(slot__professional=gp)
        words = PatientWords(
            reason=Reason.objects.get_or_create(code="fievre", defaults={"label": "Fièvre"})[0],
            age_band=AgeBand.values[0],
            own_gp="no",
            mobility="alone",
            has_consented=True,
            phone="+33639981234",
        )

    def claim() -> str:
        with open_scope(cpts=gp.cpts):
            return _said(lambda: claims.claim(hold, words, by=hold.holder).status)

    def withdraw() -> str:
        with open_scope(cpts=gp.cpts):
            return _said(lambda: actions.withdraw(hold.slot, reason="other", by=gp).status)

    said = at_once(claim, withdraw)

    with open_scope(cpts=gp.cpts):
        left = Slot.objects.get().status
    assert [said, left] in ([["booked", "refused"], "claimed"], [["refused", "withdrawn"], left])


def _said(act: Callable[[], str]) -> str:
    try:
        return act()
    except Refused:
        return "refused"
