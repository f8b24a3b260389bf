"""The board: what each one sees of the slots, how it is narrowed, counted, paged and ordered."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from cpts_portal.core.scoping import open_scope
from members.models import Cpts, Membership, Role
from tests.factories import (
    CollegeFactory,
    CommuneFactory,
    CptsFactory,
    DelegationFactory,
    GpFactory,
    MembershipFactory,
    PracticeFactory,
    ProfessionFactory,
)
from tests.unscheduled_care.makers import ClaimFactory, HoldFactory, SlotFactory
from unscheduled_care.forms.board import BoardForm
from unscheduled_care.models import Channel, Kind, SasDesk, Slot
from unscheduled_care.queries import board as queries
from unscheduled_care.queries.board import Board
from unscheduled_care.queries.census import DAYS, HORIZON, PARIS, Filters, Window, lines
from unscheduled_care.queries.reach import reach_of

SOON = timedelta(minutes=30)
NOW = timezone.now()
LATER = Window.around(None, NOW).midnights[1] + timedelta(hours=12) - NOW
"""Till noon in two days, so that a few hours more are the same day whenever the tests run."""


@pytest.fixture(autouse=True)
def one_factor(settings: Any) -> None:
    settings.SECOND_FACTOR_REQUIRED = False


@pytest.fixture
def path(cpts: Cpts) -> str:
    return reverse("unscheduled_care:slot_list", args=[cpts.slug])


def offered(professional: Membership, after: timedelta = LATER, **terms: Any) -> Slot:
    made: Slot = SlotFactory(professional=professional, starts_at=timezone.now() + after, **terms)
    return made


def nurse_of(cpts: Cpts) -> Membership:
    nurse: Membership = GpFactory(
        cpts=cpts, profession=ProfessionFactory(code="infirmier", label="Infirmier")
    )
    return nurse


def look(by: Membership, query: str = "") -> Board:
    """The board as the address describes it."""
    asked = dict(pair.split("=") for pair in query.split("&") if pair)
    return queries.look(reach_of(by), BoardForm(asked).filters, timezone.now())


def seen(board: Board) -> dict[int, str]:
    """The state of each slot shown."""
    return {slot.pk: slot.state for row in board.rows for cell in row.cells for slot in cell.slots}


def chips(board: Board) -> dict[str, int]:
    return {chip.label: chip.count for chip in board.chips}


def get(client: Client, by: Membership, path: str, **headers: str) -> Any:
    client.force_login(by.user)
    return client.get(path, headers=headers)


# --- Whose slots ----------------------------------------------------------------------------------
def test_a_slot_is_free_kept_mine_held_or_taken(cpts: Cpts, gp: Membership) -> None:
    reader = nurse_of(cpts)
    free, kept, held, mine, taken = (offered(gp, LATER + timedelta(hours=n)) for n in range(5))
    HoldFactory(slot=kept, holder=reader)
    HoldFactory(slot=held)
    ClaimFactory(slot=mine, hold__holder=reader)
    ClaimFactory(slot=taken)

    states = seen(look(reader, f"pro={gp.pk}"))

    assert states == {
        free.pk: "free",
        kept.pk: "kept",
        held.pk: "held",
        mine.pk: "mine",
        taken.pk: "taken",
    }


@pytest.mark.parametrize(
    "terms",
    [
        {"is_hidden": True},
        {"give_back_minutes": 60, "closes_at": "given back"},
        {"status": "withdrawn", "withdrawn_at": "now", "withdraw_reason": "mistake"},
    ],
)
def test_what_is_not_to_be_had_is_not_there(
    cpts: Cpts, gp: Membership, terms: dict[str, Any]
) -> None:
    moments = {"given back": timezone.now(), "now": timezone.now()}
    offered(gp, **{name: moments.get(value, value) for name, value in terms.items()})

    assert seen(look(nurse_of(cpts))) == {}


def test_a_slot_is_shown_to_whom_it_is_open_alone(cpts: Cpts, gp: Membership) -> None:
    nurse, secretary = nurse_of(cpts), MembershipFactory(cpts=cpts, role=Role.SECRETARY)
    for_nurses = offered(gp, channels=[Channel.PROFESSIONS], professions=["infirmier"])
    taken = offered(gp, LATER + SOON, channels=[Channel.PROFESSIONS], professions=["infirmier"])
    ClaimFactory(slot=taken)

    assert seen(look(nurse)) == {for_nurses.pk: "free", taken.pk: "taken"}
    assert seen(look(secretary)) == {}


def test_a_secretary_sees_what_is_open_to_those_for_whom_she_acts(
    cpts: Cpts, gp: Membership
) -> None:
    secretary = MembershipFactory(cpts=cpts, role=Role.SECRETARY)
    nurse = nurse_of(cpts)
    slot = offered(gp, channels=[Channel.PROFESSIONS], professions=["infirmier"])
    DelegationFactory(principal=nurse, delegate=secretary)
    claim = ClaimFactory(slot=offered(gp, LATER + SOON), hold__holder=nurse)

    board = look(secretary)

    assert seen(board) == {slot.pk: "free", claim.slot_id: "mine"}
    assert list(board.own.claims) == [claim]


def test_the_sas_sees_what_is_open_to_it(
    cpts: Cpts, gp: Membership, coordinator: Membership
) -> None:
    partner = MembershipFactory(cpts=cpts, role=Role.PARTNER)
    SasDesk.objects.create(cpts=cpts, membership=partner, named_by=coordinator)
    slot = offered(gp, channels=[Channel.SAS])
    offered(gp, LATER + SOON)

    assert seen(look(partner)) == {slot.pk: "free"}


def test_another_cpts_does_not_exist(cpts: Cpts, gp: Membership, client: Client, path: str) -> None:
    elsewhere = CptsFactory()
    with open_scope(cpts=elsewhere):
        stranger = GpFactory(cpts=elsewhere)
        offered(stranger)

    assert seen(look(gp)) == {}
    assert get(client, stranger, path).status_code == 404


@pytest.mark.parametrize("role", [Role.PARTNER, Role.FUNDER, Role.BOARD])
def test_whoever_reaches_nothing_is_told_so(
    cpts: Cpts, client: Client, path: str, role: Role
) -> None:
    response = get(client, MembershipFactory(cpts=cpts, role=role), path)

    assert response.status_code == 403
    assert "Les créneaux sont ouverts aux professionnels de santé" in response.content.decode()


def test_a_lapsed_member_reads_and_presses_nothing(
    cpts: Cpts, gp: Membership, client: Client, path: str
) -> None:
    college = CollegeFactory(cpts=cpts, grace_days=0)
    lapsed = GpFactory(cpts=cpts, college=college)
    slot = offered(gp)

    page = get(client, lapsed, path).content.decode()

    assert "vous lisez les créneaux, sans proposer ni réserver" in page
    assert f'id="s{slot.pk}"' not in page
    assert "Réserver<" not in page
    assert 'class="slot plain ' in page


# --- Narrowed -------------------------------------------------------------------------------------
def test_chips_count_what_each_would_leave_of_the_chosen_day(cpts: Cpts, gp: Membership) -> None:
    nurse = nurse_of(cpts)
    offered(gp)
    offered(gp, LATER + SOON, kind=Kind.REMOTE, practice=None)
    offered(nurse, kind=Kind.HOME, radius_km=10)

    assert chips(look(nurse)) == {
        "Tous": 3,
        "Infirmier": 1,
        "Médecin généraliste": 2,
        "À domicile": 1,
        "Téléconsultation": 1,
        "Libres maintenant": 0,
    }
    assert chips(look(nurse, "profession=infirmier")) == {
        "Tous": 3,
        "Infirmier": 1,
        "Médecin généraliste": 2,
        "À domicile": 1,
        "Téléconsultation": 0,
        "Libres maintenant": 0,
    }


@pytest.mark.parametrize(
    ("query", "kinds"),
    [
        ("", {"practice", "home", "remote"}),
        ("profession=infirmier", {"home"}),
        ("forme=distance", {"remote"}),
        ("forme=domicile&profession=medecin-generaliste", set()),
        ("acte=ecg", {"practice"}),
        ("forme=nulle-part&profession=%00&du=hier&page=zero&pro=x", {"practice", "home", "remote"}),
    ],
)
def test_each_filter_narrows_and_what_is_not_understood_does_not(
    cpts: Cpts, gp: Membership, query: str, kinds: set[str]
) -> None:
    nurse = nurse_of(cpts)
    offered(gp, acts=["ecg"])
    offered(gp, LATER + SOON, kind=Kind.REMOTE, practice=None)
    offered(nurse, kind=Kind.HOME, radius_km=10)

    board = look(nurse, query)

    assert {slot.kind for row in board.rows for cell in row.cells for slot in cell.slots} == kinds
    assert board.free == len(kinds)


def test_free_now_is_within_two_hours(cpts: Cpts, gp: Membership) -> None:
    near, _far = offered(gp, SOON), offered(gp, timedelta(hours=2, minutes=30))

    board = look(nurse_of(cpts), "maintenant=1")

    assert seen(board) == {near.pk: "free"}
    assert (board.free, chips(board)["Libres maintenant"]) == (1, 1)


def test_what_is_held_is_counted_free_nowhere(cpts: Cpts, gp: Membership) -> None:
    HoldFactory(slot=offered(gp))

    board = look(nurse_of(cpts))

    assert (board.free, chips(board)["Tous"], set(seen(board).values())) == (0, 0, {"held"})


# --- From where the patient lives -----------------------------------------------------------------
@pytest.fixture
def laventie(cpts: Cpts) -> Any:
    return CommuneFactory(insee_code="62491", name="Laventie", latitude=50.63, longitude=2.77)


def placed(cpts: Cpts, north_km: float) -> Any:
    """A practice so many kilometres north of Laventie."""
    return PracticeFactory(cpts=cpts, latitude=50.63 + north_km / 111.195, longitude=2.77)


def test_the_nearest_come_first_and_say_how_far(cpts: Cpts, laventie: Any) -> None:
    far, near, remote, here = (GpFactory(cpts=cpts) for _ in range(4))
    offered(here, practice=placed(cpts, 0))
    offered(far, SOON, practice=placed(cpts, 12))
    offered(near, practice=placed(cpts, 3))
    offered(remote, kind=Kind.REMOTE, practice=None)

    board = look(far, "ou=Laventie")

    assert [
        (row.member, row.far.replace("\u00a0", " "), bool(row.where)) for row in board.rows
    ] == [
        (here, "à moins de 1 km", True),
        (near, "à 3 km", True),
        (far, "à 12 km", True),
        (remote, "", False),
    ]
    assert [row.member for row in look(far, "commune=62491&km=10").rows] == [here, near]
    assert chips(look(far, f"commune=62491&jour={day_of(LATER)}"))["À moins de 10 km"] == 2


def day_of(after: timedelta) -> str:
    return str((timezone.now() + after).astimezone(PARIS).date())


def test_a_home_visit_stays_within_its_radius(cpts: Cpts, laventie: Any) -> None:
    nurse = nurse_of(cpts)
    inside = offered(nurse, kind=Kind.HOME, radius_km=5, practice=placed(cpts, 4))
    offered(nurse, LATER + SOON, kind=Kind.HOME, radius_km=5, practice=placed(cpts, 6))
    nowhere = CommuneFactory(latitude=None, longitude=None, position="none")
    lost = PracticeFactory(cpts=cpts, commune=nowhere)
    offered(nurse, LATER + 2 * SOON, kind=Kind.HOME, radius_km=5, practice=lost)

    board = look(nurse, "ou=laventie")

    assert seen(board) == {inside.pk: "free"}
    assert (board.free, chips(board)["À domicile"]) == (1, 1)


def test_the_commune_is_found_by_name_or_postal_code_or_said_unknown(
    cpts: Cpts, gp: Membership, laventie: Any, client: Client, path: str
) -> None:
    CommuneFactory(insee_code="62492", name="Laventie-le-Haut", postal_codes=["62841"])

    both = get(client, gp, f"{path}?ou=laventie")
    kept = get(client, gp, f"{path}?ou=Laventie&commune=62491")
    unknown = get(client, gp, f"{path}?ou=Nullepart")

    assert [one.name for one, _query in both.context["others"]] == ["Laventie-le-Haut"]
    assert (kept.context["commune"], kept.context["others"]) == (laventie, [])
    assert "«\u00a0Nullepart\u00a0» n’est pas" in unknown.content.decode()
    assert BoardForm({"ou": "62841"}).filters.commune.name == "Laventie-le-Haut"


# --- Days and pages -------------------------------------------------------------------------------
def test_five_days_of_fourteen_are_shown_at_once() -> None:
    now = timezone.now()
    today = now.astimezone(PARIS).date()

    first = Window.around(None, now)
    last = Window.around(today + timedelta(days=40), now)

    assert (first.days[0], len(first.days), first.previous) == (today, DAYS, None)
    assert (last.days[-1], last.next) == (today + timedelta(days=HORIZON - 1), None)
    assert Window.around(today - timedelta(days=3), now) == first
    assert [first.next, Window.around(first.next, now).previous] == [
        today + timedelta(days=5),
        today,
    ]


@pytest.mark.parametrize(
    ("day", "hours"),
    [("2026-03-29", 23), ("2026-10-25", 25), ("2027-03-28", 23), ("2027-10-31", 25)],
)
def test_days_are_those_of_paris_when_clocks_change(
    cpts: Cpts, gp: Membership, day: str, hours: int
) -> None:
    sunday = datetime.fromisoformat(day).replace(tzinfo=PARIS)
    window = Window.around(None, sunday - timedelta(days=1))
    place = PracticeFactory(cpts=cpts)
    for starts_at in (sunday, sunday.replace(hour=23)):
        offered_at = starts_at - timedelta(days=2)
        SlotFactory(professional=gp, practice=place, starts_at=starts_at, offered_at=offered_at)

    counted = lines(reach_of(gp), window, Filters(), ())

    assert [(line.day, line.free) for line in counted] == [(1, 2)]
    night = window.midnights[1].timestamp() - window.midnights[0].timestamp()
    assert night / 3600 == hours


def test_a_slot_at_the_edge_of_the_night_is_on_its_paris_day(cpts: Cpts, gp: Membership) -> None:
    window = Window.around(None, timezone.now())
    edge = window.midnights[1]
    before = SlotFactory(professional=gp, starts_at=edge - timedelta(minutes=30))
    after = SlotFactory(professional=gp, starts_at=edge)

    board = look(nurse_of(cpts))

    days = {slot.pk: cell.on for row in board.rows for cell in row.cells for slot in cell.slots}
    assert days == {before.pk: window.days[1], after.pk: window.days[2]}
    assert [day.free for day in board.days] == [0, 1, 1, 0, 0]
    assert (board.day, board.next_free) == (window.days[1], window.days[2])


def test_the_chosen_day_is_told_by_parts_without_what_others_took(
    cpts: Cpts, gp: Membership
) -> None:
    day = Window.around(None, timezone.now()).days[2]
    at = {
        hour: SlotFactory(
            professional=gp, starts_at=datetime(day.year, day.month, day.day, hour, tzinfo=PARIS)
        )
        for hour in (9, 12, 16, 17, 20)
    }
    ClaimFactory(slot=at[20])
    HoldFactory(slot=at[16])

    parts = look(nurse_of(cpts), f"jour={day}").parts

    told = [(part.label, part.free, [card.pk for _row, card in part.cards]) for part in parts]
    assert told == [
        ("Le matin", 1, [at[9].pk]),
        ("L’après-midi", 1, [at[12].pk, at[16].pk]),
        ("Le soir", 1, [at[17].pk]),
    ]


def test_a_full_cell_leads_to_the_page_of_its_professional(
    cpts: Cpts, gp: Membership, client: Client, path: str
) -> None:
    noon = Window.around(None, timezone.now()).midnights[0] + timedelta(hours=12)
    place = PracticeFactory(cpts=cpts)
    for n in range(8):
        SlotFactory(professional=gp, practice=place, starts_at=noon + n * SOON)
    SlotFactory(professional=nurse_of(cpts), starts_at=noon + timedelta(days=1))

    page = get(client, gp, path)
    alone = get(client, gp, f"{path}?pro={gp.pk}")

    cell = page.context["board"].rows[0].cells[1]
    assert (len(cell.slots), cell.more) == (queries.CELL, 2)
    assert f"&amp;pro={gp.pk}" in page.content.decode()
    assert [len(row.cells[1].slots) for row in alone.context["board"].rows] == [8]
    assert "seulement" in alone.content.decode()


def test_professionals_are_paged_who_is_free_the_soonest_first(
    cpts: Cpts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "ROWS", 2)
    late, soon, middle = (GpFactory(cpts=cpts) for _ in range(3))
    for professional, after in ((late, 3), (soon, 1), (middle, 2)):
        offered(professional, LATER + after * timedelta(minutes=5))

    pages = [look(late, f"page={n}") for n in (1, 2, 9)]

    assert [[row.member for row in board.rows] for board in pages] == [
        [soon, middle],
        [late],
        [late],
    ]
    assert [(board.page, board.pages) for board in pages] == [(1, 2), (2, 2), (2, 2)]


# --- The page -------------------------------------------------------------------------------------
def test_the_board_costs_the_same_for_one_slot_and_for_three(
    cpts: Cpts, client: Client, path: str
) -> None:
    reader, costs = nurse_of(cpts), []
    get(client, reader, path)

    for _ in range(3):
        professional = GpFactory(cpts=cpts)
        ClaimFactory(slot=offered(professional), hold__holder=reader)
        HoldFactory(slot=offered(professional, LATER + SOON), holder=reader)
        offered(professional, LATER + 2 * SOON, acts=["ecg"])
        with CaptureQueriesContext(connection) as queried:
            client.get(path)
        costs.append(len(queried))

    assert costs[0] == costs[2]


def test_the_page_says_what_is_mine_without_saying_who_it_is_for(
    cpts: Cpts, gp: Membership, client: Client, path: str
) -> None:
    reader = nurse_of(cpts)
    claim = ClaimFactory(slot=offered(gp), hold__holder=reader, age_band="30-49")
    hold = HoldFactory(slot=offered(gp, LATER + SOON), holder=reader)

    page = get(client, reader, path).content.decode()

    assert f"/artois-lys/reservations/{claim.pk}/" in page
    assert f"/artois-lys/reservations-en-cours/{hold.pk}/" in page
    assert "30 à 49 ans" in page
    assert "Réservé par vous" in page
    assert claim.contact.first_name not in page


def test_a_slot_leads_on_from_the_commune_asked(
    cpts: Cpts, gp: Membership, laventie: Any, client: Client, path: str
) -> None:
    slot = offered(gp)

    page = get(client, gp, f"{path}?ou=Laventie").content.decode()

    assert f'href="{slot.pk}/?commune=62491"' in page


def test_an_empty_board_says_what_else_may_be_done(
    cpts: Cpts, gp: Membership, client: Client, path: str
) -> None:
    page = get(client, gp, f"{path}?profession=infirmier").content.decode()

    assert "avec ces filtres" in page
    assert "Diffuser un besoin" in page
    assert "Tout voir" in page
