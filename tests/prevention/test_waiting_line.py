"""The line: a freed seat goes to the first, until a deadline that needs no worker."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from hypothesis.stateful import run_state_machine_as_test as run

from cpts_portal.core import outbox
from cpts_portal.core.models import AuditEntry, Message
from cpts_portal.core.refusals import NotPermitted, Refused
from cpts_portal.core.scoping import open_scope
from prevention.actions import registrations as actions
from prevention.actions.registrations import Door
from prevention.models import SEATED, PreventionTerms, Registration, RegistrationStatus, Session
from prevention.queries.registrations import standing_of
from prevention.rules.line import answer_by, told_at
from prevention.tasks.registrations import move_lines
from tests.factories import CptsFactory
from tests.members.threads import at_once
from tests.prevention.makers import SessionFactory
from tests.prevention.seats import (
    WEDNESDAY,
    arrive,
    begin,
    fresh,
    herself,
    register,
    run_out,
    statuses,
    told,
    words,
)


@pytest.fixture
def session(cpts) -> Session:
    return SessionFactory(campaign__cpts=cpts, capacity=1)


def leave(row: Registration) -> None:
    actions.cancel(row, by=herself(row))


# --- Until when ---------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("told_on", "starts_in", "left"),
    [
        (WEDNESDAY, timedelta(days=10), timedelta(hours=24)),
        (WEDNESDAY, timedelta(hours=49), timedelta(hours=24)),
        (WEDNESDAY, timedelta(hours=47), timedelta(hours=2)),
        (WEDNESDAY, timedelta(hours=1), timedelta(hours=1)),
    ],
)
def test_an_answer_is_due_in_a_day_in_two_hours_near_and_never_after_the_start(
    told_on, starts_in, left
):
    assert answer_by(PreventionTerms(), told_on + starts_in, told_on) == told_on + left


@pytest.mark.parametrize(
    ("now", "starts_at", "due"),
    [
        (WEDNESDAY, WEDNESDAY + timedelta(days=9), WEDNESDAY),
        (WEDNESDAY.replace(hour=22), WEDNESDAY.replace(day=20), WEDNESDAY.replace(day=11, hour=9)),
        (WEDNESDAY.replace(hour=6), WEDNESDAY, WEDNESDAY.replace(hour=6)),
        (
            WEDNESDAY.replace(hour=22),
            WEDNESDAY.replace(day=11, hour=10),
            WEDNESDAY.replace(hour=22),
        ),
        (WEDNESDAY.replace(day=14), WEDNESDAY.replace(day=20), WEDNESDAY.replace(day=15, hour=9)),
    ],
)
def test_a_freed_seat_is_told_at_a_polite_hour_unless_it_would_come_too_late(now, starts_at, due):
    assert told_at(starts_at, now) == due


@time_machine.travel(WEDNESDAY.replace(hour=22), tick=False)
def test_the_night_does_not_count_against_whoever_is_offered_a_seat(cpts):
    session = SessionFactory(campaign__cpts=cpts, capacity=1)
    first, second = arrive(session, 2)

    leave(first)

    morning = WEDNESDAY.replace(day=11, hour=9)
    assert fresh(second).offer_until == morning + timedelta(hours=24)
    assert Message.objects.get(purpose="prevention.seat_offered").not_before == morning


def test_the_delays_are_those_of_the_cpts(cpts, session):
    PreventionTerms.objects.create(cpts=cpts, offer_minutes=60)
    first, second = arrive(session, 2)

    leave(first)

    due = Message.objects.get(purpose="prevention.seat_offered").not_before
    assert fresh(second).offer_until == due + timedelta(hours=1)


# --- Who is next --------------------------------------------------------------------------------
def test_freed_seats_are_offered_in_the_order_of_arrival(cpts):
    session = SessionFactory(campaign__cpts=cpts, capacity=2)
    first, second, *_line = arrive(session, 5)

    leave(first)
    leave(second)

    assert statuses(session) == ["cancelled", "cancelled", "offered", "offered", "waiting"]


def test_nobody_overtakes_those_in_line_even_with_a_seat_free(session):
    first, _second = arrive(session, 2)

    leave(first)
    late_comer = register(session, 9)

    assert statuses(session) == ["cancelled", "offered", "waiting"]
    assert standing_of(fresh(late_comer)).rank == 1


def test_a_silent_offer_goes_to_the_next_when_somebody_touches_the_session(session):
    first, second, third = arrive(session, 3)
    leave(first)
    run_out(second)

    register(session, 9)

    assert statuses(session) == ["cancelled", "late", "offered", "waiting"]
    assert told(second)[-1] == "offer_passed"
    assert told(third)[-1] == "seat_offered"


def test_a_deadline_is_judged_when_read_without_any_worker(session):
    first, second = arrive(session, 2)
    leave(first)
    run_out(second)

    assert fresh(second).status == RegistrationStatus.OFFERED
    assert standing_of(fresh(second)).state == "late"


def test_the_minute_task_writes_down_what_the_clock_has_ended(session):
    first, second, third = arrive(session, 3)
    leave(first)
    run_out(second)

    moved = [move_lines(), move_lines()]

    assert moved == [1, 0]
    assert [fresh(second).status, fresh(third).status] == ["late", "offered"]


def test_more_seats_are_offered_to_the_line(session):
    arrive(session, 4)
    Session.objects.update(capacity=3)

    actions.settle_line(session)

    assert statuses(session) == ["confirmed", "offered", "offered", "waiting"]


def test_a_session_that_comes_nearer_cuts_the_delay_at_its_start(session):
    first, second = arrive(session, 2)
    leave(first)
    soon = timezone.now() + timedelta(hours=3)
    Session.objects.update(starts_at=soon, ends_at=soon + timedelta(hours=1))

    actions.settle_line(session)

    assert fresh(second).offer_until == soon


def test_nothing_is_offered_once_the_session_has_begun(session):
    first, _second = arrive(session, 2)
    Registration.objects.filter(pk=first.pk).update(
        status=RegistrationStatus.CANCELLED, ended_at=timezone.now()
    )
    begin(session)

    assert move_lines() == 0
    assert statuses(session) == ["cancelled", "waiting"]


def test_somebody_without_mobile_or_email_is_called_by_the_desk(session):
    first, _second = register(session, 1), register(session, 2, phone="+33353010002")

    leave(first)

    message = Message.objects.get(purpose="prevention.seat_to_call")
    assert message.recipient == session.created_by.contact_email
    assert f"/seances/{session.pk}/inscriptions/" in message.body


# --- Answering ----------------------------------------------------------------------------------
def offered(session: Session) -> Registration:
    first, second, _third = arrive(session, 3)
    leave(first)
    return second


def test_accepting_confirms_the_seat_once_whoever_clicks_twice(session):
    row = offered(session)

    actions.accept(row, by=herself(row))
    actions.accept(row, by=herself(row))

    assert statuses(session) == ["cancelled", "confirmed", "waiting"]
    assert AuditEntry.objects.filter(verb="accept").count() == 1
    assert told(row)[-1] == "registration_confirmed"


def test_the_desk_accepts_for_whoever_says_yes_by_telephone(session, coordinator):
    row = offered(session)

    actions.accept(row, by=coordinator)

    assert fresh(row).status == RegistrationStatus.CONFIRMED


def test_accepting_too_late_is_refused_and_the_next_is_asked_at_once(session):
    row = offered(session)
    run_out(row)

    with pytest.raises(Refused, match="Le délai est passé"):
        actions.accept(row, by=herself(row))

    assert statuses(session) == ["cancelled", "late", "offered"]


def test_nobody_else_accepts(session, gp):
    row = offered(session)

    with pytest.raises(NotPermitted):
        actions.accept(row, by=gp)


def test_whoever_only_waits_accepts_nothing(session):
    _first, second = arrive(session, 2)

    with pytest.raises(Refused, match="en attente"):
        actions.accept(second, by=herself(second))


def test_declining_gives_the_seat_to_the_next(session):
    row = offered(session)

    leave(row)

    assert statuses(session) == ["cancelled", "cancelled", "offered"]


def test_an_offer_that_is_over_is_not_announced(session):
    row = offered(session)
    run_out(row)

    Message.objects.update(not_before=timezone.now())
    outbox.deliver_due()

    assert Message.objects.get(subject_id=row.pk, purpose="prevention.seat_offered").status == (
        Message.Status.DROPPED
    )


# --- Two at once --------------------------------------------------------------------------------
@pytest.mark.django_db(transaction=True)
def test_the_last_seat_and_the_same_person_at_once():
    session = SessionFactory(capacity=2)

    def come(number: int) -> int:
        with open_scope(cpts=session.cpts):
            return register(session, number).pk

    told_pks = at_once(*(lambda n=n: come(n) for n in (1, 1, 2, 3)))

    with open_scope(cpts=session.cpts):
        assert statuses(session) == ["confirmed", "confirmed", "waiting"]
    assert told_pks[0] == told_pks[1]


# --- Any sequence of acts -----------------------------------------------------------------------
who = st.integers(min_value=0, max_value=5)


class Line(RuleBasedStateMachine):
    """Two seats, six people who come and go, a desk that changes the capacity, and the clock."""

    @initialize()
    def open(self) -> None:
        self.savepoint = transaction.savepoint()
        self.cpts = CptsFactory()
        self.scope = open_scope(cpts=self.cpts)
        self.scope.__enter__()
        self.session = SessionFactory(campaign__cpts=self.cpts, capacity=2)

    def teardown(self) -> None:
        if hasattr(self, "scope"):
            self.scope.__exit__(None, None, None)
            transaction.savepoint_rollback(self.savepoint)

    def attempt(self, act: Callable[..., Any], *args: Any, **kwargs: Any) -> None:
        """A refusal is an answer; anything else that goes wrong is a fault."""
        with contextlib.suppress(Refused), transaction.atomic():
            act(*args, **kwargs)

    def last_of(self, person: int) -> Registration | None:
        found = Registration.objects.filter(person_hash=words(person).person_hash)
        return found.select_related("session").order_by("-number").first()

    @rule(person=who)
    def register(self, person: int) -> None:
        self.attempt(
            actions.register,
            self.session,
            words(person),
            by=None,
            door=Door.ONLINE,
            key=uuid4(),
        )

    @rule(person=who, act=st.sampled_from([actions.cancel, actions.accept]))
    def leave_or_accept(self, person: int, act: Callable[..., Any]) -> None:
        if row := self.last_of(person):
            self.attempt(act, row, by=herself(row))

    @rule(person=who)
    def stay_silent(self, person: int) -> None:
        row = self.last_of(person)
        if row is not None and row.status == RegistrationStatus.OFFERED:
            run_out(row)

    @rule()
    def touch(self) -> None:
        self.attempt(actions.settle_line, self.session)

    @rule(seats=st.integers(min_value=1, max_value=4))
    def change_capacity(self, seats: int) -> None:
        """As the desk does: PostgreSQL refuses fewer than are taken."""
        with contextlib.suppress(IntegrityError), transaction.atomic():
            Session.objects.filter(pk=self.session.pk).update(capacity=seats)
        self.attempt(actions.settle_line, self.session)

    @invariant()
    def seats_are_counted_and_never_too_many(self) -> None:
        session = Session.objects.get(pk=self.session.pk)
        held = Registration.objects.filter(session=session, status__in=SEATED).count()
        assert session.taken == held <= session.capacity

    @invariant()
    def numbers_have_no_gap_and_nobody_has_two_places(self) -> None:
        rows = list(Registration.objects.order_by("number"))
        live = [row.person_hash for row in rows if row.ended_at is None]
        assert [row.number for row in rows] == list(range(1, len(rows) + 1))
        assert len(live) == len(set(live))

    @invariant()
    def a_free_seat_waits_for_nobody_in_line(self) -> None:
        """Once settled; what ran out since the last touch is still to be written down."""
        now, session = timezone.now(), Session.objects.get(pk=self.session.pk)
        is_settled = not Registration.objects.all().overdue_at(now).exists()
        if is_settled and session.seats_left:
            assert not Registration.objects.all().in_line().exists()

    @invariant()
    def the_rows_are_in_order(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")


@pytest.mark.django_db
def test_no_sequence_of_acts_puts_the_line_in_disorder():
    run(
        Line,
        settings=settings(
            max_examples=5,
            stateful_step_count=16,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
