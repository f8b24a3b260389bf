"""Any sequence of acts leaves the rows in order: a machine looks for one that does not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection, transaction
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from hypothesis.stateful import run_state_machine_as_test as run

from cpts_portal.core.audit import PatientOf
from cpts_portal.core.models import AuditEntry
from cpts_portal.core.refusals import Refused
from cpts_portal.core.scoping import open_scope
from patients import lifecycle, tasks
from patients.actions import referrals, triage
from patients.models import (
    ENDED,
    HOLDING,
    LIVE,
    GPRequest,
    Referral,
    ReferralStatus,
    Status,
)
from patients.queries.referrals import intakes
from tests.factories import (
    CptsFactory,
    GpFactory,
    GPRequestFactory,
    IntakeFactory,
    MembershipFactory,
)

QUOTA = 2
which = st.integers(min_value=0, max_value=2)
who = st.integers(min_value=0, max_value=1)


class Desk(RuleBasedStateMachine):
    """Three requests, two GPs with two places each, a coordinator, and a clock that moves on."""

    @initialize()
    def open(self) -> None:
        self.savepoint = transaction.savepoint()
        self.clock = time_machine.travel("2026-11-02 09:00+01:00", tick=False)
        self.traveller = self.clock.start()
        self.cpts = CptsFactory()
        self.scope = open_scope(cpts=self.cpts)
        self.scope.__enter__()
        self.coordinator = MembershipFactory(cpts=self.cpts)
        self.gps = [GpFactory(cpts=self.cpts) for _number in range(2)]
        for gp in self.gps:
            IntakeFactory(membership=gp, monthly_quota=QUOTA)
        self.requests = [GPRequestFactory(cpts=self.cpts) for _number in range(3)]
        self.first_dates = [request.first_requested_at for request in self.requests]
        self.refused = 0

    def teardown(self) -> None:
        if hasattr(self, "scope"):
            self.scope.__exit__(None, None, None)
            self.clock.stop()
            transaction.savepoint_rollback(self.savepoint)

    def attempt(self, act: Callable[..., Any], *args: Any, **kwargs: Any) -> None:
        """A refusal is an answer; anything else that goes wrong is a fault."""
        try:
            with transaction.atomic():
                act(*args, **kwargs)
        except Refused:
            self.refused += 1

    def as_they_stand(self) -> list[GPRequest]:
        return list(GPRequest.objects.order_by("pk"))

    def last_referral(self, number: int) -> Referral | None:
        return self.requests[number].referrals.order_by("-pk").first()

    @rule(number=which)
    def qualify(self, number: int) -> None:
        self.attempt(triage.qualify, self.requests[number], by=self.coordinator)

    @rule(number=which)
    def ask(self, number: int) -> None:
        self.attempt(triage.ask_for_more, self.requests[number], by=self.coordinator)

    @rule(number=which, gp=who)
    def refer(self, number: int, gp: int) -> None:
        request = self.requests[number]
        self.attempt(triage.qualify, request, by=self.coordinator)
        self.attempt(referrals.refer, request, gp=self.gps[gp], by=self.coordinator)

    @rule(
        number=which,
        answer=st.sampled_from(
            [
                lambda referral, gp: referrals.reserve(referral, by=gp),
                lambda referral, gp: referrals.accept(referral, by=gp),
                lambda referral, gp: referrals.decline(referral, reason="full", by=gp),
                lambda referral, gp: referrals.give_back(referral, reason="absent", by=gp),
            ]
        ),
    )
    def answer(self, number: int, answer: Any) -> None:
        referral = self.last_referral(number)
        if referral is not None:
            self.attempt(answer, referral, referral.gp)

    @rule(number=which)
    def take_back(self, number: int) -> None:
        self.attempt(referrals.take_back, self.requests[number], by=self.coordinator)

    @rule(number=which)
    def set_first_visit(self, number: int) -> None:
        day = timezone.localdate() + timedelta(days=1)
        self.attempt(triage.set_first_visit, self.requests[number], on=day, by=self.coordinator)

    @rule(number=which)
    def plan_call_back(self, number: int) -> None:
        day = timezone.localdate()
        self.attempt(triage.plan_call_back, self.requests[number], on=day, by=self.coordinator)

    @rule(number=which)
    def declare(self, number: int) -> None:
        self.attempt(triage.declare, self.requests[number], by=self.coordinator)

    @rule(number=which, ending=st.sampled_from(lifecycle.ENDINGS), is_patient=st.booleans())
    def end(self, number: int, ending: Any, is_patient: bool) -> None:
        request = self.requests[number]
        by: Any = PatientOf(request.pk) if is_patient else self.coordinator
        self.attempt(triage.end_request, request, ending, by=by)

    @rule(number=which)
    def reopen(self, number: int) -> None:
        self.attempt(triage.reopen, self.requests[number], by=self.coordinator)

    @rule(hours=st.sampled_from([1, 24, 72]), has_worker=st.booleans())
    def pass_time(self, hours: int, has_worker: bool) -> None:
        self.traveller.shift(timedelta(hours=hours))
        if has_worker:
            tasks.return_late_referrals()

    @invariant()
    def the_rows_are_in_order(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        self.requests = self.as_they_stand()
        held = list(Referral.objects.filter(status__in=HOLDING))
        for request, first in zip(self.requests, self.first_dates, strict=True):
            holding = [referral.status for referral in held if referral.request_id == request.pk]
            assert request.first_requested_at == first
            assert (request.closed_at is not None) == (request.status in ENDED)
            assert len(holding) <= 1
            assert (request.status == Status.REFERRED) == bool(set(holding) & set(LIVE))
            if request.status in (Status.ACCEPTED, Status.FIRST_VISIT_SET, Status.DECLARED):
                assert holding == [ReferralStatus.ACCEPTED]
            elif request.status != Status.REFERRED:
                assert holding == []

    @invariant()
    def no_quota_is_passed(self) -> None:
        for intake in intakes(timezone.now()):
            assert intake.taken <= QUOTA

    @invariant()
    def the_last_trace_is_the_state(self) -> None:
        traces = AuditEntry.objects.filter(subject_kind="patients.gprequest").exclude(target="")
        told = dict(traces.order_by("pk").values_list("subject_id", "target"))
        for request in self.as_they_stand():
            assert request.status == told.get(str(request.pk), Status.RECEIVED)


@pytest.mark.django_db
def test_no_sequence_of_acts_puts_the_rows_in_disorder():
    run(
        Desk,
        settings=settings(
            max_examples=12,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


# --- The tables themselves ----------------------------------------------------------------------
def test_every_state_can_be_reached_and_every_end_reopened():
    targets = {step.target for step in lifecycle.REQUEST.transitions} | {Status.RECEIVED}

    assert targets == set(Status)
    assert set(ENDED) == lifecycle.REOPEN.sources


def test_every_verb_is_named_once_and_has_a_label():
    for table in lifecycle.LIFECYCLES:
        verbs = [step.verb for step in table.transitions]
        assert len(verbs) == len(set(verbs))
        assert all(str(step.label) for step in table.transitions)


def test_permission_is_asked_before_state(cpts, gp):
    ended = GPRequestFactory(cpts=cpts, status=Status.WITHDRAWN, closed_at=timezone.now())

    with pytest.raises(Refused) as refusal:
        triage.qualify(GPRequest.objects.get(pk=ended.pk), by=gp)

    assert refusal.value.status == 403
