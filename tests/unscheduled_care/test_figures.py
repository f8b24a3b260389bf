"""Sums of the ACI: what counts, by what, masked for whom; the same on the page and in the files."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import pgtrigger
import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from members.models import Cpts, Membership, Role
from tests.factories import GpFactory, MembershipFactory
from tests.unscheduled_care.makers import ClaimFactory, SlotFactory
from unscheduled_care.models import Claim, Slot
from unscheduled_care.queries import figures as queries
from unscheduled_care.queries.figures import Line, Period

pytestmark = pytest.mark.django_db


@pytest.fixture
def week(gp: Membership) -> Period:
    """One seen, one missed, one cancelled then free, one unused, one withdrawn, one to come."""
    now = timezone.now()
    claims = [
        ClaimFactory(slot__professional=gp, slot__starts_at=_ahead(days)) for days in (1, 2, 3)
    ]
    seen, missed, cancelled = claims
    Claim.objects.filter(pk=seen.pk).update(
        status="seen", outcome_at=now, searched_at=seen.slot.starts_at - timedelta(hours=4)
    )
    Claim.objects.filter(pk=missed.pk).update(
        status="no_show", outcome_at=now, searched_at=missed.slot.starts_at - timedelta(hours=8)
    )
    Claim.objects.filter(pk=cancelled.pk).update(
        status="cancelled", cancelled_at=now, cancel_reason="patient"
    )
    Slot.objects.filter(pk=cancelled.slot_id).update(status="open")
    SlotFactory(
        professional=gp,
        starts_at=_ahead(4),
        status="withdrawn",
        withdrawn_at=now,
        withdraw_reason="absent",
    )
    with pgtrigger.ignore("unscheduled_care.Slot:slot_ends_for_good"):
        past = now - timedelta(days=2)
        SlotFactory(professional=gp, starts_at=past, offered_at=past - timedelta(days=1))
    today = timezone.localdate()
    return Period(today - timedelta(days=7), today + timedelta(days=7))


def _ahead(days: int) -> Any:
    return timezone.now() + timedelta(days=days)


@pytest.fixture
def enter(client: Client, cpts: Cpts, settings: Any) -> Any:
    settings.SECOND_FACTOR_REQUIRED = False

    def enter(role: Role) -> Client:
        client.force_login(MembershipFactory(cpts=cpts, role=role).user)
        return client

    return enter


def address(name: str, cpts: Cpts, period: Period) -> str:
    path = reverse(f"unscheduled_care:{name}", args=[cpts.slug])
    return f"{path}?du={period.first}&au={period.last}"


def test_total_counts_slots_claims_and_the_median_delay(week: Period) -> None:
    assert queries.total(week) == Line(
        label="Tous les créneaux",
        offered=4,
        claimed=2,
        unused=1,
        seen=1,
        missed=1,
        delay=timedelta(hours=6),
    )


def test_every_table_of_slots_adds_up_to_the_total(week: Period) -> None:
    total = queries.total(week)

    for table in queries.tables(week):
        assert sum(line.claimed for line in table.lines) == total.claimed, table.title
        if all(line.offered is not None for line in table.lines):
            assert sum(line.offered or 0 for line in table.lines) == total.offered, table.title


def test_tables_are_in_the_order_of_names_or_of_time_and_name_nobody(
    cpts: Cpts, week: Period, gp: Membership
) -> None:
    SlotFactory(professional=GpFactory(cpts=cpts, profession_id="infirmier"))

    tables = queries.tables(week)

    by_profession = [line.label for line in tables[0].lines]
    assert by_profession == ["Infirmier", "Médecin généraliste"]
    assert not any(str(gp) in line.label for table in tables for line in table.lines)


def test_figures_of_another_period_are_empty(week: Period) -> None:
    far = timezone.localdate() + timedelta(days=300)

    assert queries.total(Period(far, far)).offered == 0


def test_figures_mask_few_for_the_funder_alone(cpts: Cpts, enter: Any, week: Period) -> None:
    inside = enter(Role.BOARD).get(address("figures_show", cpts, week)).content.decode()
    outside = enter(Role.FUNDER).get(address("figures_show", cpts, week)).content.decode()

    assert "moins de 5" not in inside
    assert '<td class="n num">6,0</td>' in inside
    assert outside.count("moins de 5") >= 5
    assert "6,0" not in outside


def test_figures_leave_as_files(cpts: Cpts, enter: Any, week: Period) -> None:
    desk = enter(Role.COORDINATOR)

    csv = desk.get(address("figures_csv", cpts, week)).content.decode("utf-8-sig")
    book = load_workbook(io.BytesIO(desk.get(address("figures_xlsx", cpts, week)).content))

    assert csv.splitlines()[1] == "Ensemble;Tous les créneaux;4;2;1;1;1;6.0"
    assert book.sheetnames[0] == "Ensemble"
    assert [cell.value for cell in book["Ensemble"][2]] == ["Tous les créneaux", 4, 2, 1, 1, 1, 6]


def test_figures_say_what_is_wrong_with_the_days(cpts: Cpts, enter: Any) -> None:
    path = reverse("unscheduled_care:figures_show", args=[cpts.slug])

    response = enter(Role.COORDINATOR).get(f"{path}?du=2026-05-02&au=2026-05-01")

    assert response.status_code == 422
    assert "La fin est avant le début" in response.content.decode()


def test_figures_take_as_many_queries_for_one_slot_as_for_three(
    cpts: Cpts, enter: Any, django_assert_num_queries: Any, gp: Membership
) -> None:
    desk, path = enter(Role.COORDINATOR), reverse("unscheduled_care:figures_show", args=[cpts.slug])
    ClaimFactory(slot__professional=gp, slot__starts_at=_ahead(1))
    desk.get(path)
    with django_assert_num_queries(11) as first:
        desk.get(path)
    for days in (2, 3):
        ClaimFactory(slot__professional=GpFactory(cpts=cpts), slot__starts_at=_ahead(days))

    with django_assert_num_queries(len(first.captured_queries)):
        desk.get(path)


def line(label: str, offered: int, claimed: int) -> Line:
    return Line(label, offered, claimed, offered - claimed, seen=claimed, missed=0, delay=None)


def test_masked_figures_are_not_brought_back_by_subtraction() -> None:
    table = queries.Table("Par profession", [line("A", 40, 30), line("B", 20, 3), line("C", 9, 8)])

    shown = table.cells(is_masked=True)

    few = "moins de 5"
    assert shown == [
        ["A", 40, None, None, 30, few, None],
        ["B", 20, few, None, few, few, None],
        ["C", 9, None, few, None, few, None],
    ]
