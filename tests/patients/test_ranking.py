"""Classes follow the calendar, once a night, and the first date is never touched."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from cpts_portal.core.models import AuditEntry
from patients import rules, tasks
from patients.actions.filing import rank
from patients.models import GPRequest, PriorityRuleSet, Status

pytestmark = pytest.mark.django_db


@pytest.fixture
def ending_soon(cpts, qualified) -> GPRequest:
    """Ranked while the treatment had still 20 days to go."""
    PriorityRuleSet.objects.update(rules=rules.DEFAULT_RULES)
    qualified.treatment_ends_on = timezone.localdate() + timedelta(days=20)
    rank(qualified)
    qualified.save()
    return qualified


def test_rank_waiting_again_follows_a_treatment_to_its_end(ending_soon, time_machine):
    first, before = ending_soon.first_requested_at, ending_soon.priority
    time_machine.move_to(timezone.now() + timedelta(days=10))

    assert tasks.rank_waiting_again() == 1

    ending_soon.refresh_from_db()
    assert (before > 1, ending_soon.priority) == (True, 1)
    assert ending_soon.first_requested_at == first
    trace = AuditEntry.objects.get(verb="rank_again")
    assert (trace.by_label, trace.reason) == ("system", "P1")


def test_rank_waiting_again_changes_nothing_twice(ending_soon, time_machine):
    time_machine.move_to(timezone.now() + timedelta(days=10))

    assert [tasks.rank_waiting_again(), tasks.rank_waiting_again()] == [1, 0]


def test_rank_waiting_again_leaves_ended_requests(ending_soon, time_machine):
    GPRequest.objects.update(status=Status.WITHDRAWN, closed_at=timezone.now())
    time_machine.move_to(timezone.now() + timedelta(days=10))

    assert tasks.rank_waiting_again() == 0


def test_rank_waiting_again_leaves_the_coordinator_s_word(ending_soon, time_machine):
    GPRequest.objects.update(priority_override=2, override_reason="Vue au téléphone")
    time_machine.move_to(timezone.now() + timedelta(days=10))

    tasks.rank_waiting_again()

    ending_soon.refresh_from_db()
    assert (ending_soon.priority, ending_soon.rank) == (1, 2)
