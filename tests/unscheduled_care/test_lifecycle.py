"""Any sequence of acts leaves slots, holds and claims in order: a machine looks for one that fails.

Time does not pass by itself here: PostgreSQL's clock decides, so the rows are moved back instead.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from hypothesis.stateful import run_state_machine_as_test as run

from cpts_portal.core.models import AuditEntry, Message
from cpts_portal.core.refusals import Refused
from cpts_portal.core.scoping import open_scope
from members.models import Role
from tests.factories import CptsFactory, GpFactory, MembershipFactory
from tests.unscheduled_care.makers import SlotFactory
from unscheduled_care import lifecycle
from unscheduled_care.actions import claims, holds, slots
from unscheduled_care.actions.steps import PatientWords
from unscheduled_care.models import (
    Claim,
    ClaimStatus,
    Hold,
    Mobility,
    OwnGp,
    Reason,
    Slot,
    SlotStatus,
)

which = st.integers(min_value=0, max_value=1)
who = st.integers(min_value=0, max_value=2)
OUTCOMES = st.sampled_from(sorted(claims.OUTCOMES))
REASONS = st.sampled_from(["patient", "mistake", "worse"])


class Board(RuleBasedStateMachine):
    """Two slots of a doctor, a nurse, a secretary and the desk who want them, and the clock."""

    @initialize()
    def open(self) -> None:
        self.savepoint = transaction.savepoint()
        self.cpts = CptsFactory()
        self.scope = open_scope(cpts=self.cpts)
        self.scope.__enter__()
        self.doctor = GpFactory(cpts=self.cpts)
        roles = (Role.COORDINATOR, Role.SECRETARY, Role.SECRETARY)
        self.people = [MembershipFactory(cpts=self.cpts, role=role) for role in roles]
        moments = [timezone.now() + timedelta(hours=hours) for hours in (30, 31)]
        self.slots = [SlotFactory(professional=self.doctor, starts_at=one) for one in moments]
        self.reason = Reason.objects.get(pk="fievre")
        self.phones = 0

    def teardown(self) -> None:
        if hasattr(self, "scope"):
            self.scope.__exit__(None, None, None)
            transaction.savepoint_rollback(self.savepoint)

    def attempt(self, act: Callable[..., Any], *args: Any, **kwargs: Any) -> None:
        """A refusal is an answer; anything else that goes wrong is a fault."""
        with contextlib.suppress(Refused), transaction.atomic():
            act(*args, **kwargs)

    def fresh(self, number: int) -> Slot:
        return Slot.objects.select_related("cpts").get(pk=self.slots[number].pk)

    def last_hold(self, number: int) -> Hold | None:
        return self.slots[number].holds.order_by("-pk").first()

    def words(self, *, is_same: bool) -> PatientWords:
        self.phones += not is_same
        return PatientWords(
            reason=self.reason,
            age_band="30-49",
            own_gp=OwnGp.NO,
            mobility=Mobility.ALONE,
            has_consented=True,
            phone=f"+3363998{self.phones:04d}",
        )

    @rule(number=which, person=who)
    def hold(self, number: int, person: int) -> None:
        self.attempt(holds.hold, self.fresh(number), by=self.people[person])

    @rule(number=which, person=who, act=st.sampled_from([holds.extend, holds.release]))
    def extend_or_release(self, number: int, person: int, act: Callable[..., Any]) -> None:
        if kept := self.last_hold(number):
            self.attempt(act, kept, by=self.people[person])

    @rule(number=which, person=who, is_same=st.booleans(), is_another=st.booleans())
    def claim(self, number: int, person: int, is_same: bool, is_another: bool) -> None:
        if kept := self.last_hold(number):
            words, by = self.words(is_same=is_same), self.people[person]
            self.attempt(claims.claim, kept, words, by=by, is_another=is_another)

    @rule(number=which, person=who, is_same=st.booleans())
    def hold_and_claim(self, number: int, person: int, is_same: bool) -> None:
        self.hold(number, person)
        self.claim(number, person, is_same, True)

    @rule(number=which, person=who, reason=REASONS)
    def cancel(self, number: int, person: int, reason: str) -> None:
        if made := self.slots[number].claims.order_by("-pk").first():
            self.attempt(claims.cancel, made, reason=reason, by=self.people[person])

    @rule(number=which, verb=OUTCOMES, is_doctor=st.booleans())
    def note_outcome(self, number: int, verb: str, is_doctor: bool) -> None:
        by = self.doctor if is_doctor else self.people[1]
        if made := self.slots[number].claims.order_by("-pk").first():
            self.attempt(claims.note_outcome, made, verb=verb, by=by)

    @rule(number=which, is_doctor=st.booleans())
    def withdraw(self, number: int, is_doctor: bool) -> None:
        by = self.doctor if is_doctor else self.people[1]
        self.attempt(slots.withdraw, self.fresh(number), reason="other", by=by, is_confirmed=True)

    @rule(minutes=st.sampled_from([4, 6, 1440]))
    def pass_time(self, minutes: int) -> None:
        """What was to come is nearer, what is kept has less time left; the first moves first."""
        back = timedelta(minutes=minutes)
        moments = ("starts_at", "ends_at", "closes_at", "offered_at")
        for model, names in ((Slot, moments), (Hold, ("starts_at", "expires_at"))):
            for row in model.objects.order_by("starts_at"):
                earlier = {name: F(name) - back for name in names}
                model.objects.filter(pk=row.pk).update(**earlier)

    @invariant()
    def the_rows_are_in_order(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")

    @invariant()
    def a_slot_is_claimed_once_and_says_so(self) -> None:
        for slot in Slot.objects.filter(starts_at__gt=Now()):
            booked = slot.claims.exclude(status=ClaimStatus.CANCELLED).count()
            assert booked == (slot.status == SlotStatus.CLAIMED)

    @invariant()
    def a_slot_is_kept_by_one_person_at_most_and_never_when_it_is_gone(self) -> None:
        live = Hold.objects.filter(expires_at__gt=Now(), claim=None)
        for slot in self.slots:
            assert live.filter(slot=slot).count() <= 1
        assert not live.filter(slot__status=SlotStatus.CLAIMED).exists()

    @invariant()
    def nobody_has_the_same_appointment_twice_that_day(self) -> None:
        booked = Claim.objects.filter(status=ClaimStatus.BOOKED)
        said = list(booked.values_list("contact__phone_hash", "reason", "age_band"))
        assert len(said) == len(set(said)) or self.is_over_two_days(booked)

    def is_over_two_days(self, booked: Any) -> bool:
        return len({timezone.localdate(one.slot.starts_at) for one in booked}) > 1

    @invariant()
    def each_claim_has_its_traces_and_its_messages(self) -> None:
        kind = {"subject_kind": "unscheduled_care.claim"}
        for made in Claim.objects.all():
            entries = AuditEntry.objects.filter(**kind, subject_id=str(made.pk)).order_by("pk")
            assert [entry.verb for entry in entries].count("claim") == 1
            assert entries.last().target == made.status
            assert not Message.objects.filter(**kind, subject_id=str(made.pk), cpts=None).exists()


@pytest.mark.django_db
def test_no_sequence_of_acts_puts_the_board_in_disorder():
    run(
        Board,
        settings=settings(
            max_examples=6,
            stateful_step_count=14,
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
