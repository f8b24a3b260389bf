from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.test import Client, override_settings
from django.utils import timezone

from cpts_portal.board.demo.queue import PRIVATE_TOKEN
from cpts_portal.core import identifiers
from cpts_portal.core.models import AuditEntry
from cpts_portal.core.scoping import open_scope, scopes_disabled
from members import demo
from members.models import Cpts, CptsCommune, Invitation, Membership, Role, User
from patients.models import GPRequest, Patient, Referral, Status

pytestmark = pytest.mark.django_db

LIGHT = ["tests.members.hashing.LightArgon2"]


@pytest.fixture(autouse=True)
def light_passwords(settings: Any) -> None:
    settings.PASSWORD_HASHERS = LIGHT


@pytest.fixture(scope="module")
def loaded(django_db_setup: None, django_db_blocker: Any) -> Iterator[str]:
    """The demonstration loaded once for the module, and rolled back after it."""
    said = StringIO()
    light = override_settings(PASSWORD_HASHERS=LIGHT)
    with django_db_blocker.unblock(), transaction.atomic(), light:
        call_command("load_demo", stdout=said)
        connection.check_constraints()  # now, or each test does it again as it ends
        yield said.getvalue()
        transaction.set_rollback(True)


@pytest.fixture
def artois_lys(loaded: str) -> Iterator[Cpts]:
    cpts = Cpts.objects.get(slug="artois-lys")
    with open_scope(cpts=cpts):
        yield cpts


def members_of(slug: str) -> int:
    with scopes_disabled():
        return Membership.objects.filter(cpts__slug=slug, profession__isnull=False).count()


@pytest.mark.parametrize(
    ("slug", "communes", "population", "members"),
    [
        ("artois-lys", 14, 34_400, 33),
        ("beaumont-artois", 22, 178_000, 111),
        ("grand-arras", 32, 103_500, 31),
    ],
)
def test_demo_has_the_three_cpts_as_their_documents_tell_them(
    loaded: str, slug: str, communes: int, population: int, members: int
) -> None:
    cpts = Cpts.objects.get(slug=slug)
    living = sum(commune.population for commune in cpts.communes.all())

    assert (cpts.communes.count(), cpts.population, members_of(slug)) == (
        communes,
        population,
        members,
    )
    assert abs(living - population) < population * 0.02


def test_demo_marks_the_communes_that_no_document_names(artois_lys: Cpts) -> None:
    named = CptsCommune.objects.filter(cpts=artois_lys, is_assumed=False)

    assert sorted(link.commune.name for link in named.select_related("commune")) == [
        "Fleurbaix",
        "Laventie",
        "Lestrem",
        "Richebourg",
        "Sailly-sur-la-Lys",
    ]


def test_demo_shows_every_state_of_a_request(artois_lys: Cpts) -> None:
    counts = Counter(GPRequest.objects.values_list("status", flat=True))

    assert set(counts) == set(Status)
    assert 60 <= counts.total() <= 80


def test_demo_states_are_those_that_the_traces_lead_to(artois_lys: Cpts) -> None:
    last = {
        entry.subject_id: entry.target
        for entry in AuditEntry.objects.filter(subject_kind="patients.gprequest")
        .exclude(target="")
        .order_by("at", "pk")
    }

    assert {str(request.pk): request.status for request in GPRequest.objects.all()} == last


def test_demo_happens_in_the_past_and_in_order(artois_lys: Cpts) -> None:
    now = timezone.now()
    for request in GPRequest.objects.all():
        moments = list(
            AuditEntry.objects.filter(subject_kind="patients.gprequest", subject_id=str(request.pk))
            .order_by("pk")
            .values_list("at", flat=True)
        )
        assert moments == sorted(moments)
        assert moments[-1] <= now


def test_demo_gives_references_in_the_order_of_filing(artois_lys: Cpts) -> None:
    requests = GPRequest.objects.order_by("first_requested_at")
    references = [request.reference for request in requests]

    assert references == sorted(references)


def test_demo_gives_the_doctor_something_to_answer(artois_lys: Cpts) -> None:
    waiting = Referral.objects.live_at(timezone.now()).filter(gp__user__username="medecin")

    assert sorted(waiting.values_list("status", flat=True)) == ["proposed", "proposed", "reserved"]


def test_demo_people_have_fictional_numbers_and_addresses(artois_lys: Cpts) -> None:
    for patient in Patient.objects.all():
        assert patient.phone.startswith("+3363998")
        assert patient.email.endswith("@courriel.example") or patient.email == ""
    for membership in Membership.objects.select_related("user"):
        assert membership.contact_email.endswith(".example")
        if membership.rpps:
            identifiers.validate_rpps(membership.rpps)


def test_demo_writes_no_social_security_number(artois_lys: Cpts) -> None:
    assert not any(identifiers.contains_nir(request.words) for request in GPRequest.objects.all())


@pytest.mark.parametrize("username", demo.ACCOUNTS)
def test_demo_accounts_have_their_roles(loaded: str, artois_lys: Cpts, username: str) -> None:
    place = Membership.objects.get(user__username=username)

    assert place.role == demo.ACCOUNTS[username]
    assert place.user.check_password(demo.PASSWORD)


def test_demo_coordinator_has_two_communities(loaded: str) -> None:
    with scopes_disabled():
        places = Membership.objects.filter(user__username="coordination")
        assert {place.cpts.slug: place.role for place in places} == {
            "artois-lys": Role.COORDINATOR,
            "grand-arras": Role.COORDINATOR,
        }


def test_demo_other_accounts_have_no_password(loaded: str) -> None:
    others = User.objects.exclude(username__in=demo.ACCOUNTS)

    assert others.count() > 150
    assert not any(user.has_usable_password() for user in others)


def test_demo_has_members_who_wait_for_their_account(artois_lys: Cpts) -> None:
    waiting = Membership.objects.filter(user__email=None).order_by("pk")

    told = [
        (member.user.username[:7], member.public_fields, member.invitations.count())
        for member in waiting
    ]
    assert told == [("membre-", [], 1), ("membre-", [], 0)]
    assert Invitation.objects.get().is_open_at(timezone.now())


def test_demo_loaded_twice_changes_nothing(loaded: str, artois_lys: Cpts) -> None:
    def rows() -> tuple[int, ...]:
        return tuple(
            model.objects.count() for model in (User, GPRequest, Patient, Referral, AuditEntry)
        )

    before = rows()
    said = StringIO()
    call_command("load_demo", stdout=said)

    assert rows() == before
    assert said.getvalue().count("déjà là") == 3


def test_demo_says_its_accounts(loaded: str) -> None:
    for username in demo.ACCOUNTS:
        assert username in loaded
    assert demo.PASSWORD in loaded


def test_demo_opens_one_private_page(artois_lys: Cpts) -> None:
    page = Client().get(f"/ma-demande/{PRIVATE_TOKEN}/")

    assert page.status_code == 200


@pytest.mark.parametrize("command", ["load_demo", "demo_accounts"])
def test_demo_is_refused_in_production(db: None, settings: Any, command: str) -> None:
    settings.DEMO = False

    with pytest.raises(CommandError, match="DEMO=1"):
        call_command(command)
    assert Client().get("/").status_code == 200
