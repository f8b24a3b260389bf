"""Seats with dates: one president at a time, within the membership, ended by a day."""

from __future__ import annotations

from datetime import date, timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from cpts_portal.core.models import AuditEntry
from cpts_portal.core.refusals import Refused
from cpts_portal.core.scoping import open_scope
from members.actions import groups as actions
from members.models import Group, Mandate, Membership
from tests.factories import GpFactory, GroupFactory, MandateFactory, MembershipFactory

TODAY = timezone.localdate


@pytest.fixture
def desk(settings: Any, client: Client, coordinator: Membership) -> Client:
    settings.SECOND_FACTOR_REQUIRED = False
    client.force_login(coordinator.user)
    return client


@pytest.fixture
def bureau(cpts: Any) -> Group:
    return GroupFactory(cpts=cpts, kind=Group.Kind.BUREAU, name="Bureau")


def typed(member: Membership, **changes: Any) -> dict[str, Any]:
    return {
        "membership": member.pk,
        "function": "president",
        "starts_on": TODAY().isoformat(),
        "ends_on": "",
        **changes,
    }


def test_mandate_new_gives_a_seat(desk, bureau, gp):
    response = desk.post(f"/artois-lys/instances/{bureau.pk}/mandat/", typed(gp))

    mandate = Mandate.objects.get()
    assert response.status_code == 302
    assert (mandate.group, mandate.membership, mandate.function) == (bureau, gp, "president")
    assert AuditEntry.objects.get().verb == "give"


def test_a_second_president_is_a_form_error_and_nothing_is_lost(desk, cpts, bureau, gp):
    MandateFactory(group=bureau, membership=GpFactory(cpts=cpts), function="president")

    response = desk.post(f"/artois-lys/instances/{bureau.pk}/mandat/", typed(gp))

    assert response.status_code == 422
    assert "Cette fonction est déjà tenue à ces dates." in response.content.decode()
    assert response.context["form"]["membership"].value() == str(gp.pk)
    assert Mandate.objects.count() == 1


def test_a_president_may_follow_another(desk, cpts, bureau, gp):
    MandateFactory(
        group=bureau,
        membership=GpFactory(cpts=cpts),
        function="president",
        ends_on=TODAY() - timedelta(days=1),
    )

    assert desk.post(f"/artois-lys/instances/{bureau.pk}/mandat/", typed(gp)).status_code == 302


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"starts_on": "2001-01-01"}, "n’est membre que depuis le"),
        ({"ends_on": "2001-01-01"}, "La fin est avant le début."),
        ({"ends_on": ""}, "Son adhésion prend fin le"),
        ({"starts_on": "31/02/2026"}, "Cette date n’existe pas"),
        ({"membership": ""}, "Choisissez une personne."),
    ],
)
def test_mandate_new_says_what_is_wrong(desk, cpts, bureau, changes, told):
    leaving = GpFactory(cpts=cpts, ends_on=TODAY() + timedelta(days=9))

    response = desk.post(f"/artois-lys/instances/{bureau.pk}/mandat/", typed(leaving, **changes))

    assert response.status_code == 422
    assert told in response.content.decode()


def test_the_same_seat_twice_is_refused_by_the_action_too(bureau, gp, coordinator):
    seat = {"function": "member", "starts_on": TODAY(), "ends_on": None, "by": coordinator}
    actions.give_mandate(bureau, gp, **seat)

    with pytest.raises(Refused, match="a déjà un mandat à ces dates"):
        actions.give_mandate(bureau, gp, **seat)


@pytest.mark.django_db(transaction=True)
def test_two_coordinators_name_two_presidents_at_once_and_one_wins(cpts, coordinator):
    bureau = GroupFactory(cpts=cpts, kind=Group.Kind.BUREAU, name="Bureau")
    people = [GpFactory(cpts=cpts), GpFactory(cpts=cpts)]
    barrier, told = Barrier(2), []

    def name(person: Membership) -> None:
        try:
            with open_scope(cpts=cpts):
                barrier.wait(timeout=10)
                actions.give_mandate(
                    bureau,
                    person,
                    function="president",
                    starts_on=TODAY(),
                    ends_on=None,
                    by=coordinator,
                )
            told.append("ok")
        except Refused as refusal:
            told.append(str(refusal))
        finally:
            connection.close()

    threads = [Thread(target=name, args=(person,)) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)

    assert sorted(told) == ["Cette fonction est déjà tenue à ces dates.", "ok"]
    assert Mandate.objects.count() == 1


def test_mandate_end_sets_its_last_day(desk, bureau, gp):
    mandate = MandateFactory(group=bureau, membership=gp)

    response = desk.post(f"/artois-lys/mandats/{mandate.pk}/fin/", {"on": TODAY().isoformat()})

    mandate.refresh_from_db()
    assert (response.status_code, mandate.ends_on) == (302, TODAY())


@pytest.mark.parametrize(
    ("on", "told"),
    [
        (date(2001, 1, 1), "ne peut pas finir avant d’avoir commencé"),
        (date(2101, 1, 1), "finit déjà plus tôt"),
    ],
)
def test_mandate_end_refuses_an_impossible_day(desk, bureau, gp, on, told):
    mandate = MandateFactory(group=bureau, membership=gp, ends_on=TODAY() + timedelta(days=30))

    response = desk.post(f"/artois-lys/mandats/{mandate.pk}/fin/", {"on": on.isoformat()})

    assert response.status_code == 422
    assert told in response.content.decode()


def test_mandate_end_twice_is_answered_politely(desk, bureau, gp):
    mandate = MandateFactory(group=bureau, membership=gp, ends_on=TODAY() - timedelta(days=2))

    with pytest.raises(Refused, match="déjà terminé"):
        actions.end_mandate(mandate, on=TODAY(), by=MembershipFactory(cpts=gp.cpts))
