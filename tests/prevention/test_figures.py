"""What campaigns came to, masked for whom; the same on the page and in the files."""

from __future__ import annotations

import io
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from members.models import Cpts, Membership, Role
from prevention.models import Campaign, CampaignPartner, HeadCount, Session
from prevention.queries import figures as queries
from prevention.queries.charts import bars_of
from prevention.queries.figures import TIES, Line, People, Period, Table
from prevention.queries.masks import hidden_counts
from tests.factories import CommuneFactory, MembershipFactory
from tests.prevention.makers import (
    CampaignFactory,
    RegistrationFactory,
    SessionFactory,
    ShiftFactory,
    VolunteerFactory,
)

pytestmark = pytest.mark.django_db

TODAY = timezone.localdate
EVERYTHING = Period(date(2020, 1, 1), date(2030, 1, 1))


@pytest.fixture
def campaign(coordinator: Membership) -> Campaign:
    """One session over, with volunteers of two hours; one to come."""
    made: Campaign = CampaignFactory(
        cpts=coordinator.cpts, created_by=coordinator, title="Octobre rose", target_people=40
    )
    CampaignPartner.objects.create(cpts=made.cpts, campaign=made, name="Mairie de Lestrem")
    SessionFactory(campaign=made)
    over = SessionFactory(campaign=made)
    lestrem = CommuneFactory(name="Lestrem")
    for status, count in (("attended", 7), ("absent", 2), ("cancelled", 3), ("confirmed", 1)):
        RegistrationFactory.create_batch(
            count, session=over, status=status, commune=lestrem, age_band="65-74"
        )
    RegistrationFactory(session=over, status="attended", door="walk_in")
    HeadCount.objects.create(
        cpts=made.cpts, session=over, age_band="6-17", commune=lestrem, people=12
    )
    VolunteerFactory.create_batch(2, shift=ShiftFactory(session=over))
    _end(over)
    return made


def _end(session: Session) -> None:
    then = timezone.now() - timedelta(days=1)
    Session.objects.filter(pk=session.pk).update(starts_at=then - timedelta(hours=2), ends_at=then)


@pytest.fixture
def enter(client: Client, cpts: Cpts, settings: Any) -> Any:
    settings.SECOND_FACTOR_REQUIRED = False

    def enter(role: Role) -> Client:
        client.force_login(MembershipFactory(cpts=cpts, role=role).user)
        return client

    return enter


def address(cpts: Cpts, name: str = "prevention_figures", query: str = "") -> str:
    asked = f"?du=2026-01-01&au=2030-01-01{query}"
    return reverse(f"prevention:{name}", args=[cpts.slug]) + asked


def test_the_outcome_of_a_campaign_counts_whoever_came_with_and_without_a_name(
    campaign: Campaign,
) -> None:
    outcome = queries.outcome_of(campaign)

    assert outcome.people == People(registered=10, attended=8, absent=2, counted=12)
    assert (outcome.people.reached, outcome.percent) == (20, 50)
    assert (outcome.sessions, outcome.held, outcome.minutes) == (2, 1, 240)
    assert (outcome.partners, outcome.opinion) == (["Mairie de Lestrem"], None)


def test_a_cancelled_session_counts_for_nothing(campaign: Campaign) -> None:
    Session.objects.filter(campaign=campaign).update(
        status="cancelled", cancelled_at=timezone.now(), cancel_reason="room"
    )

    outcome = queries.outcome_of(campaign)

    assert (outcome.people, outcome.sessions, outcome.minutes) == (People(), 0, 0)


def test_every_table_adds_up_to_the_whole(campaign: Campaign) -> None:
    whole, *tables = queries.report(EVERYTHING).tables

    for table in tables:
        for name, count in whole.lines[0].people.counts().items():
            assert sum(line.people.counts()[name] for line in table.lines) == count, table.key


def test_ages_come_in_order_and_what_is_unknown_last(campaign: Campaign) -> None:
    report = queries.report(EVERYTHING)

    assert [line.label for line in report.ages.lines] == [
        "6 à 17 ans",
        "65 à 74 ans",
        "Âge non précisé",
    ]
    assert [line.label for line in report.communes.lines] == ["Lestrem", "Commune non précisée"]


def test_another_campaign_and_another_period_are_left_out(campaign: Campaign) -> None:
    other = SessionFactory(campaign__cpts=campaign.cpts, campaign__created_by=campaign.created_by)
    RegistrationFactory(session=other)
    far = date(2029, 1, 1)

    one = queries.report(EVERYTHING, campaign)

    assert one.outcome.people.registered == 10
    assert [line.label for line in one.tables[1].lines] == ["Octobre rose"]
    assert queries.report(Period(far, far)).outcome.people == People()


# --- Small numbers ----------------------------------------------------------------------------
@given(
    st.lists(st.tuples(*(st.integers(min_value=0, max_value=12) for _name in range(4))), max_size=6)
)
def test_no_hidden_count_is_told_by_a_subtraction(rows: list[tuple[int, ...]]) -> None:
    """A tie with one hidden name, or a column with one hidden cell, would give it away."""
    counts = [People(*row).counts() for row in rows]

    hidden = hidden_counts(counts, TIES)

    for row, names in zip(counts, hidden, strict=True):
        assert {name for name, count in row.items() if count < 5} <= names
        assert all(len(names.intersection(tie)) != 1 for tie in TIES)
    for name in queries.COUNTS:
        told = sum(name in names for names in hidden)
        assert told != 1 or len(rows) == 1


def test_bars_draw_nothing_of_what_is_hidden() -> None:
    table = Table("ages", "Par âge", [Line("Jeunes", People(9, 3)), Line("Vieux", People(60, 50))])

    shown, masked = bars_of(table, is_masked=False), bars_of(table, is_masked=True)

    assert [(bar.told, bar.length) for bar in shown.bars] == [("3", 3), ("50", 50)]
    assert [(bar.told, bar.length) for bar in masked.bars] == [("moins de 5", None), ("–", None)]


def test_the_funder_alone_sees_few_as_words(enter: Any, campaign: Campaign) -> None:
    path = address(campaign.cpts, query=f"&campagne={campaign.pk}")

    inside = enter(Role.BOARD).get(path).content.decode()
    outside = enter(Role.FUNDER).get(path).content.decode()

    assert "moins de 5" not in inside
    assert "moins de 5" in outside
    assert "50 % de l’objectif de 40".replace(" %", "\u00a0%") in inside
    assert "de l’objectif de 40" not in outside


def test_files_say_what_the_page_says(enter: Any, campaign: Campaign) -> None:
    browser = enter(Role.COORDINATOR)

    text = browser.get(address(campaign.cpts, "prevention_figures_csv")).content.decode("utf-8-sig")
    book = load_workbook(
        io.BytesIO(browser.get(address(campaign.cpts, "prevention_figures_xlsx")).content)
    )

    assert "Ensemble;Toutes les séances;10;8;2;12;20;;1;4 h 00" in text.replace("\u00a0", " ")
    assert "Avis et partenaires;Partenaire;Mairie de Lestrem" in text
    assert book.sheetnames[:2] == ["Ensemble", "Par campagne"]
    assert [cell.value for cell in book["Par campagne"][2]][:6] == [
        *("Octobre rose", 10, 8, 2, 12, 20)
    ]


def test_a_period_that_makes_no_sense_is_said_and_this_year_is_shown(
    enter: Any, cpts: Cpts
) -> None:
    path = reverse("prevention:prevention_figures", args=[cpts.slug])

    page = enter(Role.COORDINATOR).get(f"{path}?du=2026-05-01&au=2026-04-01&campagne=999999")

    assert page.status_code == 422
    assert "La fin est avant le début." in page.content.decode()
    assert "Choisissez une campagne de la liste." in page.content.decode()
    assert page.context["period"].first == date(TODAY().year, 1, 1)


def test_a_campaign_without_days_is_shown_whole(enter: Any, campaign: Campaign) -> None:
    path = reverse("prevention:prevention_figures", args=[campaign.cpts.slug])
    Campaign.objects.filter(pk=campaign.pk).update(
        starts_on=date(2024, 3, 1), ends_on=date(2024, 3, 31)
    )

    page = enter(Role.COORDINATOR).get(f"{path}?campagne={campaign.pk}")

    assert page.context["period"].first == date(2024, 3, 1)
    assert page.context["outcome"].people.reached == 20


@pytest.mark.parametrize("sessions", [1, 3])
def test_the_page_asks_as_much_for_one_session_as_for_three(
    enter: Any, campaign: Campaign, sessions: int, django_assert_max_num_queries: Any
) -> None:
    SessionFactory.create_batch(sessions - 1, campaign=campaign)
    browser = enter(Role.COORDINATOR)

    with django_assert_max_num_queries(32):
        browser.get(address(campaign.cpts))
