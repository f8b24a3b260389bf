"""The page of the door: taps with JavaScript and without, what is typed, the list on paper."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cpts_portal.core.models import AccessEntry
from members.models import Membership, Role
from prevention.models import HeadCount, Registration, Session
from prevention.queries import door as queries
from tests.factories import MembershipFactory
from tests.prevention.makers import (
    RegistrationFactory,
    SessionFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def session(coordinator: Membership) -> Session:
    """Begins in an hour: the door is open."""
    found: Session = SessionFactory(
        campaign__cpts=coordinator.cpts,
        campaign__created_by=coordinator,
        starts_at=timezone.now() + timedelta(hours=1),
        capacity=2,
    )
    return found


@pytest.fixture
def desk(client: Client, coordinator: Membership, settings: Any) -> Client:
    settings.SECOND_FACTOR_REQUIRED = False
    client.force_login(coordinator.user)
    return client


def address(name: str, session: Session, *more: int) -> str:
    return reverse(f"prevention:{name}", args=[session.cpts.slug, session.pk, *more])


# --- The pages --------------------------------------------------------------------------------
def test_the_list_is_sorted_by_name_and_its_opening_is_logged(
    desk: Client, session: Session, coordinator: Membership
) -> None:
    names = ("Zola", "Élie", "Dubois")
    shown = [RegistrationFactory(session=session, contact__last_name=name) for name in names[:2]]
    RegistrationFactory(session=session, status="waiting", contact__last_name=names[2])

    page = desk.get(address("door_show", session))

    assert [guest.last_name for guest in page.context["guests"]] == ["Élie", "Zola"]
    [entry] = AccessEntry.objects.all()
    assert (entry.purpose, entry.subject_kind) == ("list", queries.CONTACT)
    assert sorted(entry.patient_ids) == sorted(one.contact.pk for one in shown)


def test_taps_work_without_javascript_and_with_htmx(desk: Client, session: Session) -> None:
    registration = RegistrationFactory(session=session)
    tapped = address("door_note", session, registration.pk)

    plain = desk.post(tapped, {"noted": "present"})
    part = desk.post(tapped, {"noted": "absent"}, headers={"HX-Request": "true"})

    assert plain.url == f"{address('door_show', session)}#guest-{registration.pk}"
    assert part.status_code == 200
    html = part.content.decode()
    assert 'id="door-sums" hx-swap-oob="true"' in html
    assert "<html" not in html
    assert Registration.objects.get(pk=registration.pk).status == "absent"


def test_a_refused_tap_is_said_in_the_page(desk: Client, coordinator: Membership) -> None:
    far = SessionFactory(campaign__cpts=coordinator.cpts, campaign__created_by=coordinator)
    registration = RegistrationFactory(session=far)
    tapped = address("door_note", far, registration.pk)

    plain = desk.post(tapped, {"noted": "present"})
    part = desk.post(tapped, {"noted": "present"}, headers={"HX-Request": "true"})
    unknown = desk.post(tapped, {"noted": "peut-être"})

    assert (plain.status_code, part.status_code, unknown.status_code) == (409, 409, 422)
    assert "deux heures avant" in plain.content.decode()
    assert "Touchez" in unknown.content.decode()


def test_counters_stay_with_the_commune_that_was_chosen(desk: Client, session: Session) -> None:
    tap = {"band": "25-49", "people": "1", "commune": ""}

    done = desk.post(address("door_count", session), tap)
    page = desk.get(done.url)

    assert done.url.endswith("?commune=autre#counter-25-49")
    assert page.context["commune"] is None
    assert {one.band: one.people for one in page.context["counters"]}["25-49"] == 1


def test_a_counter_takes_only_its_own_taps(desk: Client, session: Session) -> None:
    for tap in ({"people": "1"}, {"band": "25-49", "people": "4000"}, {"band": "x", "people": "1"}):
        assert desk.post(address("door_count", session), tap).status_code == 422

    assert HeadCount.objects.count() == 0


def test_what_was_typed_for_a_walk_in_stays(desk: Client, session: Session) -> None:
    page = desk.post(
        address("door_walk_in", session),
        {"last_name": "Car0n", "phone": "12", "key": str(uuid.uuid4())},
    )

    html = page.content.decode()
    assert page.status_code == 422
    assert 'value="Car0n"' in html
    assert Registration.objects.count() == 0


def test_a_full_room_is_said_beside_what_was_typed(desk: Client, session: Session) -> None:
    RegistrationFactory.create_batch(2, session=session)

    page = desk.post(
        address("door_walk_in", session), {"last_name": "Caron", "key": str(uuid.uuid4())}
    )

    assert page.status_code == 409
    assert "La salle est pleine" in page.content.decode()
    assert 'value="Caron"' in page.content.decode()


def test_the_list_on_paper_is_a_pdf_logged_as_an_export(desk: Client, session: Session) -> None:
    RegistrationFactory(session=session, contact__last_name="Nowak", contact__first_name="Michał")

    printed = desk.get(address("door_list", session))

    assert printed["Content-Type"] == "application/pdf"
    assert printed.content.startswith(b"%PDF-")
    assert [entry.purpose for entry in AccessEntry.objects.all()] == ["export"]


@pytest.mark.parametrize("people", [1, 3])
def test_the_page_asks_as_much_for_one_as_for_three(
    desk: Client, session: Session, people: int, django_assert_max_num_queries: Any
) -> None:
    Session.objects.filter(pk=session.pk).update(capacity=10)
    RegistrationFactory.create_batch(people, session=session)

    with django_assert_max_num_queries(26):
        desk.get(address("door_show", session))


def test_another_cpts_has_no_door_here(desk: Client, session: Session, settings: Any) -> None:
    foreign = MembershipFactory(role=Role.COORDINATOR)
    desk.force_login(foreign.user)

    assert desk.get(address("door_show", session)).status_code == 404


def test_members_who_keep_no_shift_see_no_name(
    client: Client, session: Session, gp: Membership, settings: Any
) -> None:
    settings.SECOND_FACTOR_REQUIRED = False
    RegistrationFactory(session=session)
    client.force_login(gp.user)

    statuses = [
        client.get(address("door_show", session)).status_code,
        client.get(address("door_list", session)).status_code,
        client.post(address("door_count", session), {"band": "25-49", "people": 1}).status_code,
    ]

    assert statuses == [403, 403, 403]
    assert AccessEntry.objects.count() == 0


def test_a_walk_in_is_let_in_from_the_page(desk: Client, session: Session) -> None:
    typed = {"last_name": "Caron", "age_band": "25-49", "key": str(uuid.uuid4())}

    done = desk.post(address("door_walk_in", session), typed)

    made = Registration.objects.get()
    assert done.url == f"{address('door_show', session)}#guest-{made.pk}"
    assert (made.age_band, made.contact.last_name) == ("25-49", "Caron")


def test_a_telephone_without_a_name_asks_for_the_name(desk: Client, session: Session) -> None:
    typed = {"phone": "06 39 98 12 34", "key": str(uuid.uuid4())}

    page = desk.post(address("door_walk_in", session), typed)

    assert page.status_code == 422
    assert "Écrivez aussi le nom" in page.content.decode()


def test_a_counter_is_tapped_with_htmx_and_refuses_as_the_page_does(
    desk: Client, session: Session
) -> None:
    more = {"band": "25-49", "people": "10", "commune": ""}
    part = desk.post(address("door_count", session), more, headers={"HX-Request": "true"})
    refused = desk.post(address("door_count", session), {**more, "band": "75+", "people": "-1"})

    assert '<output class="num" aria-labelledby="band-25-49">10</output>' in part.content.decode()
    assert refused.status_code == 409
    assert "déjà à zéro" in refused.content.decode()


def test_the_counters_of_elsewhere_are_asked_in_the_address(desk: Client, session: Session) -> None:
    page = desk.get(f"{address('door_show', session)}?commune=autre")
    unknown = desk.get(f"{address('door_show', session)}?commune=99999")

    assert (page.context["commune"], unknown.context["commune"]) == (None, session.commune)
