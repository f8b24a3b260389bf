"""Any sequence of acts leaves seats and lines in order: a machine looks for one that fails.

Time does not pass by itself here: PostgreSQL's clock decides, so the rows are moved back instead.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from hypothesis.stateful import run_state_machine_as_test as run

from cpts_portal.core.models import AuditEntry, Message
from cpts_portal.core.refusals import Refused
from cpts_portal.core.scoping import open_scope
from members.models import Role
from prevention import lifecycle
from prevention.actions import door, registrations, sessions
from prevention.models import (
    LIVE,
    SEATED,
    Delivery,
    Registration,
    RegistrationStatus,
    Session,
)
from prevention.rules.line import takes_registrations
from prevention.rules.registrations import RegisteredPerson
from tests.factories import CptsFactory, GpFactory, MembershipFactory
from tests.prevention.makers import CampaignFactory, PlanFactory, SessionFactory
from tests.prevention.seats import begin, run_out, told, words
from tests.prevention.test_sessions import words_of

people = st.integers(min_value=1, max_value=5)
who = st.sampled_from(["herself", "desk", "member", "stranger"])
TOLD = {"offered": "seat_offered", "late": "offer_passed"}


class Evening(RuleBasedStateMachine):
    """Two seats, five people who want them, the desk, a member who meddles, and the clock."""

    @initialize()
    def open(self) -> None:
        self.savepoint = transaction.savepoint()
        self.cpts = CptsFactory()
        self.scope = open_scope(cpts=self.cpts)
        self.scope.__enter__()
        self.desk = MembershipFactory(cpts=self.cpts, role=Role.COORDINATOR)
        self.member = GpFactory(cpts=self.cpts)
        campaign = CampaignFactory(cpts=self.cpts, created_by=self.desk)
        PlanFactory(campaign=campaign)
        self.session = SessionFactory(campaign=campaign, capacity=2)

    def teardown(self) -> None:
        if hasattr(self, "scope"):
            self.scope.__exit__(None, None, None)
            transaction.savepoint_rollback(self.savepoint)

    def attempt(self, act: Callable[..., Any], *args: Any, **kwargs: Any) -> None:
        """A refusal is an answer; anything else that goes wrong is a fault."""
        with contextlib.suppress(Refused), transaction.atomic():
            act(*args, **kwargs)

    def fresh(self) -> Session:
        return Session.objects.select_related("cpts", "campaign").get(pk=self.session.pk)

    def row_of(self, person: int) -> Registration | None:
        """What she got last."""
        rows = Registration.objects.filter(person_hash=words(person).person_hash)
        return rows.select_related("session").order_by("-number").first()

    def hand(self, who: str, row: Registration) -> Any:
        hands = {"desk": self.desk, "member": self.member}
        return hands.get(who) or RegisteredPerson(row.pk + (who == "stranger"))

    # --- Acts -------------------------------------------------------------------------------
    @rule(person=people, is_by_desk=st.booleans())
    def register(self, person: int, is_by_desk: bool) -> None:
        by, way = (self.desk, "desk") if is_by_desk else (None, "online")
        self.attempt(
            registrations.register, self.fresh(), words(person), by=by, door=way, key=uuid4()
        )

    @rule()
    def everybody_registers(self) -> None:
        for person in range(1, 6):
            self.register(person, False)

    @rule(person=people, by=who, act=st.sampled_from([registrations.cancel, registrations.accept]))
    def cancel_or_accept(self, person: int, by: str, act: Callable[..., Any]) -> None:
        if row := self.row_of(person):
            self.attempt(act, row, by=self.hand(by, row))

    @rule()
    def deadlines_pass(self) -> None:
        for row in Registration.objects.filter(status=RegistrationStatus.OFFERED):
            run_out(row)

    @rule()
    def settle(self) -> None:
        self.attempt(registrations.settle_line, self.fresh())

    @rule(capacity=st.integers(min_value=1, max_value=4))
    def change_the_room(self, capacity: int) -> None:
        seen = self.fresh()
        self.attempt(sessions.edit, seen, words_of(seen, capacity=capacity), by=self.desk)

    @rule()
    def begin(self) -> None:
        if takes_registrations(self.fresh(), timezone.now()):
            begin(self.fresh())

    @rule(person=people, is_by_desk=st.booleans(), step=st.sampled_from(sorted(door.STEPS)))
    def note(self, person: int, is_by_desk: bool, step: str) -> None:
        if row := self.row_of(person):
            by = self.desk if is_by_desk else self.member
            self.attempt(door.note, row, door.STEPS[step], by=by)

    @rule(person=people)
    def walk_in(self, person: int) -> None:
        self.attempt(door.walk_in, self.fresh(), words(person), by=self.desk, key=uuid4())

    @rule(by=st.sampled_from(["desk", "member"]), is_held=st.booleans())
    def end(self, by: str, is_held: bool) -> None:
        hand = {"desk": self.desk, "member": self.member}[by]
        if is_held:
            self.attempt(sessions.hold, self.fresh(), by=hand, is_confirmed=True)
        else:
            self.attempt(sessions.cancel, self.fresh(), reason="room", by=hand)

    # --- What is true after each ------------------------------------------------------------
    @invariant()
    def the_rows_are_in_order(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")

    @invariant()
    def the_seats_taken_are_those_of_the_people_who_keep_one(self) -> None:
        seated = Registration.objects.filter(session=self.session, status__in=SEATED).count()
        found = self.fresh()
        assert seated == found.taken <= found.capacity

    @invariant()
    def no_seat_is_free_while_somebody_waits(self) -> None:
        found = self.fresh()
        waits = found.registrations.in_line().exists()
        if takes_registrations(found, timezone.now()):
            assert not (waits and found.seats_left)

    @invariant()
    def a_seat_is_offered_before_whoever_came_later(self) -> None:
        rows = Registration.objects.filter(session=self.session)
        offered = rows.filter(status="offered").values_list("number", flat=True)
        assert max(offered, default=0) < min(
            rows.in_line().values_list("number", flat=True), default=1_000
        )

    @invariant()
    def nobody_has_two_places(self) -> None:
        rows = Registration.objects.filter(session=self.session)
        live = list(rows.filter(status__in=LIVE).values_list("person_hash", flat=True))
        numbers = sorted(rows.values_list("number", flat=True))
        assert len(live) == len(set(live))
        assert numbers == list(range(1, len(numbers) + 1))

    @invariant()
    def each_registration_has_its_traces_and_its_messages(self) -> None:
        kind = {"subject_kind": "prevention.registration"}
        for row in Registration.objects.all():
            entries = AuditEntry.objects.filter(**kind, subject_id=str(row.pk)).order_by("pk")
            verbs = [entry.verb for entry in entries]
            assert verbs.count("register") + verbs.count("walk_in") == 1
            assert entries.last().target == row.status
            assert row.status not in TOLD or TOLD[row.status] in told(row)
        assert not Message.objects.filter(**kind, cpts=None).exists()

    @invariant()
    def nothing_is_planned_for_whoever_is_not_expected(self) -> None:
        planned = Delivery.objects.filter(status="planned").exclude(registration=None)
        if takes_registrations(self.fresh(), timezone.now()):
            expected = Registration.objects.filter(session=self.session, status="confirmed")
            assert {*planned.values_list("registration", flat=True)} == {
                *expected.values_list("pk", flat=True)
            }


@pytest.mark.django_db
def test_no_sequence_of_acts_puts_a_session_in_disorder():
    run(
        Evening,
        settings=settings(
            max_examples=8,
            stateful_step_count=16,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


# --- The tables themselves -----------------------------------------------------------------------
def test_every_state_can_be_reached():
    for table in lifecycle.LIFECYCLES:
        targets = {step.target for step in table.transitions} | {table.initial}
        assert targets == set(table.states)


def test_every_verb_is_named_once_and_has_a_label():
    for table in lifecycle.LIFECYCLES:
        verbs = [step.verb for step in table.transitions]
        assert len(verbs) == len(set(verbs))
        assert all(str(step.label) for step in table.transitions)
