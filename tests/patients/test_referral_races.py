"""Two people answer the same referral at once, with real threads: one wins."""

from __future__ import annotations

from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import connection

from cpts_portal.core.refusals import Refused
from cpts_portal.core.scoping import open_scope
from patients import lifecycle
from patients.actions import referrals, triage
from patients.models import Intake, Referral, ReferralStatus, Status
from tests.factories import (
    GPRequestFactory,
    MembershipFactory,
    PatientFactory,
)
from tests.patients.shortcuts import statuses


def race(cpts: Any, *attempts: Any) -> list[str]:
    """Run the attempts at the same instant, each on its own connection; what each was told."""
    barrier = Barrier(len(attempts))
    told: list[str] = []

    def run(attempt: Any) -> None:
        try:
            with open_scope(cpts=cpts):
                barrier.wait(timeout=10)
                attempt()
            told.append("ok")
        except Refused as refusal:
            told.append(str(refusal))
        finally:
            connection.close()

    threads = [Thread(target=run, args=(attempt,)) for attempt in attempts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    return sorted(told, key=lambda word: word != "ok")


@pytest.mark.django_db(transaction=True)
def test_two_coordinators_refer_the_same_request_and_one_wins(qualified, intake, coordinator):
    colleague = MembershipFactory(cpts=qualified.cpts)

    told = race(
        qualified.cpts,
        *(
            lambda by=by: referrals.refer(qualified, gp=intake.membership, by=by)
            for by in (coordinator, colleague)
        ),
    )

    assert told[0] == "ok"
    assert "proposée à un médecin" in told[1]
    assert Referral.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_requests_at_once_never_pass_the_gps_quota(qualified, intake, coordinator):
    Intake.objects.update(monthly_quota=1)
    other = GPRequestFactory(
        cpts=qualified.cpts,
        status=Status.QUALIFIED,
        commune=qualified.commune,
        patient=PatientFactory(cpts=qualified.cpts),
    )

    told = race(
        qualified.cpts,
        *(
            lambda asked=asked: referrals.refer(asked, gp=intake.membership, by=coordinator)
            for asked in (qualified, other)
        ),
    )

    assert told[0] == "ok"
    assert "plus de place" in told[1]
    assert Referral.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_gp_accepts_while_the_coordinator_takes_back_and_one_wins(referral, gp, coordinator):
    told = race(
        referral.cpts,
        lambda: referrals.accept(referral, by=gp),
        lambda: triage.end_request(referral.request, lifecycle.WITHDRAW, by=coordinator),
    )

    request, answer = statuses(referral)
    assert told[0] == "ok"
    assert (request, answer) == (Status.WITHDRAWN, ReferralStatus.TAKEN_BACK)
