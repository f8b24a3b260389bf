"""A file of members is applied once, and undone if it was a mistake."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from cpts_portal.core import audit
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
from tests.factories import (
    CollegeFactory,
    GpFactory,
    MembershipFactory,
    PracticeFactory,
    ProfessionFactory,
)
from tests.members.imports.files import HEADER, LETTERS, V, read, rpps, verdicts

pytestmark = pytest.mark.django_db


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
