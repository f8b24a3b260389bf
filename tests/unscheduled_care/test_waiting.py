"""In line for a slot: one at a time, in order, until a deadline that needs no worker."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db.models.functions import Now
from django.utils import timezone

from cpts_portal.core import outbox
from cpts_portal.core.models import AuditEntry, Message
from cpts_portal.core.refusals import NotPermitted, Refused
from cpts_portal.core.scoping import open_scope
from members.models import Cpts, Membership, Role
from tests.factories import (
    CommuneFactory,
    GpFactory,
    MembershipFactory,
    ProfessionFactory,
)
from tests.members.threads import at_once
from tests.unscheduled_care.makers import SlotFactory, WaitingEntryFactory
from unscheduled_care.actions import holds, slots, waiting
from unscheduled_care.actions.steps import PatientWords
from unscheduled_care.models import (
    Act,
    Channel,
    Claim,
    Hold,
    Reason,
    Slot,
    SlotStatus,
    WaitingEntry,
    WaitingOffer,
)
from unscheduled_care.rules import WaitingPatient
from unscheduled_care.rules.waiting import is_time_to_offer, suits
from unscheduled_care.tasks.waiting import move_lines, offer_freed

PARIS = ZoneInfo("Europe/Paris")


def offer(slot: Slot) -> WaitingOffer | None:
    return waiting.offer_next(slot, now=timezone.now())


def run_out(offered: WaitingOffer) -> None:
    """Let the deadline pass: the clock of PostgreSQL cannot be moved."""
    Hold.objects.filter(pk=offered.hold_id).update(
        starts_at=Now() - timedelta(minutes=20), expires_at=Now() - timedelta(minutes=5)
    )


def patient(entry: WaitingEntry) -> WaitingPatient:
    return WaitingPatient(entry.pk)


@pytest.fixture
def slot(cpts: Cpts) -> Slot:
    return SlotFactory(professional__cpts=cpts)


def in_line(coordinator: Membership, count: int) -> list[WaitingEntry]:
    """So many people, the first come first."""
    now = timezone.now()
    return [
        WaitingEntryFactory(added_by=coordinator, joined_at=now - timedelta(minutes=count - n))
        for n in range(count)
    ]


# --- Joining ------------------------------------------------------------------------------------
def test_join_gives_a_rank_and_a_link_and_a_double_submit_is_one(cpts, coordinator):
    gp = GpFactory(cpts=cpts)
    wanted = waiting.Wanted(
        profession=gp.profession,
        commune=CommuneFactory(),
        wanted_until=timezone.now() + timedelta(hours=48),
    )
    words = PatientWords(
        reason=Reason.objects.get(code="fievre"),
        age_band=WaitingEntry.age_band.field.choices[0][0],
        own_gp="no",
        mobility="alone",
        has_consented=True,
        phone="+33639981234",
    )
    key = uuid.uuid4()

    first = waiting.join(wanted, words, by=coordinator, key=key)
    second = waiting.join(wanted, words, by=coordinator, key=key)

    [message] = Message.objects.filter(purpose="unscheduled_care.waiting_joined")
    assert first.pk == second.pk
    assert "/mon-attente/" in message.body
    assert "ièvre" not in message.body


def test_join_is_not_for_a_funder(cpts):
    funder = MembershipFactory(cpts=cpts, role=Role.FUNDER)

    with pytest.raises(NotPermitted):
        waiting.join(None, None, by=funder, key=uuid.uuid4())  # type: ignore[arg-type]


# --- The order ----------------------------------------------------------------------------------
def test_a_slot_is_offered_in_the_order_of_arrival_then_to_the_next(slot, coordinator):
    people = in_line(coordinator, 3)

    offered = []
    for _person in people:
        made = offer(slot)
        offered.append(made.entry_id)
        waiting.decline(made, by=patient(made.entry))

    assert offered == [person.pk for person in people]
    assert offer(slot) is None


def test_nobody_has_two_offers_at_a_time(cpts, slot, coordinator):
    first, second = in_line(coordinator, 2)
    other = SlotFactory(professional=slot.professional, starts_at=slot.ends_at)

    offered = [offer(slot).entry, offer(other).entry]

    assert offered == [first, second]


def test_a_slot_kept_for_somebody_is_offered_to_nobody_else(slot, coordinator):
    in_line(coordinator, 2)

    offers = [offer(slot), offer(slot)]

    assert [made is not None for made in offers] == [True, False]


def test_a_slot_that_somebody_is_claiming_is_not_offered(cpts, slot, coordinator):
    in_line(coordinator, 1)
    holds.hold(slot, by=coordinator)

    assert offer(slot) is None


def test_two_workers_at_once_make_one_offer(transactional_db):
    from_cpts = GpFactory().cpts
    with open_scope(cpts=from_cpts):
        coordinator = MembershipFactory(cpts=from_cpts)
        slot = SlotFactory(professional__cpts=from_cpts)
        in_line(coordinator, 2)

    def sweep() -> bool:
        with open_scope(cpts=from_cpts):
            return offer(slot) is not None

    made = at_once(sweep, sweep)

    with open_scope(cpts=from_cpts):
        assert sorted(made) == [False, True]
        assert WaitingOffer.objects.count() == 1


# --- Which slot for whom ------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("entry", "of_slot", "expected"),
    [
        ({}, {}, True),
        ({"act": "ecg"}, {}, False),
        ({"act": "ecg"}, {"acts": ["ecg"]}, True),
        ({"mobility": "home_bound"}, {}, False),
        ({"mobility": "home_bound"}, {"kind": "home", "radius_km": 30}, True),
        ({}, {"kind": "home", "radius_km": 5}, False),
        ({"travel_km": 5}, {}, False),
        ({"travel_km": 5}, {"kind": "remote"}, True),
        ({"profession": "infirmier"}, {}, False),
    ],
)
def test_a_slot_suits_by_profession_act_and_distance(cpts, coordinator, entry, of_slot, expected):
    lens = CommuneFactory(insee_code="62498", name="Lens", latitude=50.75, longitude=2.84)
    told = {**entry}
    if "act" in told:
        told["act"] = Act.objects.get(code=told["act"])
    if "profession" in told:
        told["profession"] = ProfessionFactory(code="infirmier", label="Infirmier")
    waits = WaitingEntryFactory(added_by=coordinator, commune=lens, **told)
    slot = SlotFactory(professional__cpts=cpts, **of_slot)

    assert suits(waits, slot) is expected


def test_a_slot_is_offered_within_the_reach_of_whoever_put_her_in_line(cpts):
    outsider = GpFactory(cpts=cpts)
    WaitingEntryFactory(added_by=outsider)
    hidden = SlotFactory(professional__cpts=cpts, channels=[Channel.SAS])

    assert offer(hidden) is None


def test_at_night_a_slot_of_another_day_stays_on_the_board_until_the_morning(cpts, slot):
    night = datetime(2026, 11, 23, 22, 0, tzinfo=PARIS)

    def at(*moment: int) -> bool:
        slot.starts_at = slot.closes_at = datetime(2026, 11, *moment, tzinfo=PARIS)
        return is_time_to_offer(slot, night, seconds=900)

    assert [at(24, 14, 0), at(24, 9, 5), at(23, 23, 0)] == [False, True, True]


# --- Answering ----------------------------------------------------------------------------------
def test_accept_books_the_slot_for_her_through_the_waiting_door(slot, coordinator):
    [person] = in_line(coordinator, 1)
    made = offer(slot)

    entry = waiting.accept(made, by=patient(person))
    again = waiting.accept(made, by=patient(person))

    person.refresh_from_db()
    slot.refresh_from_db()
    claim = Claim.objects.get()
    assert (claim.door, claim.claimer, slot.status) == ("waiting", coordinator, SlotStatus.CLAIMED)
    assert (person.status, person.claim) == ("booked", claim)
    assert again.pk == entry.pk
    assert claim.contact.phone == person.contact.phone


def test_accept_by_voice_is_noted_by_the_desk_and_by_nobody_else(cpts, slot, coordinator):
    in_line(coordinator, 1)
    made = offer(slot)

    with pytest.raises(NotPermitted):
        waiting.accept(made, by=GpFactory(cpts=cpts))
    entry = waiting.accept(made, by=coordinator)

    assert entry.status == "booked"


def test_accept_is_refused_once_the_deadline_has_passed_worker_or_not(slot, coordinator):
    first, second = in_line(coordinator, 2)
    made = offer(slot)
    run_out(made)

    with pytest.raises(Refused, match="Le délai est passé"):
        waiting.accept(made, by=patient(first))
    next_made = offer(slot)

    assert next_made.entry == second
    first.refresh_from_db()
    assert first.status == "waiting"


def test_accept_at_the_last_instant_and_the_next_offer_do_not_both_win(transactional_db):
    from_cpts = GpFactory().cpts
    with open_scope(cpts=from_cpts):
        coordinator = MembershipFactory(cpts=from_cpts)
        slot = SlotFactory(professional__cpts=from_cpts)
        first, _second = in_line(coordinator, 2)
        made = offer(slot)
        Hold.objects.filter(pk=made.hold_id).update(expires_at=Now() + timedelta(milliseconds=60))

    def say_yes() -> bool:
        with open_scope(cpts=from_cpts):
            try:
                return waiting.accept(made, by=patient(first)).status == "booked"
            except Refused:
                return False

    def sweep() -> bool:
        with open_scope(cpts=from_cpts):
            return any(offer(slot) for _ in range(8))

    won = at_once(say_yes, sweep)

    with open_scope(cpts=from_cpts):
        assert sum(won) <= 1
        assert Claim.objects.count() == int(won[0])


def test_an_unanswered_offer_leaves_her_in_line_for_another_slot_not_the_same(slot, coordinator):
    [person] = in_line(coordinator, 1)
    run_out(offer(slot))
    other = SlotFactory(professional=slot.professional, starts_at=slot.ends_at)

    same, another = offer(slot), offer(other)

    assert same is None
    assert another.entry == person
    assert [one.answer for one in person.offers.order_by("pk")] == ["late", ""]


def test_a_slot_withdrawn_while_offered_leaves_her_free_for_another(cpts, slot, coordinator):
    [person] = in_line(coordinator, 1)
    made = offer(slot)
    other = SlotFactory(professional=GpFactory(cpts=cpts))
    slots.withdraw(slot, reason=Slot.WithdrawReason.ABSENT, by=slot.professional)

    with pytest.raises(Refused):
        waiting.accept(made, by=patient(person))
    another = offer(other)

    assert another.entry == person


def test_the_deadline_is_never_after_the_slot_closes(cpts, coordinator):
    in_line(coordinator, 1)
    soon = timezone.now() + timedelta(minutes=30)
    slot = SlotFactory(
        professional__cpts=cpts, starts_at=soon, closes_at=soon - timedelta(minutes=25)
    )

    made = offer(slot)

    assert made.hold.expires_at <= slot.closes_at


# --- Leaving, and the clock's part --------------------------------------------------------------
def test_leave_gives_her_offer_to_the_next(slot, coordinator):
    first, second = in_line(coordinator, 2)
    offer(slot)

    waiting.leave(first, by=patient(first))
    made = offer(slot)

    first.refresh_from_db()
    assert (first.status, made.entry) == ("left", second)


def test_remove_is_for_those_who_keep_her_and_tells_her(cpts, coordinator):
    [person] = in_line(coordinator, 1)

    with pytest.raises(NotPermitted):
        waiting.remove(person, by=GpFactory(cpts=cpts))
    waiting.remove(person, by=coordinator)

    person.refresh_from_db()
    assert person.status == "removed"
    assert Message.objects.filter(purpose="unscheduled_care.waiting_ended").count() == 1


def test_each_minute_offers_what_is_free_and_twice_changes_nothing(slot, coordinator):
    in_line(coordinator, 2)

    assert [move_lines(), move_lines()] == [1, 0]


def test_each_minute_passes_on_what_nobody_answered(slot, coordinator):
    first, second = in_line(coordinator, 2)
    run_out(offer(slot))

    move_lines()

    answers = dict(WaitingOffer.objects.values_list("entry", "answer"))
    assert answers == {first.pk: "late", second.pk: ""}


def test_each_minute_ends_what_is_past_its_time(cpts, coordinator):
    past = timezone.now() - timedelta(minutes=1)
    person = WaitingEntryFactory(
        added_by=coordinator, joined_at=past - timedelta(hours=1), wanted_until=past
    )

    move_lines()

    person.refresh_from_db()
    assert person.status == "late"


def test_a_freed_slot_is_offered_by_the_task_that_freeing_wakes(slot, coordinator):
    [person] = in_line(coordinator, 1)

    offered = offer_freed(slot.pk)

    assert offered is True
    assert person.offers.count() == 1


def test_the_offer_says_when_where_and_until_when_and_nothing_of_the_reason(slot, coordinator):
    in_line(coordinator, 1)

    offer(slot)

    [message] = Message.objects.filter(purpose="unscheduled_care.waiting_offered")
    assert "2 place du Marché" in message.body
    assert "Répondez avant" in message.body
    assert [word for word in ("Odile", "ièvre", "généraliste") if word in message.body] == []


def test_somebody_with_a_landline_alone_is_to_be_called(slot, coordinator):
    WaitingEntryFactory(added_by=coordinator, contact__phone="+33321000000")

    offer(slot)

    [message] = Message.objects.filter(purpose="unscheduled_care.waiting_to_call")
    assert message.recipient == coordinator.contact_email


def test_messages_that_have_become_useless_do_not_leave(slot, coordinator):
    [person] = in_line(coordinator, 1)
    landline = WaitingEntryFactory(added_by=coordinator, contact__phone="+33321000000")
    made = offer(slot)
    waiting.accept(made, by=patient(person))
    called = offer(SlotFactory(professional__cpts=slot.cpts))
    waiting.decline(called, by=coordinator)

    outbox.deliver_due()

    kept = Message.objects.filter(purpose__startswith="unscheduled_care.waiting_")
    assert called.entry == landline
    assert dict(kept.values_list("purpose", "status")) == {
        "unscheduled_care.waiting_offered": "dropped",
        "unscheduled_care.waiting_to_call": "dropped",
    }


def test_decline_is_not_for_a_stranger_and_is_said_once(cpts, slot, coordinator):
    [person] = in_line(coordinator, 1)
    made = offer(slot)

    with pytest.raises(NotPermitted):
        waiting.decline(made, by=GpFactory(cpts=cpts))
    waiting.decline(made, by=patient(person))

    with pytest.raises(Refused, match="déjà terminée"):
        waiting.decline(made, by=patient(person))
    with pytest.raises(Refused, match="Le délai est passé"):
        waiting.accept(made, by=patient(person))


def test_each_step_of_the_line_is_traced(slot, coordinator):
    [person] = in_line(coordinator, 1)

    waiting.accept(offer(slot), by=patient(person))

    traced = AuditEntry.objects.filter(subject_kind__startswith="unscheduled_care.waiting")
    assert list(traced.order_by("pk").values_list("verb", "by_label")) == [
        ("offer", "system"),
        ("answer", "patient"),
        ("book", "patient"),
    ]
