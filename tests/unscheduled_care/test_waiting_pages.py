"""The waiting list on the screen: anonymous at the desk, secret and throttled for the person."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.db.models.functions import Now
from django.test import Client
from django.utils import timezone

from cpts_portal.core.models import AccessEntry
from members.models import Membership, Role
from tests.factories import CollegeFactory, CommuneFactory, GpFactory, MembershipFactory
from tests.unscheduled_care.makers import SlotFactory, WaitingEntryFactory
from unscheduled_care.actions import waiting
from unscheduled_care.models import Hold, Slot, WaitingEntry, WaitingOffer
from unscheduled_care.queries.waiting import token_of

LIST = "/artois-lys/liste-d-attente/"


@pytest.fixture(autouse=True)
def one_factor(settings: Any) -> None:
    """The second factor has its own tests."""
    settings.SECOND_FACTOR_REQUIRED = False


def browser(member: Membership) -> Client:
    client = Client()
    client.force_login(member.user)
    return client


@pytest.fixture
def person(coordinator: Membership) -> WaitingEntry:
    return WaitingEntryFactory(added_by=coordinator, commune=CommuneFactory(name="Lestrem"))


@pytest.fixture
def offered(person: WaitingEntry) -> WaitingOffer:
    slot = SlotFactory(professional__cpts=person.cpts, practice__commune=person.commune)
    made = waiting.offer_next(slot, now=timezone.now())
    assert made is not None
    return made


def private(entry: WaitingEntry, step: str = "") -> str:
    return f"/mon-attente/{token_of(entry)}/{step}"


def typed(**changes: Any) -> dict[str, Any]:
    told = {
        "key": str(uuid.uuid4()),
        "profession": "medecin-generaliste",
        "reason": "fievre",
        "when": "two_days",
        "where": "Laventie",
        "travel_km": "15",
        "own_gp": "no",
        "age_band": WaitingEntry.age_band.field.choices[0][0],
        "mobility": "alone",
        "phone": "06 39 98 12 34",
        "has_consented": "on",
    }
    return {**told, **changes}


# --- The desk and the members ---------------------------------------------------------------
def test_waiting_new_puts_her_in_line(cpts, coordinator):
    CommuneFactory(insee_code="62491", name="Laventie", search_name="laventie")
    GpFactory(cpts=cpts)

    response = browser(coordinator).post(f"{LIST}ajouter/", typed(), follow=True)

    assert WaitingEntry.objects.get().contact.phone == "+33639981234"
    assert "à son rang" in response.content.decode()


def test_waiting_new_begins_with_the_codes_of_the_search_and_nothing_else(cpts, coordinator):
    CommuneFactory(insee_code="62491", name="Laventie", postal_codes=["62840"])
    GpFactory(cpts=cpts)
    asked = "?profession=medecin-generaliste&commune=62491&reason=fievre&phone=0639981234"

    form = browser(coordinator).get(f"{LIST}ajouter/{asked}").context["form"]

    assert form.initial == {
        "where": "62840 Laventie",
        "profession": "medecin-generaliste",
        "reason": "fievre",
    }


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"profession": ""}, "Choisissez une profession."),
        ({"reason": "sein"}, "Ce motif ne relève pas de cette profession."),
        ({"travel_km": "900"}, "Sélectionnez un choix valide"),
        ({"phone": "12"}, "numéro"),
    ],
)
def test_waiting_new_says_what_to_mend(cpts, coordinator, change, sentence):
    CommuneFactory(insee_code="62491", name="Laventie", search_name="laventie")
    GpFactory(cpts=cpts)

    response = browser(coordinator).post(f"{LIST}ajouter/", typed(**change))

    assert response.status_code == 422
    assert sentence in response.content.decode()


def test_waiting_list_is_anonymous_until_a_contact_is_opened_and_logged(person, coordinator):
    desk = browser(coordinator)

    closed = desk.get(LIST).content.decode()
    before = AccessEntry.objects.count()
    opened = desk.get(f"{LIST}?contact={person.pk}").content.decode()

    entry = AccessEntry.objects.get()
    assert [person.contact.phone in html for html in (closed, opened)] == [False, True]
    assert before == 0
    assert (entry.subject_kind, entry.patient_ids) == (
        "unscheduled_care.waitingcontact",
        [person.contact.pk],
    )


def test_waiting_list_shows_a_member_those_whom_she_put_there(cpts, person):
    secretary = MembershipFactory(cpts=cpts, role=Role.SECRETARY)
    WaitingEntryFactory(added_by=secretary, commune=CommuneFactory(name="Richebourg"))
    own = browser(secretary)

    html = own.get(LIST).content.decode()
    of_another = own.get(f"{LIST}?contact={person.pk}").status_code

    assert ["Richebourg" in html, "Lestrem" in html] == [True, False]
    assert of_another == 404


def test_waiting_answer_by_voice_books(offered, coordinator):
    path = f"{LIST}{offered.entry_id}/reponse/"

    browser(coordinator).post(path, {"answer": "accept", "offer": offered.pk})

    offered.entry.refresh_from_db()
    assert offered.entry.status == "booked"


def test_waiting_answer_without_one_is_a_422_and_too_late_a_409(offered, coordinator):
    desk, path = browser(coordinator), f"{LIST}{offered.entry_id}/reponse/"

    statuses = [
        desk.post(path, {"answer": answer, "offer": offered.pk}).status_code
        for answer in ("", "decline", "accept")
    ]

    assert statuses == [422, 302, 409]


def test_waiting_new_by_a_lapsed_member_is_a_409_that_keeps_what_was_typed(cpts):
    CommuneFactory(insee_code="62491", name="Laventie", search_name="laventie")
    lapsed = GpFactory(cpts=cpts, college=CollegeFactory(cpts=cpts, grace_days=0))

    response = browser(lapsed).post(f"{LIST}ajouter/", typed(first_name="Odile"))

    html = response.content.decode()
    assert response.status_code == 409
    assert "Votre adhésion n’est plus à jour" in html
    assert "Odile" in html


def test_waiting_remove_then_again_is_a_409(person, coordinator):
    desk, path = browser(coordinator), f"{LIST}{person.pk}/retirer/"

    statuses = [desk.post(path).status_code for _ in range(2)]

    assert statuses == [302, 409]


def test_waiting_list_costs_the_same_at_one_and_three(
    coordinator, person, django_assert_max_num_queries
):
    desk = browser(coordinator)
    desk.get(LIST)
    with django_assert_max_num_queries(40) as one:
        desk.get(LIST)
    for _ in range(2):
        WaitingEntryFactory(added_by=coordinator)

    with django_assert_max_num_queries(len(one)):
        desk.get(LIST)


# --- Her private page ---------------------------------------------------------------------------
def test_waiting_show_says_who_waits_since_longer_and_is_kept_nowhere(person, coordinator):
    later = WaitingEntryFactory(added_by=coordinator)

    response = Client().get(private(later))

    assert "1 personne attend depuis plus longtemps que vous." in response.content.decode()
    assert response["Cache-Control"] == "no-store, private"
    assert response["X-Robots-Tag"] == "noindex, nofollow, noarchive"


def test_waiting_show_with_a_wrong_token_is_a_404_then_a_429(db):
    client = Client()

    statuses = {client.get("/mon-attente/inconnu/").status_code for _ in range(30)}

    assert statuses == {404}
    assert client.get("/mon-attente/inconnu/").status_code == 429


def test_waiting_accept_by_her_link(offered, person):
    client = Client()
    shown = client.get(private(person)).content.decode()

    accepted = client.post(private(person, "accepter/"), {"offer": offered.pk}, follow=True)

    person.refresh_from_db()
    assert "Je prends ce créneau" in shown
    assert person.status == "booked"
    assert "Votre rendez-vous est réservé" in accepted.content.decode()


def test_waiting_accept_too_late_is_a_polite_409(offered, person):
    Hold.objects.filter(pk=offered.hold_id).update(
        starts_at=Now() - timedelta(minutes=20), expires_at=Now() - timedelta(minutes=5)
    )
    client = Client()

    shown = client.get(private(person)).content.decode()
    response = client.post(private(person, "accepter/"), {"offer": offered.pk})

    assert "Je prends ce créneau" not in shown
    assert response.status_code == 409
    assert "Le délai est passé" in response.content.decode()


def test_waiting_decline_keeps_her_in_line(offered, person):
    response = Client().post(private(person, "decliner/"), {"offer": offered.pk}, follow=True)

    person.refresh_from_db()
    assert person.status == "waiting"
    assert "Vous êtes en liste d’attente" in response.content.decode()


def test_waiting_accept_of_another_persons_offer_is_a_404(offered, coordinator):
    other = WaitingEntryFactory(added_by=coordinator)

    response = Client().post(private(other, "accepter/"), {"offer": offered.pk})

    assert response.status_code == 404
    assert Slot.objects.get().status == "open"


def test_waiting_leave_by_her_link(person):
    response = Client().post(private(person, "retirer/"), follow=True)

    person.refresh_from_db()
    assert person.status == "left"
    assert "Vous n’êtes plus en liste d’attente" in response.content.decode()
