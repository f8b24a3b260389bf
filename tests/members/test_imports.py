"""A file of members: every line judged in French, applied once, undone if it was a mistake.

The people of these files are invented.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation
from stdnum import luhn

from cpts_portal.core import audit, outbox, retention
from cpts_portal.core.downloads import csv_text
from cpts_portal.core.models import AuditEntry, Message
from cpts_portal.core.refusals import NotPermitted, Refused
from cpts_portal.core.scoping import open_scope
from members.actions import imports as actions
from members.actions import invitations
from members.models import (
    Cpts,
    ImportBatch,
    ImportRow,
    Membership,
    Practice,
    Role,
    Subscription,
    User,
    Welcome,
)
from members.queries import imports as queries
from members.queries.import_words import model
from members.tasks import imports as tasks
from tests.factories import (
    CollegeFactory,
    CommuneFactory,
    CptsCommuneFactory,
    CptsFactory,
    GpFactory,
    ImportBatchFactory,
    ImportRowFactory,
    MembershipFactory,
    PracticeFactory,
    ProfessionFactory,
)
from tests.members.conftest import queries_of

pytestmark = pytest.mark.django_db
HEADER = "Nom;Prénom;Mail;Tél;Métier;N° RPPS"
ONE = f"{HEADER}\nInventé;Zoë;;;MG;".encode()
LETTERS = "abcdefghijklmnopqrstuvwxyz"
V = ImportRow.Verdict


@pytest.fixture(autouse=True)
def laventie(cpts: Cpts) -> Any:
    commune = CommuneFactory(insee_code="62491", name="Laventie", search_name="laventie")
    return CptsCommuneFactory(cpts=cpts, commune=commune).commune


@pytest.fixture
def desk(client: Client, coordinator: Membership, settings: Any) -> Client:
    settings.SECOND_FACTOR_REQUIRED = False
    client.force_login(coordinator.user)
    return client


def rpps(number: int) -> str:
    body = f"1000{number:06d}"
    return f"{body}{luhn.calc_check_digit(body)}"


def read(by: Membership, *lines: str, header: str = HEADER) -> ImportBatch:
    """A file of these lines, read."""
    batch = actions.upload("\n".join((header, *lines)).encode(), name="membres.csv", by=by)
    actions.read(batch, by=audit.SYSTEM)
    return ImportBatch.objects.get(pk=batch.pk)


def verdicts(batch: ImportBatch) -> list[str]:
    return [str(row.verdict) for row in batch.rows.all()]


def said(batch: ImportBatch, line: int = 2) -> list[tuple[str, str]]:
    return [(one["field"], one["code"]) for one in batch.rows.get(line=line).problems]


# --- Reading --------------------------------------------------------------------------------
def test_a_file_is_read_once_and_its_bytes_are_dropped(coordinator: Membership) -> None:
    batch = read(coordinator, f"Inventé;Zoë;zoe@sante.example;0639980011;MG;{rpps(1)}")

    assert (batch.status, batch.file, verdicts(batch)) == ("read", None, ["ready"])
    assert actions.read(batch, by=audit.SYSTEM) is None


def test_reading_waits_for_nobody_without_a_broker(
    coordinator: Membership, django_capture_on_commit_callbacks: Any
) -> None:
    outbox.broker.trip()

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


# --- Applying -------------------------------------------------------------------------------
def test_apply_writes_what_joining_by_hand_writes(cpts: Cpts, coordinator: Membership) -> None:
    college = CollegeFactory(cpts=cpts, name="Membres actifs", fee=0)
    header = "Nom;Prénom;Mail;Profession;Collège;Date d’adhésion"
    line = "Inventé;Zoë;zoe@sante.example;MG;membres actifs;15/01/2020"
    batch = read(coordinator, line, header=header)

    actions.apply(batch, by=coordinator)

    member = batch.rows.get().membership
    assert member is not None
    year = member.subscriptions.get()
    assert (member.role, member.college, str(member.starts_on)) == (
        Role.PROFESSIONAL,
        college,
        "2020-01-15",
    )
    assert (year.starts_on.year, year.is_paid) == (timezone.localdate().year, True)
    assert (member.user.email, member.user.has_usable_password()) == (None, False)
    assert Welcome.objects.filter(membership=member).count() == 1
    assert AuditEntry.objects.filter(subject_id=str(member.pk), verb="join").count() == 1
    assert Message.objects.count() == 0


def test_a_partner_has_a_structure_and_no_profession(coordinator: Membership) -> None:
    batch = read(coordinator, "Inventé;Zoë;Maison des aidants", header="Nom;Prénom;Structure")

    actions.apply(batch, by=coordinator)

    member = batch.rows.get().membership
    assert (member.role, member.organisation) == (Role.PARTNER, "Maison des aidants")


def test_lines_of_one_name_and_address_share_one_place(
    cpts: Cpts, coordinator: Membership, laventie: Any
) -> None:
    known = PracticeFactory(cpts=cpts, name="Pôle santé", commune=laventie)
    header = "Nom;Prénom;Profession;Lieu;Type;Adresse;Commune"
    batch = read(
        coordinator,
        "A;Zoë;MG;MSP du Marché;MSP;2 place du Marché;Laventie",
        "B;Luc;kiné;msp du marche;MSP;2 Place du Marche;Laventie",
        "C;Ana;IDE;POLE SANTE;;9 rue B;Laventie",
        "D;Eve;IDE;;;;Laventie",
        "E;Ida;IDE;;;;Laventie",
        header=header,
    )

    actions.apply(batch, by=coordinator)

    places = [row.membership.places.get().practice for row in batch.rows.all()]
    assert (places[0], places[2]) == (places[1], known)
    assert (len(set(places)), places[0].kind) == (4, Practice.Kind.MSP)


def test_apply_happens_once(coordinator: Membership) -> None:
    batch = read(coordinator, "Inventé;Zoë;;;MG;")
    actions.apply(batch, by=coordinator)

    with pytest.raises(Refused, match="importé"):
        actions.apply(batch, by=coordinator)
    assert Membership.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_two_coordinators_who_apply_together_import_once(
    cpts: Cpts, coordinator: Membership
) -> None:
    second = MembershipFactory(cpts=cpts)
    ProfessionFactory()  # an earlier test of this kind has emptied every table
    batch = read(coordinator, f"Inventé;Zoë;;;MG;{rpps(1)}")
    told: list[Any] = []

    together(
        [lambda by=by: told.append(actions.apply(batch, by=by)) for by in (coordinator, second)],
        cpts,
        told,
    )

    assert (told.count((1, 0)), Membership.objects.filter(rpps=rpps(1)).count()) == (1, 1)


def together(gestures: list[Callable[[], None]], cpts: Cpts, told: list[Any]) -> None:
    """Each on a thread of its own, all at once; a refusal is told too."""
    ready = threading.Barrier(len(gestures))

    def act(gesture: Callable[[], None]) -> None:
        try:
            with open_scope(cpts=cpts):
                ready.wait(10)
                gesture()
        except Refused as refusal:
            told.append(str(refusal))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=act, args=(gesture,)) for gesture in gestures]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)


def test_whoever_was_admitted_meanwhile_is_left_aside(cpts: Cpts, coordinator: Membership) -> None:
    batch = read(coordinator, f"Inventé;Zoë;;;MG;{rpps(1)}", "Autre;Luc;;;MG;")
    admitted = GpFactory(cpts=cpts, rpps=rpps(1))

    assert actions.apply(batch, by=coordinator) == (1, 1)

    row = batch.rows.get(line=2)
    assert (row.verdict, row.like, row.membership) == (V.DOUBLE, admitted, None)


def test_apply_is_for_the_coordination(cpts: Cpts, coordinator: Membership) -> None:
    batch = read(coordinator, "Inventé;Zoë;;;MG;")

    with pytest.raises(NotPermitted):
        actions.apply(batch, by=MembershipFactory(cpts=cpts, role=Role.BOARD))


def test_an_import_of_nobody_is_refused(coordinator: Membership) -> None:
    batch = read(coordinator, "Inventé;Zoë;;;astronaute;")

    with pytest.raises(Refused, match="rien à importer"):
        actions.apply(batch, by=coordinator)
    batch.refresh_from_db()
    assert batch.status == "read"


def test_invitations_leave_when_asked_to_those_with_an_address(
    coordinator: Membership, django_capture_on_commit_callbacks: Any
) -> None:
    batch = read(coordinator, "Inventé;Zoë;zoe@sante.example;;MG;", "Autre;Luc;;;MG;")

    with django_capture_on_commit_callbacks(execute=True):
        actions.apply(batch, by=coordinator, invites=True)

    sent = Message.objects.filter(purpose="members.invitation")
    assert [message.recipient for message in sent] == ["zoe@sante.example"]
    assert actions.invite_imported(batch, by=coordinator) == 0


def bad_lines() -> list[str]:
    """Fifteen lines that cannot be imported as they are."""
    return [
        *(f"Faux{letter};Ana;;;MG;10000{letter}" for letter in "ABC"),
        *(f"Mail{letter};Ana;ana{letter};;MG;" for letter in "ABC"),
        *(f"Tel{letter};Ana;;11{letter};MG;" for letter in "ABC"),
        *(f"Metier{letter};Ana;;;clown;" for letter in "ABC"),
        ";Ana;;;MG;",
        "Nom;;;;MG;",
        "Nir;Ana;;2 69 05 49 588 157 80;MG;",
    ]


def good_line(number: int) -> str:
    name = f"Inventé{LETTERS[number // 26]}{LETTERS[number % 26]}"
    return f"{name};Zoë;m{number}@sante.example;06 39 98 00 11;MG;{rpps(number)}"


def test_two_hundred_members_with_fifteen_bad_lines(desk: Client, coordinator: Membership) -> None:
    lines = [HEADER, *map(good_line, range(185)), *bad_lines()]
    file = SimpleUploadedFile("membres.csv", "\n".join(lines).encode("cp1252"))

    address = desk.post("/artois-lys/import/", {"file": file})["Location"]
    batch = ImportBatch.objects.get()
    actions.read(batch, by=audit.SYSTEM)
    page = desk.get(address)
    desk.post(f"{address}importer/", {})

    assert {tab: count for tab, _label, count in page.context["tabs"]} == {
        "importer": 185,
        "homonymes": 0,
        "deja-membres": 0,
        "a-corriger": 15,
    }
    assert (Membership.objects.count(), batch.rows.filter(membership=None).count()) == (186, 15)


def test_more_lines_than_a_batch_holds_are_imported_at_once(coordinator: Membership) -> None:
    name = [f"{a}{b}{c}" for a in LETTERS for b in LETTERS for c in LETTERS]
    header = f"{HEADER};Adresse;Commune"
    lines = [
        f"Nom{name[n]};Zoë;m{n}@sante.example;0639980011;MG;{rpps(n)};{n % 900} rue A;Laventie"
        for n in range(600)
    ]

    batch = read(coordinator, *lines, header=header)
    joined = actions.apply(batch, by=coordinator)

    assert (joined, verdicts(batch).count("ready")) == ((600, 0), 600)


# --- Undoing --------------------------------------------------------------------------------
def test_undo_takes_back_all_that_the_import_made(coordinator: Membership) -> None:
    header = "Nom;Prénom;Mail;Profession;Adresse;Commune"
    batch = read(coordinator, "Inventé;Zoë;z@sante.example;MG;2 rue A;Laventie", header=header)
    users = User.objects.count()
    actions.apply(batch, by=coordinator)
    invitations.invite(batch.rows.get().membership, email="z@sante.example", by=coordinator)

    assert actions.undo(batch, by=coordinator) == (1, 0)

    assert list(Membership.objects.all()) == [coordinator]
    assert (User.objects.count(), Practice.objects.count()) == (users, 0)
    assert (Subscription.objects.count(), Welcome.objects.count()) == (0, 0)


def opened_account(member: Membership, _by: Membership) -> None:
    member.user.email = "zoe@sante.example"
    member.user.save()


def assigned(member: Membership, by: Membership) -> None:
    Welcome.objects.create(cpts=by.cpts, membership=MembershipFactory(cpts=by.cpts), mentor=member)


def noted(member: Membership, by: Membership) -> None:
    audit.record(member, "change_role", by=by)


@pytest.mark.parametrize("touch", [opened_account, assigned, noted])
def test_undo_keeps_and_names_whose_page_has_served(
    desk: Client, coordinator: Membership, touch: Callable[[Membership, Membership], None]
) -> None:
    batch = read(coordinator, "Inventé;Zoë;;;MG;", "Autre;Luc;;;MG;")
    actions.apply(batch, by=coordinator)
    touch(batch.rows.get(line=2).membership, coordinator)

    desk.post(f"/artois-lys/import/{batch.pk}/annuler/")

    page = desk.get(f"/artois-lys/import/{batch.pk}/")
    assert [str(member) for member in page.context["kept"]] == ["Zoë Inventé"]
    assert Membership.objects.filter(user__last_name="Autre").count() == 0


def test_undo_is_refused_after_thirty_days(coordinator: Membership) -> None:
    batch = read(coordinator, "Inventé;Zoë;;;MG;")
    actions.apply(batch, by=coordinator)
    ImportBatch.objects.update(applied_at=timezone.now() - timedelta(days=31))

    with pytest.raises(Refused, match="30 jours"):
        actions.undo(batch, by=coordinator)


def test_undo_asks_as_much_of_three_members_as_of_one(coordinator: Membership) -> None:
    counts = []
    for lines in (1, 3):
        batch = read(coordinator, *(f"Nom{'abc'[n]};Zoë;;;MG;" for n in range(lines)))
        actions.apply(batch, by=coordinator)
        with CaptureQueriesContext(connection) as taken:
            actions.undo(batch, by=coordinator)
        counts.append(len(taken))

    assert counts[0] == counts[1]


def test_discard_forgets_what_the_file_said(coordinator: Membership) -> None:
    batch = read(coordinator, "Inventé;Zoë;;;MG;")

    actions.discard(batch, by=coordinator)

    batch.refresh_from_db()
    assert (batch.status, ImportRow.objects.count()) == ("discarded", 0)


# --- The pages ------------------------------------------------------------------------------
def bomb() -> bytes:
    """A workbook of two hundred million characters in a few kilobytes."""
    content, book = BytesIO(), BytesIO()
    openpyxl.Workbook().save(book)
    with ZipFile(book) as source, ZipFile(content, "w", ZIP_DEFLATED) as target:
        for name in source.namelist():
            kept = b" " * 60_000_000 if name.endswith("sheet1.xml") else source.read(name)
            target.writestr(name, kept)
    return content.getvalue()


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"<!doctype html><p>", "page Web"),
        (b"%PDF-1.7", "PDF"),
        (b"\x00\x01\x02\x03", "lisible"),
        (b"Nom;Pr\xc3\xa9nom;Profession\n", "en-têtes"),
        (bomb(), ""),
    ],
)
def test_a_hostile_file_is_refused_and_the_next_one_is_welcome(
    desk: Client, coordinator: Membership, content: bytes, told: str
) -> None:
    file = SimpleUploadedFile("membres.xlsx", content)

    address = desk.post("/artois-lys/import/", {"file": file})["Location"]
    desk.post(f"{address}lire/")

    page = desk.get(address).content.decode()
    batch = ImportBatch.objects.get()
    assert (batch.status, batch.file, told in batch.error) == ("failed", None, True)
    assert "Déposer un autre fichier" in page


@pytest.mark.parametrize(("content", "told"), [(b"", "vide"), (b"x" * 5_000_001, "dépasse 5")])
def test_an_empty_file_and_one_too_heavy_stop_at_the_door(
    desk: Client, coordinator: Membership, content: bytes, told: str
) -> None:

    page = desk.post("/artois-lys/import/", {"file": SimpleUploadedFile("m.csv", content)})

    assert (page.status_code, told in page.content.decode()) == (422, True)
    assert ImportBatch.objects.count() == 0


def test_a_workbook_is_read_like_a_text(
    desk: Client, coordinator: Membership, tmp_path: Any
) -> None:
    book = openpyxl.Workbook()
    book.active.append(["Nom", "Prénom", "Profession", "RPPS", "Adhésion"])
    book.active.append(["Inventé", "Zoë", "MG", int(rpps(1)), timezone.localdate()])
    book.save(tmp_path / "membres.xlsx")

    batch = actions.upload((tmp_path / "membres.xlsx").read_bytes(), name="m.xlsx", by=coordinator)
    actions.read(batch, by=audit.SYSTEM)

    assert (verdicts(batch), batch.rows.get().data["cells"]["rpps"]) == (["ready"], rpps(1))


def test_the_model_is_a_file_that_we_can_read(coordinator: Membership) -> None:
    header, rows = model()
    batch = actions.upload(csv_text(header, rows).encode(), name="modele.csv", by=coordinator)

    actions.read(batch, by=audit.SYSTEM)

    batch.refresh_from_db()
    assert (batch.ignored_columns, verdicts(batch)) == ([], ["ready", "ready"])


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_model_is_read_in_french_whatever_its_language(
    coordinator: Membership, language: str
) -> None:
    with translation.override(language):
        header, rows = model()

    batch = actions.upload(csv_text(header, rows).encode(), name="m.csv", by=coordinator)

    actions.read(batch, by=audit.SYSTEM)
    batch.refresh_from_db()
    assert (batch.status, batch.ignored_columns) == ("read", [])


def test_results_come_back_as_a_file_to_mend(desk: Client, coordinator: Membership) -> None:
    batch = read(coordinator, "=Inventé;Zoë;;+33639980011;MG;")

    answer = desk.get(f"/artois-lys/import/{batch.pk}/resultat.csv")

    text = answer.content.decode("utf-8-sig")
    assert text.splitlines()[1].startswith("'=Inventé;Zoë;;'+33639980011;MG;")
    assert "à corriger" in text
    again = actions.upload(answer.content, name="resultat.csv", by=coordinator)
    actions.read(again, by=audit.SYSTEM)
    assert ("phone", "phone") not in said(again)


def test_choose_comes_back_to_the_line(desk: Client, coordinator: Membership) -> None:
    batch = read(coordinator, "Inventé;Zoë;;;MG;", "Inventé;Zoë;;;kiné;")
    row = batch.rows.get(line=3)

    answer = desk.post(
        f"/artois-lys/import/{batch.pk}/lignes/{row.pk}/", {"choice": "add", "vue": "homonymes"}
    )

    assert answer["Location"].endswith("?vue=homonymes&page=1#ligne-3")
    row.refresh_from_db()
    assert row.choice == "add"


def test_a_second_click_on_apply_answers_with_a_sentence(
    desk: Client, coordinator: Membership
) -> None:
    batch = read(coordinator, "Inventé;Zoë;;;MG;")

    first, second = (desk.post(f"/artois-lys/import/{batch.pk}/importer/") for _ in range(2))

    assert (first.status_code, second.status_code) == (302, 409)


def test_the_detail_takes_as_many_queries_at_three_lines_as_at_one(
    desk: Client, cpts: Cpts, coordinator: Membership
) -> None:
    batch = ImportBatchFactory(cpts=cpts, created_by=coordinator)
    ImportRowFactory(batch=batch)
    address = f"/artois-lys/import/{batch.pk}/"
    one = queries_of(desk, address)

    ImportRowFactory.create_batch(2, batch=batch)

    assert queries_of(desk, address) == one


def test_the_list_takes_as_many_queries_at_three_imports_as_at_one(
    desk: Client, cpts: Cpts, coordinator: Membership
) -> None:
    ImportBatchFactory(cpts=cpts, created_by=coordinator)
    one = queries_of(desk, "/artois-lys/import/")

    ImportBatchFactory.create_batch(2, cpts=cpts, created_by=coordinator)

    assert queries_of(desk, "/artois-lys/import/") == one


# --- The calendar of erasure ----------------------------------------------------------------
def test_a_closed_import_and_its_lines_go_after_thirty_days(
    cpts: Cpts, coordinator: Membership
) -> None:
    batch = read(coordinator, "Inventé;Zoë;;;MG;")
    actions.apply(batch, by=coordinator)
    waiting = ImportBatchFactory(cpts=cpts, created_by=coordinator)

    retention.run(timezone.now() + timedelta(days=29))
    kept = ImportBatch.objects.count()
    retention.run(timezone.now() + timedelta(days=31))

    assert (kept, ImportBatch.objects.filter(pk__in=[batch.pk, waiting.pk]).count()) == (2, 0)
    assert (ImportRow.objects.count(), Membership.objects.count()) == (0, 2)
