"""Shifts: one tap to take one, one to be relieved; nobody is in two places at once."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from cpts_portal.core.audit import SYSTEM
from cpts_portal.core.models import Message
from cpts_portal.core.outbox import deliver
from cpts_portal.core.refusals import NotPermitted, Refused
from cpts_portal.core.scoping import open_scope
from members.departures import all_told, hand_over_all, pending_all
from members.models import Cpts, Membership, Role
from prevention import lifecycle
from prevention.actions import rota as actions
from prevention.actions import sessions
from prevention.actions.rota import ShiftWords
from prevention.models import Registration, Session, Shift, Volunteer
from prevention.queries import rota as queries
from tests.factories import CollegeFactory, CptsFactory, GpFactory, MembershipFactory
from tests.prevention.makers import (
    CampaignFactory,
    RegistrationFactory,
    SessionFactory,
    ShiftFactory,
    VolunteerFactory,
)


@pytest.fixture
def session(cpts: Cpts, coordinator: Membership) -> Session:
    return SessionFactory(campaign__cpts=cpts, campaign__created_by=coordinator)


@pytest.fixture
def shift(session: Session) -> Shift:
    return ShiftFactory(session=session)


def messages(event: str) -> list[str]:
    rows = Message.objects.filter(purpose=f"prevention.{event}").order_by("recipient")
    return list(rows.values_list("recipient", flat=True))


def sent(event: str) -> int:
    """Of the messages of this kind, how many are still needed, and leave."""
    rows = Message.objects.filter(purpose=f"prevention.{event}")
    return deliver(*rows.values_list("pk", flat=True))


def state_of(volunteer: Volunteer) -> tuple[str, bool]:
    volunteer.refresh_from_db()
    return volunteer.status, volunteer.seeks_swap


# --- Taking -------------------------------------------------------------------------------------
def test_take_twice_keeps_one_place(shift: Shift, gp: Membership) -> None:
    first = actions.take(shift, by=gp)
    again = actions.take(shift, by=gp)

    assert again == first
    assert queries.hands_on(shift) == 1


def test_take_is_refused_when_the_hands_are_there(shift: Shift, gp: Membership) -> None:
    VolunteerFactory(shift=shift)

    with pytest.raises(Refused, match="vient d’être pourvu"):
        actions.take(shift, by=gp)


def test_nobody_keeps_two_shifts_at_once(session: Session, shift: Shift, gp: Membership) -> None:
    actions.take(shift, by=gp)
    overlapping = ShiftFactory(
        session=session,
        starts_at=shift.ends_at - timedelta(minutes=1),
        ends_at=shift.ends_at + timedelta(hours=1),
    )
    after = ShiftFactory(
        session=session, starts_at=shift.ends_at, ends_at=shift.ends_at + timedelta(hours=1)
    )

    with pytest.raises(Refused, match="deux endroits"):
        actions.take(overlapping, by=gp)
    kept = actions.take(after, by=gp)

    assert kept.status == "booked"


def test_a_cancelled_session_keeps_nobody_from_another(
    session: Session, shift: Shift, gp: Membership, coordinator: Membership
) -> None:
    actions.take(shift, by=gp)
    sessions.cancel(session, reason="room", by=coordinator)
    other = SessionFactory(campaign=session.campaign, starts_at=session.starts_at)

    kept = actions.take(ShiftFactory(session=other), by=gp)

    assert kept.status == "booked"


def test_take_is_refused_once_over_or_cancelled(
    session: Session, shift: Shift, gp: Membership, coordinator: Membership
) -> None:
    past = SessionFactory(campaign=session.campaign, starts_at=timezone.now() - timedelta(hours=9))
    sessions.cancel(session, reason="team", by=coordinator)

    for gone in (shift, ShiftFactory(session=past)):
        with pytest.raises(Refused, match="passée ou annulée"):
            actions.take(gone, by=gp)


@pytest.mark.parametrize("role", [Role.PARTNER, Role.FUNDER])
def test_take_is_for_those_who_work_in_the_cpts(cpts: Cpts, shift: Shift, role: Role) -> None:
    outsider = MembershipFactory(cpts=cpts, role=role)

    with pytest.raises(NotPermitted):
        actions.take(shift, by=outsider)


def test_take_is_refused_to_a_lapsed_member(cpts: Cpts, shift: Shift) -> None:
    college = CollegeFactory(cpts=cpts, grace_days=0)
    lapsed = GpFactory(cpts=cpts, college=college)

    with pytest.raises(Refused, match="n’est plus à jour"):
        actions.take(shift, by=lapsed)


def test_a_shift_that_is_gone_is_said(
    shift: Shift, gp: Membership, coordinator: Membership
) -> None:
    actions.remove_shift(shift, by=coordinator)

    with pytest.raises(Refused, match="n’existe plus"):
        actions.take(shift, by=gp)


@pytest.mark.django_db(transaction=True)
def test_the_last_place_goes_to_one_of_eight_who_tap_at_once() -> None:
    cpts = CptsFactory()
    with open_scope(cpts=cpts):
        shift = ShiftFactory(session__campaign__cpts=cpts)
        members = [GpFactory(cpts=cpts) for _number in range(8)]
        results: list[str] = []

    def tap(member: Membership) -> None:
        with open_scope(cpts=cpts):
            try:
                results.append(actions.take(shift, by=member).status)
            except Refused:
                results.append("refused")
            finally:
                connection.close()

    threads = [threading.Thread(target=tap, args=[member]) for member in members]
    for one in threads:
        one.start()
    for one in threads:
        one.join()

    assert sorted(results) == ["booked", *["refused"] * 7]


@pytest.mark.django_db(transaction=True)
def test_one_person_who_taps_two_shifts_at_once_keeps_one() -> None:
    cpts = CptsFactory()
    with open_scope(cpts=cpts):
        first = ShiftFactory(session__campaign__cpts=cpts)
        other = SessionFactory(
            campaign=first.session.campaign, starts_at=first.starts_at, ends_at=first.ends_at
        )
        second = ShiftFactory(session=other)
        member = GpFactory(cpts=cpts)
        results: list[str] = []

    def tap(shift: Shift) -> None:
        with open_scope(cpts=cpts):
            try:
                results.append(actions.take(shift, by=member).status)
            except Refused:
                results.append("refused")
            finally:
                connection.close()

    threads = [threading.Thread(target=tap, args=[shift]) for shift in (first, second)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()

    assert sorted(results) == ["booked", "refused"]


# --- Leaving ------------------------------------------------------------------------------------
def test_leave_opens_the_shift_again_and_tells_the_desk(
    shift: Shift, gp: Membership, coordinator: Membership
) -> None:
    volunteer = actions.take(shift, by=gp)

    left = actions.leave(volunteer, by=gp)

    assert (left.status, queries.hands_on(shift)) == ("left", 0)
    assert messages("shift_left") == [coordinator.contact_email]
    assert messages("shift_taken_back") == []
    address = f"/artois-lys/prevention/seances/{shift.session_id}/\n"
    assert address in Message.objects.get(purpose="prevention.shift_left").body


def test_the_desk_takes_somebody_off_who_is_told(
    shift: Shift, gp: Membership, coordinator: Membership
) -> None:
    volunteer = actions.take(shift, by=gp)

    actions.leave(volunteer, by=coordinator)

    assert messages("shift_taken_back") == [gp.contact_email]
    assert messages("shift_left") == []


def test_nobody_leaves_for_another(shift: Shift, gp: Membership) -> None:
    volunteer = VolunteerFactory(shift=shift)

    with pytest.raises(NotPermitted):
        actions.leave(volunteer, by=gp)


def test_leave_twice_is_said(shift: Shift, gp: Membership) -> None:
    volunteer = actions.take(shift, by=gp)
    actions.leave(volunteer, by=gp)

    with pytest.raises(Refused, match="retiré"):
        actions.leave(volunteer, by=gp)


def test_who_leaves_may_come_back(shift: Shift, gp: Membership, coordinator: Membership) -> None:
    left = actions.leave(actions.take(shift, by=gp), by=gp)

    back = actions.take(shift, by=gp)

    assert back != left
    assert sent("shift_left") == 0


# --- Swapping -----------------------------------------------------------------------------------
def test_relieve_hands_the_shift_over_and_tells_both(shift: Shift, gp: Membership) -> None:
    volunteer = VolunteerFactory(shift=shift)
    actions.seek_swap(volunteer, by=volunteer.membership)

    relief = actions.relieve(volunteer, by=gp)
    again = actions.relieve(volunteer, by=gp)

    assert again == relief
    assert state_of(volunteer) == ("swapped", False)
    assert (relief.status, relief.replaces_id, relief.membership) == ("booked", volunteer.pk, gp)
    assert messages("swap_found") == [volunteer.membership.contact_email]
    assert messages("swap_taken") == [gp.contact_email]


def test_the_second_who_relieves_comes_too_late(cpts: Cpts, shift: Shift, gp: Membership) -> None:
    volunteer = VolunteerFactory(shift=shift, seeks_swap=True)
    actions.relieve(volunteer, by=gp)

    with pytest.raises(Refused, match="ne cherche plus"):
        actions.relieve(volunteer, by=GpFactory(cpts=cpts))


def test_relieve_is_refused_when_nobody_seeks_or_at_two_places(
    session: Session, shift: Shift, gp: Membership
) -> None:
    settled = VolunteerFactory(shift=shift)
    with pytest.raises(Refused, match="ne cherche plus"):
        actions.relieve(settled, by=gp)
    actions.seek_swap(settled, by=settled.membership)
    VolunteerFactory(shift=ShiftFactory(session=session), membership=gp)

    with pytest.raises(Refused, match="deux endroits"):
        actions.relieve(settled, by=gp)

    assert state_of(settled) == ("booked", True)


def test_nobody_relieves_herself(shift: Shift, gp: Membership) -> None:
    volunteer = VolunteerFactory(shift=shift, membership=gp, seeks_swap=True)

    with pytest.raises(NotPermitted):
        actions.relieve(volunteer, by=gp)


def test_a_swap_is_told_to_the_free_helpers_of_the_campaign(session: Session, shift: Shift) -> None:
    volunteer = VolunteerFactory(shift=shift)
    later = SessionFactory(
        campaign=session.campaign, starts_at=session.starts_at + timedelta(days=7)
    )
    free = VolunteerFactory(shift__session=later)
    VolunteerFactory(shift=ShiftFactory(session=session))
    VolunteerFactory(shift__session__campaign=CampaignFactory(cpts=session.cpts))

    actions.seek_swap(volunteer, by=volunteer.membership)

    assert messages("swap_sought") == [free.membership.contact_email]


def test_keep_ends_the_search_and_its_messages(session: Session, shift: Shift) -> None:
    volunteer = VolunteerFactory(shift=shift)
    later = SessionFactory(
        campaign=session.campaign, starts_at=session.starts_at + timedelta(days=7)
    )
    VolunteerFactory(shift__session=later)
    actions.seek_swap(volunteer, by=volunteer.membership)

    actions.keep(volunteer, by=volunteer.membership)

    assert state_of(volunteer) == ("booked", False)
    assert (len(messages("swap_sought")), sent("swap_sought")) == (1, 0)


def test_seeking_again_changes_nothing(shift: Shift, gp: Membership) -> None:
    volunteer = actions.take(shift, by=gp)
    actions.seek_swap(volunteer, by=gp)

    actions.seek_swap(volunteer, by=gp)
    actions.leave(volunteer, by=gp)

    with pytest.raises(Refused, match="n’est plus le vôtre"):
        actions.seek_swap(volunteer, by=gp)


# --- The desk -----------------------------------------------------------------------------------
def test_the_desk_puts_somebody_down_who_is_told_once(
    shift: Shift, gp: Membership, coordinator: Membership
) -> None:
    first = actions.add(shift, gp, by=coordinator)
    again = actions.add(shift, gp, by=coordinator)

    assert again == first
    assert messages("shift_given") == [gp.contact_email]


def test_the_rota_is_written_by_the_coordination(session: Session, gp: Membership) -> None:
    words = ShiftWords("Accueil", session.starts_at, session.ends_at)

    with pytest.raises(NotPermitted):
        actions.add_shift(session, words, by=gp)


def test_the_same_shift_sent_twice_is_one(session: Session, coordinator: Membership) -> None:
    words = ShiftWords("Accueil", session.starts_at, session.ends_at, 2)

    first = actions.add_shift(session, words, by=coordinator)
    again = actions.add_shift(session, words, by=coordinator)

    assert (again, Shift.objects.count()) == (first, 1)


def test_a_shift_that_is_kept_is_neither_moved_nor_cut_nor_removed(
    session: Session, shift: Shift, coordinator: Membership
) -> None:
    Shift.objects.filter(pk=shift.pk).update(wanted=2)
    VolunteerFactory(shift=shift)
    VolunteerFactory(shift=shift)
    later = shift.ends_at + timedelta(hours=1)

    with pytest.raises(Refused, match="tenu par 2 personnes"):
        actions.edit_shift(
            shift, ShiftWords("Accueil", shift.starts_at, shift.ends_at, 1), by=coordinator
        )
    with pytest.raises(Refused, match="retirez d’abord"):
        actions.edit_shift(shift, ShiftWords("Accueil", shift.starts_at, later, 2), by=coordinator)
    with pytest.raises(Refused, match="retirez d’abord"):
        actions.remove_shift(shift, by=coordinator)
    renamed = actions.edit_shift(
        shift, ShiftWords("Rangement", shift.starts_at, shift.ends_at, 3), by=coordinator
    )

    assert (renamed.task, renamed.wanted) == ("Rangement", 3)


def test_an_empty_shift_moves_but_not_into_the_past(shift: Shift, coordinator: Membership) -> None:
    earlier = shift.starts_at - timedelta(hours=1)
    past = timezone.now() - timedelta(hours=2)

    moved = actions.edit_shift(shift, ShiftWords("Accueil", earlier, shift.ends_at), by=coordinator)
    with pytest.raises(Refused, match="déjà passée"):
        actions.edit_shift(
            shift, ShiftWords("Accueil", past, past + timedelta(hours=1)), by=coordinator
        )

    assert moved.starts_at == earlier


def test_a_shift_that_was_handed_over_can_be_removed_once_empty(
    shift: Shift, gp: Membership, coordinator: Membership
) -> None:
    volunteer = VolunteerFactory(shift=shift, seeks_swap=True)
    relief = actions.relieve(volunteer, by=gp)
    actions.leave(relief, by=gp)

    actions.remove_shift(shift, by=coordinator)

    assert (Shift.objects.count(), Volunteer.objects.count()) == (0, 0)


def test_shifts_of_a_closed_session_do_not_change(cpts: Cpts, coordinator: Membership) -> None:
    over = SessionFactory(campaign__cpts=cpts, starts_at=timezone.now() - timedelta(hours=5))
    sessions.hold(over, by=coordinator, is_confirmed=True)

    with pytest.raises(Refused, match="ne changent plus"):
        actions.add_shift(over, ShiftWords("Accueil", over.starts_at, over.ends_at), by=coordinator)


def test_a_shift_is_not_added_in_the_past(cpts: Cpts, coordinator: Membership) -> None:
    over = SessionFactory(campaign__cpts=cpts, starts_at=timezone.now() - timedelta(hours=5))

    with pytest.raises(Refused, match="déjà passée"):
        actions.add_shift(over, ShiftWords("Accueil", over.starts_at, over.ends_at), by=coordinator)


def test_hours_given_count_held_sessions_alone(
    session: Session, gp: Membership, coordinator: Membership
) -> None:
    now = timezone.now()
    over = SessionFactory(campaign=session.campaign, starts_at=now - timedelta(hours=5))
    VolunteerFactory(shift__session=over, membership=gp)
    VolunteerFactory(shift__session=session, membership=gp)
    VolunteerFactory(shift__session=over, status="left", ended_at=now)
    sessions.hold(over, by=coordinator, is_confirmed=True)

    given = queries.minutes_given(Session.objects.all())

    assert given == {gp.pk: 120}


# --- Who leaves the CPTS ------------------------------------------------------------------------
def test_who_leaves_the_cpts_frees_the_shifts_to_come(
    shift: Shift, gp: Membership, coordinator: Membership
) -> None:
    volunteer = actions.take(shift, by=gp)
    label = "postes de bénévole libérés"
    assert (label, 1) in pending_all(gp)

    done = hand_over_all(gp, by=coordinator)

    assert (label, 1) in done
    assert state_of(volunteer) == ("left", False)
    assert messages("shift_left") == [coordinator.contact_email]


def test_who_leaves_the_cpts_gives_her_seat_to_the_line(
    cpts: Cpts, gp: Membership, coordinator: Membership
) -> None:
    session = SessionFactory(campaign__cpts=cpts, is_for_professionals=True, capacity=1)
    seat = RegistrationFactory(session=session, membership=gp, person_hash="", contact=None)
    next_one = RegistrationFactory(session=session, status="waiting")
    pending = dict(pending_all(gp))

    hand_over_all(gp, by=coordinator)

    rows = Registration.objects.in_bulk([seat.pk, next_one.pk])
    assert pending["inscriptions à des séances annulées"] == 1
    assert [rows[one.pk].status for one in (seat, next_one)] == ["cancelled", "offered"]


def test_one_s_shifts_are_in_one_s_own_data(shift: Shift, gp: Membership) -> None:
    actions.take(shift, by=gp)

    told = dict(all_told(gp))

    assert told["Postes tenus dans des séances de prévention"][0]["Tâche"] == "Accueil"


def test_the_portal_may_free_a_shift_and_hand_none_over(shift: Shift) -> None:
    volunteer = VolunteerFactory(shift=shift)

    opened = lifecycle.VOLUNTEER.open_to(volunteer, by=SYSTEM)

    assert opened == {"leave"}


# --- Messages -----------------------------------------------------------------------------------
def test_every_message_leaves_while_it_is_true(
    session: Session, shift: Shift, gp: Membership, coordinator: Membership
) -> None:
    later = SessionFactory(campaign=session.campaign, starts_at=session.starts_at + timedelta(7))
    VolunteerFactory(shift__session=later)
    volunteer = actions.add(shift, gp, by=coordinator)
    actions.seek_swap(volunteer, by=gp)
    first = [sent(event) for event in ("shift_given", "swap_sought")]
    relief = actions.relieve(volunteer, by=GpFactory(cpts=gp.cpts))
    moved = sessions.edit(session, _moved(session, 1), by=coordinator)
    second = [sent(event) for event in ("swap_found", "swap_taken", "shifts_moved")]
    actions.leave(relief, by=coordinator)
    again = actions.take(shift, by=gp)
    actions.leave(again, by=gp)
    third = [sent(event) for event in ("shift_taken_back", "shift_left")]
    actions.take(shift, by=gp)
    sessions.cancel(moved, reason="weather", by=coordinator)

    assert (first, second, third) == ([1, 1], [1, 1, 1], [1, 1])
    assert sent("shifts_cancelled") == 1


def test_an_added_shift_is_not_told_once_it_is_taken_back(
    shift: Shift, gp: Membership, coordinator: Membership
) -> None:
    actions.leave(actions.add(shift, gp, by=coordinator), by=coordinator)

    assert (sent("shift_given"), sent("shift_taken_back")) == (0, 1)


def test_a_second_move_makes_the_first_message_useless(
    session: Session, shift: Shift, gp: Membership, coordinator: Membership
) -> None:
    actions.take(shift, by=gp)
    first = sessions.edit(session, _moved(session, 1), by=coordinator)
    sessions.edit(first, _moved(first, 1), by=coordinator)

    assert (len(messages("shifts_moved")), sent("shifts_moved")) == (2, 1)


def _moved(session: Session, hours: int) -> sessions.SessionWords:
    told: dict[str, Any] = {
        name: getattr(session, name) for name in sessions.SessionWords.__dataclass_fields__
    }
    delay = timedelta(hours=hours)
    told |= {"starts_at": session.starts_at + delay, "ends_at": session.ends_at + delay}
    return sessions.SessionWords(**told)


def test_messages_say_the_hour_of_paris_and_nothing_of_a_discreet_topic(
    session: Session, shift: Shift, gp: Membership, coordinator: Membership
) -> None:
    topic = session.campaign.topic
    topic.is_discreet = True
    topic.save()

    actions.add(shift, gp, by=coordinator)

    [message] = Message.objects.filter(purpose="prevention.shift_given")
    assert session.campaign.title not in message.body
    assert "Séance de prévention" in message.body
    assert timezone.localtime(shift.starts_at).strftime("%-H\u00a0h\u00a0%M") in message.body
