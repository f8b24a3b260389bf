"""Every line of a file of members is judged in French."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from cpts_portal.core import audit, wake
from cpts_portal.core.refusals import Refused
from cpts_portal.core.scoping import open_scope
from members.actions import imports as actions
from members.models import (
    Cpts,
    ImportBatch,
    Membership,
)
from members.queries import imports as queries
from members.tasks import imports as tasks
from tests.factories import (
    CommuneFactory,
    CptsFactory,
    GpFactory,
)
from tests.members.imports.files import HEADER, ONE, V, read, rpps, said, verdicts

pytestmark = pytest.mark.django_db


# --- Reading --------------------------------------------------------------------------------
def test_a_file_is_read_once_and_its_bytes_are_dropped(coordinator: Membership) -> None:
    batch = read(coordinator, f"Inventé;Zoë;zoe@sante.example;0639980011;MG;{rpps(1)}")

    assert (batch.status, batch.file, verdicts(batch)) == ("read", None, ["ready"])
    assert actions.read(batch, by=audit.SYSTEM) is None


def test_reading_waits_for_nobody_without_a_broker(
    coordinator: Membership, django_capture_on_commit_callbacks: Any
) -> None:
    wake.broker.trip()

    with django_capture_on_commit_callbacks(execute=True):
        batch = actions.upload(
            f"{HEADER}\nInventé;Zoë;;;MG;".encode(), name="a.csv", by=coordinator
        )

    batch.refresh_from_db()
    assert batch.status == "read"


def test_a_worker_reads_what_was_uploaded(coordinator: Membership) -> None:
    batch = actions.upload(ONE, name="a.csv", by=coordinator)

    tasks.read_import(batch.cpts_id, batch.pk)
    tasks.read_import(batch.cpts_id, batch.pk)

    batch.refresh_from_db()
    assert (batch.status, batch.rows.count()) == ("read", 1)


def test_a_file_that_waits_too_long_is_read_by_whoever_looks(
    desk: Client, cpts: Cpts, coordinator: Membership
) -> None:
    batch = actions.upload(ONE, name="a.csv", by=coordinator)
    address = f"/artois-lys/import/{batch.pk}/"
    waiting = desk.get(address)

    ImportBatch.objects.update(created_at=timezone.now() - timedelta(seconds=11))
    then = desk.get(address)

    assert "Lire maintenant" in waiting.content.decode()
    assert then.context["batch"].status == "read"


def test_columns_are_known_under_many_names_and_the_others_are_told(
    coordinator: Membership,
) -> None:
    header = "CIVILITÉ;nom de famille;prenom;E-MAIL;Portable;Specialité;métier;RPPS;Ville;CP"
    batch = read(
        coordinator,
        f"Docteur;INVENTÉ;Zoë;zoe@sante.example;639980011;x;Infirmière libérale;8{rpps(1)};"
        "LAVENTIE CEDEX;62840",
        header=header,
    )

    assert (verdicts(batch), batch.ignored_columns) == (["ready"], ["Specialité"])
    actions.apply(batch, by=coordinator)
    member = Membership.objects.get(rpps=rpps(1))
    assert (str(member.user), member.phone) == ("Dr Zoë Inventé", "+33639980011")
    assert (member.profession_id, member.places.get().practice.commune_id) == (
        "infirmier",
        "62491",
    )


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("infirmière", "infirmier"),
        ("Infirmier(e)", "infirmier"),
        ("kiné", "kinesitherapeute"),
        ("Masseuse-kinésithérapeute", "kinesitherapeute"),
        ("MG", "medecin-generaliste"),
        ("chirurgienne dentiste", "chirurgien-dentiste"),
        ("pedicure-podologue", "pedicure-podologue"),
        ("Assistante sociale", "assistant-social"),
        ("IPA", "infirmier-pratique-avancee"),
        ("Psychomotricienne", "psychomotricien"),
    ],
)
def test_a_profession_is_known_whatever_its_accents_and_gender(
    coordinator: Membership, typed: str, code: str
) -> None:
    batch = read(coordinator, f"Inventé;Zoë;;;{typed};")

    actions.apply(batch, by=coordinator)

    assert Membership.objects.exclude(pk=coordinator.pk).get().profession_id == code


def test_a_file_without_an_essential_column_is_refused_in_a_sentence(
    coordinator: Membership,
) -> None:
    batch = read(coordinator, "Inventé;a@b.example", header="Nom;Mail")

    assert (batch.status, batch.file, batch.rows.count()) == ("failed", None, 0)
    assert "« Prénom », « Profession »" in batch.error


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (f"Inventé;Zoë;;;MG;{rpps(1)[:-1]}0", ("rpps", "rpps")),
        ("Inventé;Zoë;zoe@;;MG;", ("email", "email")),
        ("Inventé;Zoë;;12;MG;", ("phone", "phone")),
        ("Inventé;Zoë;;;astronaute;", ("profession", "unknown")),
        ("Inventé;Zoë;;;;", ("profession", "nobody")),
        (";Zoë;;;MG;", ("last_name", "empty")),
        ("Inventé<b>;Zoë;;;MG;", ("last_name", "name")),
        ("Inventé;Zoë;;;MG;;de trop", ("", "wide")),
        (f"Inventé;{'z' * 61};;;MG;", ("first_name", "long")),
    ],
)
def test_each_field_says_what_is_wrong_with_it(
    coordinator: Membership, line: str, problem: tuple[str, str]
) -> None:
    batch = read(coordinator, line)

    assert (verdicts(batch), said(batch)) == (["wrong"], [problem])
    assert queries.said(batch.rows.get().problems[0]).text != "illisible"


@pytest.mark.parametrize(
    ("cells", "problem"),
    [
        ("2 rue A;62840;Atlantide;", ("commune", "commune")),
        ("2 rue A;628;;", ("postal_code", "postal_code")),
        ("2 rue A;;;", ("commune", "commune_missing")),
        (";;;31/02/2024", ("starts_on", "date")),
        (";;;hier", ("starts_on", "date")),
        (";;;01/01/2199", ("starts_on", "future")),
        (";;;01/01/1950", ("starts_on", "old")),
    ],
)
def test_places_and_dates_say_what_is_wrong_with_them(
    coordinator: Membership, cells: str, problem: tuple[str, str]
) -> None:
    header = "Nom;Prénom;Profession;Adresse;CP;Commune;Date d’adhésion"
    batch = read(coordinator, f"Inventé;Zoë;MG;{cells}", header=header)

    assert said(batch) == [problem]


def test_a_commune_with_namesakes_needs_its_postal_code(
    coordinator: Membership, laventie: Any
) -> None:
    for code in ("01001", "02001"):
        CommuneFactory(
            insee_code=code,
            name="Lys",
            search_name="lys",
            department=code[:2],
            postal_codes=[f"{code[:2]}100"],
        )
    header = "Nom;Prénom;Profession;Commune;CP"
    batch = read(coordinator, "Inventé;Zoë;MG;Lys;", "Inventé;Luc;MG;Lys;02100", header=header)

    assert (said(batch, 2), verdicts(batch)) == ([("commune", "commune_which")], ["wrong", "ready"])


def test_a_social_security_number_is_refused_and_not_kept(coordinator: Membership) -> None:
    batch = read(coordinator, "Inventé;Zoë;;2 69 05 49 588 157 80;MG;")

    assert (said(batch), batch.rows.get().data["cells"]["phone"]) == ([("phone", "nir")], "")


# --- Lines among the others, and beside members ----------------------------------------------
def test_a_number_twice_stands_for_its_first_line_when_it_is_one_person(
    coordinator: Membership,
) -> None:
    batch = read(coordinator, f"Inventé;Zoë;;;MG;{rpps(1)}", f"INVENTE;zoe;;;MG;{rpps(1)}")

    assert verdicts(batch) == ["ready", "wrong"]
    assert batch.rows.last().problems == [{"field": "rpps", "code": "twice", "line": 2}]


def test_a_number_twice_under_two_names_is_nobodys(coordinator: Membership) -> None:
    batch = read(coordinator, f"Inventé;Zoë;;;MG;{rpps(1)}", f"Autre;Luc;;;MG;{rpps(1)}")

    assert verdicts(batch) == ["wrong", "wrong"]


@pytest.mark.parametrize("line", [f"X;Y;;;MG;{rpps(7)}", "X;Y;Zoe@Sante.example;;MG;"])
def test_whoever_has_the_number_or_the_address_is_a_member_already(
    cpts: Cpts, coordinator: Membership, line: str
) -> None:
    member = GpFactory(cpts=cpts, rpps=rpps(7), email="zoe@sante.example")

    batch = read(coordinator, line)

    row = batch.rows.get()
    assert (row.verdict, row.choice, row.like) == (V.DOUBLE, "skip", member)


def test_a_former_member_comes_back_by_her_own_page(cpts: Cpts, coordinator: Membership) -> None:
    GpFactory(cpts=cpts, rpps=rpps(7), ends_on=timezone.localdate() - timedelta(days=1))

    batch = read(coordinator, f"X;Y;;;MG;{rpps(7)}")

    assert (verdicts(batch), said(batch)) == (["double"], [("rpps", "former")])


def test_members_of_another_cpts_are_nobody_here(coordinator: Membership) -> None:
    other = CptsFactory()
    with open_scope(cpts=other):
        GpFactory(cpts=other, rpps=rpps(7), email="zoe@sante.example")

    batch = read(coordinator, f"X;Y;zoe@sante.example;;MG;{rpps(7)}")

    assert verdicts(batch) == ["ready"]


def test_a_homonym_is_added_only_when_the_coordination_says_so(
    cpts: Cpts, coordinator: Membership
) -> None:
    GpFactory(cpts=cpts, user__first_name="Zoé", user__last_name="Invente")
    batch = read(coordinator, "Inventé;Zoë;;;MG;", "Autre;Luc;;;MG;")
    row = batch.rows.get(line=2)
    assert (row.verdict, row.choice) == (V.HOMONYM, "skip")

    actions.choose(row, "add", by=coordinator)

    assert actions.apply(batch, by=coordinator) == (2, 0)


def test_two_lines_of_one_name_ask_for_a_choice(coordinator: Membership) -> None:
    batch = read(coordinator, f"Inventé;Zoë;;;MG;{rpps(1)}", f"Inventé;Zoë;;;kiné;{rpps(2)}")

    assert verdicts(batch) == ["ready", "homonym"]
    assert queries.said(batch.rows.last().problems[0]).text == "le même nom que ligne 2"


def test_a_wrong_line_is_never_chosen(coordinator: Membership) -> None:
    batch = read(coordinator, "Inventé;Zoë;;;astronaute;")

    with pytest.raises(Refused, match="telle quelle"):
        actions.choose(batch.rows.get(), "add", by=coordinator)
