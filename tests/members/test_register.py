"""The public register: replaced whole, searched, compared with members, said once.

tests/core/samples/rpps.txt is invented: its people, numbers and places are nobody's.
"""

from __future__ import annotations

import shutil
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from cpts_portal.core import rpps_file
from cpts_portal.core.models import AuditEntry
from cpts_portal.core.refusals import NotPermitted, Refused
from members.actions import register as actions
from members.management.commands.import_rpps import day_in
from members.models import Cpts, Membership, Profession, Role, RppsActivity, RppsDifference
from members.queries import register as queries
from tests.factories import (
    CommuneFactory,
    CptsCommuneFactory,
    GpFactory,
    MembershipFactory,
    PlaceholderFactory,
    PracticeFactory,
    PracticeMemberFactory,
    RppsActivityFactory,
    RppsDifferenceFactory,
)
from tests.members.conftest import queries_of

pytestmark = pytest.mark.django_db
SAMPLE = Path(__file__).parents[1] / "core" / "samples" / "rpps.txt"
NUMBER = "10000100015"
Field, Status = RppsDifference.Field, RppsDifference.Status


@pytest.fixture(autouse=True)
def territory(cpts: Cpts) -> Any:
    for code, name in (("62491", "Laventie"), ("62338", "Fleurbaix")):
        commune = CommuneFactory(insee_code=code, name=name, search_name=name.lower())
        CptsCommuneFactory(cpts=cpts, commune=commune)
    return commune


@pytest.fixture
def desk(client: Client, coordinator: Membership, settings: Any) -> Client:
    settings.SECOND_FACTOR_REQUIRED = False
    client.force_login(coordinator.user)
    return client


@pytest.fixture
def doctor(cpts: Cpts) -> Membership:
    """A general practitioner with a number, who has not opened her account yet."""
    general = Profession.objects.get(code="medecin-generaliste")
    person = PlaceholderFactory(first_name="Zoë", last_name="Inventé")
    return GpFactory(cpts=cpts, user=person, rpps=NUMBER, profession=general)


def load(path: Path = SAMPLE, **options: Any) -> str:
    out = StringIO()
    call_command("import_rpps", str(path), stdout=out, **{"date": date(2026, 11, 15), **options})
    return out.getvalue()


def compared(cpts: Cpts) -> list[tuple[str, str, str]]:
    """What is to be examined after a comparison."""
    actions.compare_with_register(cpts)
    found = RppsDifference.objects.filter(status=Status.OPEN).order_by("field")
    return [(one.field, one.ours, one.theirs) for one in found]


# --- The extraction -------------------------------------------------------------------------
def test_import_keeps_the_lines_of_the_territory_and_prints_its_counts(cpts: Cpts) -> None:
    told = load()

    assert told.splitlines() == [
        "7 lignes lues, 4 gardées, 0 abîmées, 1 sous un autre identifiant.",
        "CPTS Artois Lys : 0 différences nouvelles.",
    ]
    assert RppsActivity.objects.count() == 4
    assert queries.extracted_on() == date(2026, 11, 15)


def test_import_puts_the_new_lines_in_the_place_of_the_old(cpts: Cpts) -> None:
    RppsActivityFactory(last_name="ANCIENNE")

    load()
    load()

    assert RppsActivity.objects.count() == 4
    assert RppsActivity.objects.filter(last_name="ANCIENNE").count() == 0


def test_import_reads_the_day_in_the_name_of_the_file(cpts: Cpts, tmp_path: Path) -> None:
    named = tmp_path / "PS_LibreAcces_Personne_activite_202611080830.txt"
    shutil.copy(SAMPLE, named)

    load(named, date=None)

    assert queries.extracted_on() == date(2026, 11, 8)
    assert (day_in("extraction.txt"), day_in("x_20269999.txt")) == (None, None)


def test_import_of_a_broken_file_leaves_the_register_as_it_was(cpts: Cpts, tmp_path: Path) -> None:
    RppsActivityFactory()
    broken = tmp_path / "other.txt"
    broken.write_text("a|b\n1|2\n", encoding="utf-8")

    with pytest.raises(CommandError, match="extraction RPPS attendue"):
        load(broken)
    with pytest.raises(CommandError, match="ajoutez --date"):
        load(broken, date=None)
    with pytest.raises(CommandError, match="No such file"):
        load(tmp_path / "nowhere.txt")
    assert RppsActivity.objects.count() == 1


def test_import_without_a_line_of_ours_keeps_what_was_there(cpts: Cpts, tmp_path: Path) -> None:
    RppsActivityFactory()
    header = SAMPLE.read_bytes().splitlines(keepends=True)[0]
    empty = tmp_path / "empty.txt"
    empty.write_bytes(header)

    with pytest.raises(CommandError, match="Aucune ligne de vos communes"):
        load(empty)
    assert RppsActivity.objects.count() == 1


def test_a_line_longer_than_its_column_is_cut(cpts: Cpts) -> None:
    with SAMPLE.open("rb") as file:
        [first, *_rest] = rpps_file.read(file, communes={"62491"})
    long = {name: getattr(first, name) for name in first.__slots__}
    long["last_name"] = "X" * 200

    actions.replace_register(
        [rpps_file.RppsActivity(**long)], extracted_on=date(2026, 11, 15), communes={"62491"}
    )

    assert RppsActivity.objects.get().last_name == "X" * 80


# --- Looking somebody up --------------------------------------------------------------------
def test_known_gives_a_row_an_activity(cpts: Cpts) -> None:
    RppsActivityFactory.create_batch(2)

    assert [one.rpps for one in queries.known(NUMBER)] == [NUMBER, NUMBER]
    assert (queries.known(""), queries.known("10000100023")) == ([], [])


@pytest.mark.parametrize("asked", ["invente", "ZOE inventé", "vent", NUMBER, "100 0010 0015"])
def test_search_is_blind_to_accents_and_to_order(cpts: Cpts, asked: str) -> None:
    RppsActivityFactory()

    assert [one.last_name for one in queries.search(asked)] == ["INVENTÉ"]


@pytest.mark.parametrize("asked", ["", "   ", "%", "--", "lorcy", "x" * 81, "1"])
def test_search_finds_nothing_for_what_names_nobody(cpts: Cpts, asked: str) -> None:
    RppsActivityFactory()

    assert queries.search(asked) == []


# --- The comparison -------------------------------------------------------------------------
def test_nothing_is_compared_before_the_first_extraction(cpts: Cpts, doctor: Membership) -> None:
    assert compared(cpts) == []


def test_a_member_as_the_register_says_has_no_difference(cpts: Cpts, doctor: Membership) -> None:
    activity = RppsActivityFactory()
    place = PracticeFactory(cpts=cpts, address="2 pl. du Marché", commune=activity.commune)
    PracticeMemberFactory(membership=doctor, practice=place)

    assert compared(cpts) == []


def test_names_trade_and_place_are_said_when_they_differ(cpts: Cpts, doctor: Membership) -> None:
    commune = CommuneFactory(insee_code="62338")
    RppsActivityFactory(
        last_name="D'HŒDT-LORCY",
        first_name="ZOÉ MARIE",
        profession_code="50",
        profession_label="Sage-Femme",
        commune=commune,
    )

    assert compared(cpts) == [
        (Field.FIRST_NAME, "Zoë", "Zoé Marie"),
        (Field.LAST_NAME, "Inventé", "D'Hœdt-Lorcy"),
        (Field.PRACTICE, "", "Cabinet de la Lys, 2 Place du Marche, Fleurbaix"),
        (Field.PROFESSION, "Médecin généraliste", "Sage-Femme"),
    ]


def test_a_number_that_the_register_has_not_here_is_absent(cpts: Cpts, doctor: Membership) -> None:
    RppsActivityFactory(rpps="10000100023")

    assert compared(cpts) == [(Field.ABSENT, NUMBER, "")]


def test_a_trade_that_the_register_does_not_hold_is_not_compared(
    cpts: Cpts, doctor: Membership
) -> None:
    RppsActivityFactory(rpps="10000100023")
    doctor.profession = Profession.objects.filter(has_rpps=False).first()
    doctor.save()

    assert compared(cpts) == []


def test_a_difference_is_said_once_and_not_again_once_set_aside(
    cpts: Cpts, doctor: Membership, coordinator: Membership
) -> None:
    RppsActivityFactory(last_name="LORCY", address="")
    assert (actions.compare_with_register(cpts), actions.compare_with_register(cpts)) == (1, 0)

    actions.dismiss(RppsDifference.objects.get(), by=coordinator)

    assert (actions.compare_with_register(cpts), RppsDifference.objects.get().status) == (
        0,
        Status.DISMISSED,
    )


def test_what_is_true_no_longer_is_not_to_be_examined(cpts: Cpts, doctor: Membership) -> None:
    activity = RppsActivityFactory(last_name="LORCY", address="")
    assert len(compared(cpts)) == 1

    activity.last_name = "INVENTÉ"
    activity.save()

    assert compared(cpts) == []


def test_the_comparison_is_flat_in_queries(
    cpts: Cpts, doctor: Membership, django_assert_num_queries: Any
) -> None:
    RppsActivityFactory(last_name="LORCY")
    with django_assert_num_queries(3):
        queries.differences()

    for number in ("10000100023", "10000100031"):
        GpFactory(cpts=cpts, rpps=number)

    with django_assert_num_queries(3):
        queries.differences()


# --- One tap each ---------------------------------------------------------------------------
def only(cpts: Cpts) -> RppsDifference:
    actions.compare_with_register(cpts)
    return RppsDifference.objects.get(status=Status.OPEN)


def test_approve_writes_the_name_and_leaves_a_trace(
    cpts: Cpts, doctor: Membership, coordinator: Membership
) -> None:
    RppsActivityFactory(last_name="LORCY", address="")

    actions.approve(only(cpts), by=coordinator)

    doctor.user.refresh_from_db()
    trace = AuditEntry.objects.get(verb="register_approved")
    assert doctor.user.last_name == "Lorcy"
    assert (trace.subject_id, trace.by, trace.reason) == (
        str(doctor.pk),
        coordinator.user,
        "last_name",
    )


def test_approve_writes_the_name_of_an_open_account_too(
    cpts: Cpts, doctor: Membership, coordinator: Membership
) -> None:
    RppsActivityFactory(last_name="LORCY", address="")
    doctor.user.email = "zoe@sante.example"
    doctor.user.save()

    actions.approve(only(cpts), by=coordinator)

    doctor.user.refresh_from_db()
    trace = AuditEntry.objects.get(verb="correct")
    assert (doctor.user.last_name, trace.reason) == ("Lorcy", "last_name")


@pytest.mark.parametrize(
    ("code", "speciality", "expected"),
    [
        ("60", "", "infirmier"),
        ("60", "Infirmier en pratique avancée", "infirmier-pratique-avancee"),
        ("50", "", "sage-femme"),
    ],
)
def test_approve_writes_the_trade(
    cpts: Cpts,
    doctor: Membership,
    coordinator: Membership,
    code: str,
    speciality: str,
    expected: str,
) -> None:
    RppsActivityFactory(profession_code=code, speciality=speciality, address="")

    actions.approve(only(cpts), by=coordinator)

    doctor.refresh_from_db()
    assert doctor.profession_id == expected


@pytest.mark.parametrize(
    ("speciality", "expected"),
    [("Médecine générale", "medecin-generaliste"), ("Cardiologie", "medecin-specialiste")],
)
def test_the_speciality_tells_which_doctor(
    cpts: Cpts, doctor: Membership, coordinator: Membership, speciality: str, expected: str
) -> None:
    doctor.profession = Profession.objects.get(code="sage-femme")
    doctor.save()
    RppsActivityFactory(speciality=speciality, address="")

    actions.approve(only(cpts), by=coordinator)

    doctor.refresh_from_db()
    assert doctor.profession_id == expected


def test_approve_makes_the_place_the_main_one_and_keeps_the_others(
    cpts: Cpts, doctor: Membership, coordinator: Membership
) -> None:
    RppsActivityFactory(commune=CommuneFactory(insee_code="62338"))
    PracticeMemberFactory(membership=doctor)

    actions.approve(only(cpts), by=coordinator)

    places = doctor.places.order_by("pk").values_list("practice__name", "is_main")
    assert list(places) == [("Cabinet de la Lys", False), ("Cabinet de la Lys", True)]


def test_approve_joins_a_place_that_is_known(
    cpts: Cpts, doctor: Membership, coordinator: Membership
) -> None:
    activity = RppsActivityFactory()
    known = PracticeFactory(cpts=cpts, address="2 place du Marché", commune=activity.commune)

    actions.approve(only(cpts), by=coordinator)

    assert doctor.places.get().practice == known


def test_an_absence_has_nothing_to_take_up(
    cpts: Cpts, doctor: Membership, coordinator: Membership
) -> None:
    RppsActivityFactory(rpps="10000100023")

    with pytest.raises(Refused, match="rien à reprendre"):
        actions.approve(only(cpts), by=coordinator)


def test_approve_is_refused_when_the_register_has_changed(
    cpts: Cpts, doctor: Membership, coordinator: Membership
) -> None:
    activity = RppsActivityFactory(last_name="LORCY", address="")
    difference = only(cpts)
    activity.last_name = "INVENTÉ"
    activity.save()

    with pytest.raises(Refused, match="ne dit plus cela"):
        actions.approve(difference, by=coordinator)


def test_a_difference_is_decided_once(
    cpts: Cpts, doctor: Membership, coordinator: Membership
) -> None:
    difference = RppsDifferenceFactory(membership=doctor)
    actions.dismiss(difference, by=coordinator)

    with pytest.raises(Refused, match="écartée"):
        actions.dismiss(difference, by=coordinator)


def test_differences_are_for_the_coordination(cpts: Cpts, doctor: Membership) -> None:
    difference = RppsDifferenceFactory(membership=doctor)

    with pytest.raises(NotPermitted):
        actions.dismiss(difference, by=MembershipFactory(cpts=cpts, role=Role.BOARD))


# --- The page -------------------------------------------------------------------------------
def test_the_page_says_so_before_the_first_extraction(desk: Client) -> None:
    page = desk.get("/artois-lys/import/rpps/").content.decode()

    assert ("import_rpps" in page, "Rien à examiner" in page) == (True, True)


def test_the_page_finds_people_and_says_who_is_a_member(desk: Client, doctor: Membership) -> None:
    RppsActivityFactory()
    RppsActivityFactory(rpps="10000100023", last_name="INVENTÉE")

    page = desk.get("/artois-lys/import/rpps/", {"q": "invente"})

    found = [(one.name, one.member) for one in page.context["found"]]
    assert found == [("Zoë Inventé", doctor.pk), ("Zoë Inventée", None)]


def test_one_tap_takes_up_or_sets_aside(desk: Client, cpts: Cpts, doctor: Membership) -> None:
    RppsActivityFactory(last_name="LORCY", first_name="ANA", address="")
    actions.compare_with_register(cpts)
    first, last = RppsDifference.objects.order_by("field")

    desk.post(f"/artois-lys/import/rpps/{first.pk}/ecarter/")
    desk.post(f"/artois-lys/import/rpps/{last.pk}/reprendre/")

    doctor.user.refresh_from_db()
    assert str(doctor.user) == "Zoë Lorcy"
    assert list(RppsDifference.objects.order_by("field").values_list("status", flat=True)) == [
        Status.DISMISSED,
        Status.APPROVED,
    ]


def test_the_page_takes_as_many_queries_at_three_differences_as_at_one(
    desk: Client, cpts: Cpts
) -> None:
    RppsActivityFactory()
    RppsDifferenceFactory(membership=GpFactory(cpts=cpts))
    one = queries_of(desk, "/artois-lys/import/rpps/?q=invente")

    for _again in range(2):
        RppsDifferenceFactory(membership=GpFactory(cpts=cpts))
    RppsActivityFactory.create_batch(2)

    assert queries_of(desk, "/artois-lys/import/rpps/?q=invente") == one
