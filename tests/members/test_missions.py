"""Missions written, renamed, ended; what an hour of each is paid."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from cpts_portal.core.models import AuditEntry
from members.actions import missions as actions
from members.models import Membership, Mission
from tests.factories import MissionFactory

PAGE = "/artois-lys/reglages/missions/"


@pytest.fixture
def desk(settings: Any, client: Client, coordinator: Membership) -> Client:
    settings.SECOND_FACTOR_REQUIRED = False
    client.force_login(coordinator.user)
    return client


@pytest.mark.parametrize("typed", ["25,50", "25.50"])
def test_mission_new_writes_a_mission_last(desk, cpts, typed):
    MissionFactory(cpts=cpts, position=4)

    response = desk.post(
        f"{PAGE}nouvelle/", {"label": "Crise sanitaire", "hourly_rate": typed, "is_active": "on"}
    )

    mission = Mission.objects.get(label="Crise sanitaire")
    assert response.status_code == 302
    assert (mission.code, mission.position) == ("crise-sanitaire", 5)
    assert (mission.hourly_rate, mission.is_active) == (Decimal("25.50"), True)


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"label": ""}, "Donnez un nom"),
        ({"hourly_rate": "-1"}, "ne peut pas être négatif"),
        ({"hourly_rate": "beaucoup"}, "Écrivez un montant en euros"),
        ({"hourly_rate": ""}, "0 compris"),
    ],
)
def test_mission_new_says_what_is_wrong(desk, typed, told):
    response = desk.post(f"{PAGE}nouvelle/", {"label": "Crise", "hourly_rate": "0", **typed})

    assert response.status_code == 422
    assert told in response.content.decode()
    assert Mission.objects.count() == 0


def test_two_missions_of_one_name_have_two_codes(coordinator):
    made = [actions.add_mission(by=coordinator, label="Prévention") for _number in range(3)]

    assert [mission.code for mission in made] == ["prevention", "prevention-2", "prevention-3"]


def test_mission_edit_keeps_a_trace_of_the_rate(desk, cpts):
    mission = MissionFactory(cpts=cpts, hourly_rate=Decimal("20.00"))

    desk.post(f"{PAGE}{mission.pk}/", {"label": "Parcours", "hourly_rate": "30,00"})

    mission.refresh_from_db()
    entry = AuditEntry.objects.get()
    assert (mission.label, mission.is_active) == ("Parcours", False)
    assert (entry.source, entry.target) == ("20.00", "30.00")


def test_mission_list_shows_what_an_hour_is_paid(desk, cpts):
    MissionFactory(cpts=cpts, label="Parcours", hourly_rate=Decimal("31.25"))
    MissionFactory(cpts=cpts, label="Qualité", hourly_rate=0, is_optional=True)

    page = desk.get(PAGE).content.decode()

    assert ("31,25" in page, "non indemnisée" in page) == (True, True)
