"""Delays of a CPTS and the SAS: who sets them, what is refused, what is traced."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from cpts_portal.core.models import AuditEntry
from cpts_portal.core.refusals import NotPermitted, Refused
from members.models import Cpts, Membership, Role
from tests.factories import MembershipFactory
from unscheduled_care.actions import settings as actions
from unscheduled_care.models import CareTerms, SasDesk
from unscheduled_care.queries.reach import reach_of
from unscheduled_care.queries.terms import terms_of

pytestmark = pytest.mark.django_db

TYPED = {"hold": 4, "usual": 10, "team": 20, "alert": 30, "offer": 12, "need_radius_km": 25}


@pytest.fixture
def desk(client: Client, coordinator: Membership, settings: Any) -> Client:
    settings.SECOND_FACTOR_REQUIRED = False
    client.force_login(coordinator.user)
    return client


@pytest.fixture
def partner(cpts: Cpts) -> Membership:
    return MembershipFactory(cpts=cpts, role=Role.PARTNER, organisation="SAS 62")


def address(name: str, cpts: Cpts, *args: Any) -> str:
    return reverse(f"unscheduled_care:{name}", args=[cpts.slug, *args])


def test_terms_have_defaults_until_they_are_set(cpts: Cpts) -> None:
    assert (terms_of(cpts).pk, terms_of(cpts).hold_seconds) == (None, 300)


def test_care_settings_keep_minutes_as_seconds(cpts: Cpts, desk: Client) -> None:
    response = desk.post(address("care_settings", cpts), TYPED)

    terms = CareTerms.objects.get()
    assert response.status_code == 302
    assert (terms.hold_seconds, terms.offer_seconds, terms.need_radius_km) == (240, 720, 25)
    assert AuditEntry.objects.get(subject_kind="unscheduled_care.careterms").verb == "edit"


def test_care_settings_say_what_is_too_long_and_keep_what_was_typed(
    cpts: Cpts, desk: Client
) -> None:
    response = desk.post(address("care_settings", cpts), {**TYPED, "hold": 90})

    assert response.status_code == 422
    assert 'value="90"' in response.content.decode()
    assert not CareTerms.objects.exists()


def test_sas_is_named_once_and_reaches_its_slots(
    cpts: Cpts, desk: Client, partner: Membership
) -> None:
    for _click in range(2):
        desk.post(address("sas_name", cpts), {"sas-membership": partner.pk})

    assert SasDesk.objects.get().membership == partner
    assert reach_of(partner).is_open


def test_sas_unnamed_reaches_nothing(
    cpts: Cpts, desk: Client, coordinator: Membership, partner: Membership
) -> None:
    sas = actions.name_sas(partner, by=coordinator)

    desk.post(address("sas_unname", cpts, sas.pk))

    assert not reach_of(partner).is_open


def test_sas_is_a_partner_alone(coordinator: Membership, gp: Membership) -> None:
    with pytest.raises(Refused, match="partenaire"):
        actions.name_sas(gp, by=coordinator)


def test_care_settings_are_the_governances(gp: Membership, partner: Membership) -> None:
    with pytest.raises(NotPermitted):
        actions.set_terms(by=gp, hold_seconds=60)
    with pytest.raises(NotPermitted):
        actions.name_sas(partner, by=gp)
