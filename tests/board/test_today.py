from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from cpts_portal.board.queries import figures as queries
from cpts_portal.core.small_numbers import shown_count
from members.models import Cpts, Membership, Role
from members.rules import sees_small_numbers
from tests.factories import (
    ApplicationFactory,
    CptsFactory,
    DelegationFactory,
    GpFactory,
    GPRequestFactory,
    MembershipFactory,
    PracticeMemberFactory,
    ReferralFactory,
)


@pytest.fixture
def enter(client: Client, cpts: Cpts) -> Any:
    """Log in with a role and ask for today's page."""

    def enter(role: Role, **fields: Any) -> Any:
        factory = GpFactory if role == Role.PROFESSIONAL else MembershipFactory
        membership = factory(cpts=cpts, role=role, **fields)
        client.force_login(membership.user)
        return client.get("/artois-lys/")

    return enter


def declared(cpts: Cpts, *, waited: int, ago: int = 0) -> None:
    closed_at = timezone.now() - timedelta(days=ago)
    GPRequestFactory(
        cpts=cpts,
        status="declared",
        closed_at=closed_at,
        first_requested_at=closed_at - timedelta(days=waited),
    )


@pytest.mark.parametrize(
    ("role", "page"),
    [(Role.COORDINATOR, "/artois-lys/demandes/"), (Role.PROFESSIONAL, "/artois-lys/orientations/")],
)
def test_today_leads_to_the_queue_of_the_role(enter: Any, role: Role, page: str) -> None:
    response = enter(role)

    assert (response.status_code, response.url) == (302, page)


def test_today_shows_the_board_its_figures_whole(enter: Any, cpts: Cpts) -> None:
    GPRequestFactory.create_batch(2, cpts=cpts)
    declared(cpts, waited=10)
    declared(cpts, waited=20)

    context = enter(Role.BOARD).context

    assert context["in_progress"] == "2"
    assert context["declared"] == "2"
    assert context["median_wait_days"] == 15


def test_today_masks_small_numbers_from_the_funder(enter: Any, cpts: Cpts) -> None:
    GPRequestFactory.create_batch(5, cpts=cpts)
    declared(cpts, waited=10)

    response = enter(Role.FUNDER)

    assert response.context["in_progress"] == "5"
    assert response.context["declared"] == "moins de 5"
    assert response.context["median_wait_days"] is None
    assert "pas assez de demandes" in response.content.decode()


@pytest.mark.parametrize("role", [Role.BOARD, Role.FUNDER])
def test_today_shows_figures_without_any_name(enter: Any, cpts: Cpts, role: Role) -> None:
    request = GPRequestFactory(cpts=cpts)

    page = enter(role).content.decode()

    assert request.patient.last_name not in page
    assert request.reference not in page


def test_today_gives_the_secretary_the_phones_of_those_beside_her(enter: Any, cpts: Cpts) -> None:
    gp = GpFactory(cpts=cpts, phone="+33353010042")
    place = PracticeMemberFactory(membership=gp)
    elsewhere = PracticeMemberFactory(membership=GpFactory(cpts=cpts))
    secretary = MembershipFactory(cpts=cpts, role=Role.SECRETARY)
    PracticeMemberFactory(membership=secretary, practice=place.practice)

    assert list(queries.professionals_beside(secretary)) == [gp]
    assert elsewhere.membership not in queries.professionals_beside(secretary)


def test_today_tells_a_secretary_without_a_place_whom_to_ask(enter: Any) -> None:
    assert "aucun lieu d’exercice" in enter(Role.SECRETARY).content.decode()


def test_today_shows_a_partner_the_form_and_the_phone(enter: Any) -> None:
    page = enter(Role.PARTNER, organisation="CCAS de Laventie").content.decode()

    assert "CCAS de Laventie" in page
    assert 'href="/trouver-un-medecin/"' in page
    assert 'href="tel:+33353010001"' in page


def test_figures_count_this_month_and_the_last_twelve(cpts: Cpts) -> None:
    declared(cpts, waited=30, ago=400)
    declared(cpts, waited=12, ago=40)

    figures = queries.request_figures()

    assert figures.declared_this_month == 0
    assert figures.declared_in_a_year == 1
    assert figures.median_wait_days == 12


def test_figures_of_nothing_are_noughts(cpts: Cpts) -> None:
    figures = queries.request_figures()

    assert (figures.received_this_month, figures.in_progress) == (0, 0)
    assert figures.median_wait_days is None


def test_figures_are_those_of_the_open_cpts_alone(cpts: Cpts) -> None:
    GPRequestFactory(cpts=CptsFactory())

    assert queries.request_figures().in_progress == 0


def test_figures_cost_one_query(cpts: Cpts, django_assert_num_queries: Any) -> None:
    GPRequestFactory.create_batch(3, cpts=cpts)

    with django_assert_num_queries(1):
        queries.request_figures()


@pytest.mark.parametrize(("count", "shown"), [(0, "moins de 5"), (4, "moins de 5"), (5, "5")])
def test_shown_count_is_masked_below_five(count: int, shown: str) -> None:
    assert shown_count(count, is_masked=True) == shown


def test_shown_count_is_whole_inside_the_community() -> None:
    assert shown_count(3, is_masked=False) == "3"
    assert sees_small_numbers(Membership(role=Role.BOARD)) is True
    assert sees_small_numbers(Membership(role=Role.FUNDER)) is False


def test_the_secretary_sees_what_waits_for_those_she_acts_for(cpts: Cpts) -> None:
    gp = GpFactory(cpts=cpts)
    secretary = MembershipFactory(cpts=cpts, role=Role.SECRETARY)
    DelegationFactory(principal=gp, delegate=secretary)
    ReferralFactory(request__cpts=cpts, gp=gp)

    page = enter_as(secretary)

    assert str(gp.user) in page
    assert "1 orientation attend une réponse" in page


def test_the_bureau_sees_what_is_to_decide_and_to_collect(enter: Any, cpts: Cpts) -> None:
    ApplicationFactory(cpts=cpts)

    page = enter(Role.BOARD).content.decode()

    assert "Candidatures à examiner" in page
    assert "Pour le bureau" not in enter(Role.FUNDER).content.decode()


def enter_as(member: Membership) -> str:
    client = Client()
    client.force_login(member.user)
    return client.get(f"/{member.cpts.slug}/").content.decode()
