"""Hours and indemnities: per mission and person, over some days, to the cent."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from members.actions.attendances import ABSENT
from members.actions.missions import edit_mission
from members.forms.statements import PeriodForm, days_of, periods
from members.models import Membership, Mission
from members.queries import statement_papers as papers
from members.queries import statements as queries
from members.queries.statements import Days
from tests.factories import AttendanceFactory, GpFactory, MeetingFactory, MissionFactory

YEAR = Days(date(2026, 1, 1), date(2026, 12, 31))


@pytest.fixture
def desk(settings: Any, client: Client, coordinator: Membership) -> Client:
    settings.SECOND_FACTOR_REQUIRED = False
    client.force_login(coordinator.user)
    return client


@pytest.fixture
def phone(settings: Any, gp: Membership) -> Client:
    settings.SECOND_FACTOR_REQUIRED = False
    browser = Client()
    browser.force_login(gp.user)
    return browser


@pytest.fixture
def mission(cpts: Any) -> Mission:
    return MissionFactory(cpts=cpts, label="Parcours", hourly_rate=Decimal("31.25"))


def attended(member: Membership, mission: Mission | None, minutes: int, **changes: Any) -> Any:
    meeting = MeetingFactory(
        cpts=member.cpts,
        mission=mission,
        starts_at=changes.pop("at", datetime(2026, 6, 9, 18, 0, tzinfo=UTC)),
        **changes,
    )
    return AttendanceFactory(meeting=meeting, membership=member, minutes=minutes)


def test_a_statement_sums_the_minutes_of_each_person_on_each_mission(cpts, gp, mission):
    other = GpFactory(cpts=cpts)
    attended(gp, mission, 90)
    attended(gp, mission, 35)
    attended(other, mission, 60)
    attended(gp, None, 30)

    shown = queries.statement(YEAR)

    told = [(line.mission, line.member, line.meetings, line.minutes) for line in shown.lines]
    assert told == [(mission, gp, 2, 125), (mission, other, 1, 60), (None, gp, 1, 30)]
    assert [line.amount for line in shown.lines] == [
        Decimal("65.10"),
        Decimal("31.25"),
        Decimal("0.00"),
    ]
    assert (shown.minutes, shown.amount) == (215, Decimal("96.35"))


def test_half_a_cent_is_rounded_up(gp, mission):
    mission.hourly_rate = Decimal("0.30")
    attended(gp, mission, 1)

    assert queries.statement(YEAR).amount == Decimal("0.01")


def test_a_cancelled_meeting_and_an_absence_count_nothing(gp, mission):
    attended(gp, mission, 90, status="cancelled")
    absent = attended(gp, mission, 90)
    type(absent).objects.filter(pk=absent.pk).update(**ABSENT)

    assert queries.statement(YEAR).parts == []


@pytest.mark.parametrize(
    ("at", "is_in"),
    [
        (datetime(2025, 12, 31, 22, 59, tzinfo=UTC), False),
        (datetime(2025, 12, 31, 23, 0, tzinfo=UTC), True),
        (datetime(2026, 12, 31, 22, 59, tzinfo=UTC), True),
        (datetime(2026, 12, 31, 23, 0, tzinfo=UTC), False),
    ],
)
def test_the_year_begins_at_midnight_in_paris(gp, mission, at, is_in):
    attended(gp, mission, 60, at=at)

    assert (queries.statement(YEAR).minutes == 60) is is_in


def test_a_rate_changed_leaves_past_statements_as_they_were(cpts, gp, mission, coordinator):
    attended(gp, mission, 60)
    edit_mission(mission, by=coordinator, hourly_rate=Decimal("40.00"))
    mission.refresh_from_db()
    attended(gp, mission, 30)

    shown = queries.statement(YEAR)

    told = [(line.rate, line.minutes, line.amount) for line in shown.lines]
    assert told == [
        (Decimal("31.25"), 60, Decimal("31.25")),
        (Decimal("40.00"), 30, Decimal("20.00")),
    ]
    assert [part.mission for part in shown.parts] == [mission]


@pytest.mark.parametrize("count", [1, 3])
def test_a_statement_asks_as_much_for_one_as_for_three(
    cpts, mission, count, django_assert_num_queries
):
    for _number in range(count):
        attended(GpFactory(cpts=cpts), mission, 60)

    with django_assert_num_queries(3):
        assert len(queries.statement(YEAR).lines) == count


# --- Periods --------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("period", "first", "last"),
    [
        ("2026", date(2026, 1, 1), date(2026, 12, 31)),
        ("2026-T1", date(2026, 1, 1), date(2026, 3, 31)),
        ("2024-T4", date(2024, 10, 1), date(2024, 12, 31)),
    ],
)
def test_a_period_is_a_year_or_a_quarter(period, first, last):
    assert days_of(period) == Days(first, last)


@pytest.mark.parametrize("period", ["26", "2026-T5", "libre"])
def test_what_is_no_period_is_an_error(period):
    with pytest.raises(ValueError, match=period):
        days_of(period)


def test_a_quarter_to_come_is_not_offered():
    offered = [period for period, _label in periods(date(2026, 5, 3))]

    assert offered[:4] == ["2026", "2026-T2", "2026-T1", "2025"]


def test_two_days_make_a_period_too():
    form = PeriodForm({"periode": "libre", "du": "2026-02-03", "au": "2026-02-04"})

    assert form.days == Days(date(2026, 2, 3), date(2026, 2, 4))


@pytest.mark.parametrize(
    "query",
    [
        "periode=libre&du=2026-02-03",
        "periode=libre&du=2026-02-03&au=2026-02-01",
        "periode=libre&du=x&au=y",
        "periode=3026",
    ],
)
def test_a_period_that_is_none_is_said_and_this_year_shown(desk, query):
    response = desk.get(f"/artois-lys/indemnites/?{query}")

    assert response.status_code == 422
    assert (response.context["days"].starts_on.month, response.context["days"].ends_on.day) == (
        1,
        31,
    )


# --- Pages and papers -----------------------------------------------------------------------
def test_statement_show_tells_hours_rate_and_amount(desk, gp, mission):
    attended(gp, mission, 125)

    page = desk.get("/artois-lys/indemnites/?periode=2026").content.decode()

    assert ("2\u00a0h\u00a005" in page, "65,10" in page, "31,25" in page) == (True, True, True)


def test_statement_mine_shows_ones_own_alone(phone, cpts, gp, mission):
    attended(gp, mission, 60)
    attended(GpFactory(cpts=cpts, user__last_name="Quesnoy"), mission, 60)

    page = phone.get("/artois-lys/indemnites/moi/?periode=2026").content.decode()

    assert ("31,25" in page, "Quesnoy" in page) == (True, False)


def test_the_csv_is_read_by_a_french_spreadsheet_and_holds_no_formula(desk, cpts, mission):
    attended(GpFactory(cpts=cpts, user__last_name="=1+1", user__first_name="Ève"), mission, 90)

    response = desk.get("/artois-lys/indemnites/releve.csv?periode=2026")

    lines = response.content.decode("utf-8-sig").splitlines()
    assert response["Content-Disposition"].endswith('"indemnites-20260101-20261231.csv"')
    assert lines[0].split(";")[:3] == ["Mission", "Nom", "Prénom"]
    assert lines[1] == "Parcours;'=1+1;Ève;Médecin généraliste;1;90;1,50;31,25;46,88"


def test_the_statement_is_a_pdf(desk, gp, mission):
    attended(gp, mission, 90)

    response = desk.get("/artois-lys/indemnites/releve.pdf?periode=2026")

    assert (response["Content-Type"], response.content[:5]) == ("application/pdf", b"%PDF-")


def test_the_printed_statement_has_a_section_a_mission_and_a_total(gp, mission):
    attended(gp, mission, 90)

    data = papers.printed(queries.statement(YEAR), gp.cpts)

    [section] = data["sections"]
    assert section["rows"][0][:3] == [str(gp), "1", "1\u00a0h\u00a030"]
    assert "46,88" in data["total"]["value"]


def test_a_certificate_lists_what_one_was_at(phone, gp, mission):
    attended(gp, mission, 90, title="Chutes")

    listed = queries.attendances_of(gp, YEAR)
    data = papers.certificate(gp, listed, YEAR, gp.cpts)
    response = phone.get(f"/artois-lys/indemnites/{gp.pk}/attestation.pdf?periode=2026")

    assert data["meetings"]["rows"] == [["9 juin 2026", "Chutes", "1\u00a0h\u00a030"]]
    assert response.content[:5] == b"%PDF-"


def test_a_certificate_of_nothing_says_so(gp):
    data = papers.certificate(gp, [], YEAR, gp.cpts)

    assert "n’a noté aucune présence" in data["paragraphs"][0]
    assert data["meetings"] is None


def test_somebody_elses_certificate_is_for_the_governance(phone, desk, cpts):
    other = GpFactory(cpts=cpts)
    path = f"/artois-lys/indemnites/{other.pk}/attestation.pdf"

    assert (phone.get(path).status_code, desk.get(path).status_code) == (403, 200)


def test_hours_counted_last_year_are_not_this_years(gp, mission):
    attended(gp, mission, 60, at=datetime(2026, 6, 9, tzinfo=UTC) - timedelta(days=400))

    assert queries.statement(YEAR).lines == []
