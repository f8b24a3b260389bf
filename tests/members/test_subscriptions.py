from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from cpts_portal.core import audit
from cpts_portal.core.refusals import Refused
from members.actions import subscriptions as actions
from members.models import College
from tests.factories import CollegeFactory, GpFactory


@pytest.mark.parametrize(
    ("cycle", "starts_on", "ends_on"),
    [
        ("calendar", date(2026, 11, 22), date(2026, 12, 31)),
        ("calendar", date(2027, 1, 1), date(2027, 12, 31)),
        ("anniversary", date(2026, 11, 22), date(2027, 11, 21)),
        ("anniversary", date(2027, 1, 1), date(2027, 12, 31)),
        ("anniversary", date(2028, 2, 29), date(2029, 2, 28)),
        ("anniversary", date(2027, 3, 1), date(2028, 2, 29)),
    ],
)
def test_a_period_lasts_as_the_college_says(cycle, starts_on, ends_on):
    assert actions.last_day(cycle, starts_on) == ends_on


def test_open_period_owes_the_college_s_fee(cpts, coordinator):
    college = CollegeFactory(cpts=cpts, fee=Decimal("35.00"), cycle=College.Cycle.CALENDAR)
    member = GpFactory(cpts=cpts, college=college)

    period = actions.open_period(member, starts_on=date(2026, 11, 22), by=coordinator)

    period.refresh_from_db()
    assert (period.fee, period.paid_on, period.means) == (Decimal("35.00"), None, "")
    assert (period.starts_on, period.ends_on) == (date(2026, 11, 22), date(2026, 12, 31))


def test_open_period_at_no_cost_is_paid_by_opening_it(cpts):
    member = GpFactory(cpts=cpts, college=CollegeFactory(cpts=cpts, fee=0))

    period = actions.open_period(member, starts_on=date(2026, 11, 22), by=audit.SYSTEM)

    assert (period.is_paid, period.means, period.recorded_by) == (True, "free", None)


def test_open_period_refuses_a_day_already_covered(cpts, coordinator):
    member = GpFactory(cpts=cpts, college=CollegeFactory(cpts=cpts))
    actions.open_period(member, starts_on=date(2026, 11, 22), by=coordinator)

    with pytest.raises(Refused, match="déjà ouverte"):
        actions.open_period(member, starts_on=date(2026, 12, 1), by=coordinator)
