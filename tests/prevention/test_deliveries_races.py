"""Several workers at once, on real PostgreSQL: nobody is written to twice."""

from __future__ import annotations

from typing import Any

import pytest

from cpts_portal.core import wake
from cpts_portal.core.models import Message
from cpts_portal.core.scoping import scopes_disabled
from prevention.actions.deliveries import reconcile
from prevention.actions.sending import send_due
from prevention.models import Delivery
from tests.members.threads import at_once
from tests.prevention.crowd import crowd_due

PEOPLE, WORKERS = 150, 4

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def nobody_listens(monkeypatch: Any) -> None:
    monkeypatch.setattr(wake, "now", lambda task, *arguments: False)


def test_workers_that_post_at_once_post_each_reminder_once() -> None:
    with scopes_disabled():
        due_at, sessions = crowd_due(PEOPLE)
        reconcile(sessions=sessions)

    def work() -> int:
        with scopes_disabled():
            return send_due(due_at, PEOPLE)

    posted = at_once(*[work] * WORKERS)

    with scopes_disabled():
        assert sum(posted) == Message.objects.count() == PEOPLE
        assert Delivery.objects.filter(status="posted").count() == PEOPLE


def test_plans_made_at_once_plan_each_reminder_once() -> None:
    with scopes_disabled():
        _due_at, sessions = crowd_due(PEOPLE)

    def plan() -> None:
        with scopes_disabled():
            reconcile(sessions=sessions)

    at_once(*[plan] * WORKERS)

    with scopes_disabled():
        assert Delivery.objects.count() == PEOPLE
