"""Recall lists: who is put on them and how, when reminders stop, when names are forgotten."""

from __future__ import annotations

import uuid
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError
from django.utils import timezone

from cpts_portal.core import retention
from cpts_portal.core.fields import keyed_hash
from cpts_portal.core.models import AuditEntry
from cpts_portal.core.refusals import NotPermitted, Refused
from members.models import Cpts, Membership, Role
from prevention.actions import recalls as actions
from prevention.actions.recalls import ListWords
from prevention.lifecycle import DO_RECALL, REFUSE_RECALL
from prevention.models import RecallContact, RecallEntry, RecallList
from prevention.queries import recalls as queries
from prevention.rules.recalls import RecalledPerson, is_old_enough
from tests.factories import GpFactory, MembershipFactory
from tests.prevention.makers import (
    RecallEntryFactory,
)
from tests.prevention.recalled import add, open_flu, planned, words

pytestmark = pytest.mark.django_db


@pytest.fixture
def flu(coordinator: Membership) -> RecallList:
    return open_flu(coordinator)


# --- Adding -----------------------------------------------------------------------------------
def test_somebody_who_agreed_is_added_once_with_a_link_of_her_own(
    flu: RecallList, gp: Membership
) -> None:
    key = uuid.uuid4()

    entry = actions.add(flu, words(), by=gp, key=key)
    again = actions.add(flu, words(), by=gp, key=key)

    assert again.pk == entry.pk
    assert entry.contact.link_hash == keyed_hash(queries.token_of(entry))
    assert planned(entry) == ["planned"]
    assert AuditEntry.objects.filter(verb="add").count() == 1


def test_the_same_person_is_refused_politely_however_her_name_is_written(
    flu: RecallList, gp: Membership
) -> None:
    add(flu, gp)

    with pytest.raises(Refused, match="déjà sur la liste"):
        add(flu, gp, last_name="DELATTRÉ")
    assert RecallEntry.objects.count() == 1


def test_two_people_of_one_household_are_two(flu: RecallList, gp: Membership) -> None:
    add(flu, gp)
    add(flu, gp, first_name="Odette")

    assert RecallEntry.objects.count() == 2


def test_who_is_too_young_or_has_not_agreed_is_not_added(flu: RecallList, gp: Membership) -> None:
    for told, why in (
        ({"age_band": "25-49"}, "à partir de 65 ans"),
        ({"has_agreed": False}, "accord"),
    ):
        with pytest.raises(Refused, match=why):
            add(flu, gp, **told)

    with pytest.raises(IntegrityError, match="recall_entry_with_agreement"):
        RecallEntryFactory(recall_list=flu, added_by=gp, has_agreed=False)


@pytest.mark.parametrize(
    ("band", "is_old"),
    [("50-64", False), ("65-74", True), ("75+", True), ("0-5", False), ("", True)],
)
def test_an_age_is_judged_by_the_oldest_of_its_band(
    flu: RecallList, band: str, is_old: bool
) -> None:
    assert is_old_enough(flu, band) is is_old


def test_only_those_who_see_patients_add_people(flu: RecallList, cpts: Cpts) -> None:
    for role in (Role.SECRETARY, Role.PARTNER, Role.FUNDER):
        with pytest.raises(NotPermitted):
            add(flu, MembershipFactory(cpts=cpts, role=role))


# --- Settling ---------------------------------------------------------------------------------
@pytest.mark.parametrize("step", [DO_RECALL, REFUSE_RECALL])
def test_done_or_refused_stops_the_reminders(flu: RecallList, gp: Membership, step: Any) -> None:
    entry = add(flu, gp)

    settled = actions.settle(entry, step, by=gp)
    actions.settle(entry, step, by=gp)

    assert (settled.status, settled.settled_at is not None) == (step.target, True)
    assert planned(entry) == ["dropped"]
    assert AuditEntry.objects.filter(verb=step.verb).count() == 1


def test_a_colleague_does_not_settle_for_another(flu: RecallList, gp: Membership) -> None:
    entry = add(flu, gp)

    with pytest.raises(NotPermitted):
        actions.settle(entry, DO_RECALL, by=GpFactory(cpts=flu.cpts))
    with pytest.raises(NotPermitted):
        actions.settle(entry, DO_RECALL, by=RecalledPerson(entry.pk + 1))


def test_what_is_done_is_not_refused_afterwards(flu: RecallList, gp: Membership) -> None:
    entry = add(flu, gp)
    actions.settle(entry, DO_RECALL, by=gp)

    with pytest.raises(Refused, match="« fait »".replace("« ", "«\u00a0").replace(" »", "\u00a0»")):
        actions.settle(entry, REFUSE_RECALL, by=gp)


def test_a_closed_list_takes_nobody_and_sends_nothing(
    flu: RecallList, gp: Membership, coordinator: Membership
) -> None:
    entry = add(flu, gp)
    with pytest.raises(NotPermitted):
        actions.close(flu, by=gp)

    closed = actions.close(flu, by=coordinator)

    assert actions.close(flu, by=coordinator).closed_at == closed.closed_at
    assert planned(entry) == ["dropped"]
    with pytest.raises(Refused, match="close"):
        add(flu, gp, first_name="Odette")


def test_a_list_is_opened_once_by_the_coordination(
    flu: RecallList, gp: Membership, coordinator: Membership
) -> None:
    said = ListWords(flu.campaign, "Grippe 2027", "À partir de 65 ans", date(2027, 10, 1), 65)

    with pytest.raises(NotPermitted):
        actions.create(said, by=gp)
    actions.create(said, by=coordinator)

    with pytest.raises(Refused, match="déjà une liste"):
        actions.create(said, by=coordinator)


# --- Forgetting -------------------------------------------------------------------------------
def test_names_are_forgotten_60_days_after_it_is_settled_or_the_list_is_closed(
    flu: RecallList, gp: Membership, coordinator: Membership
) -> None:
    now = timezone.now()
    settled = add(flu, gp)
    actions.settle(settled, DO_RECALL, by=gp)
    pending = add(flu, gp, first_name="Odette")

    retention.run(now + timedelta(days=61))
    kept = [contact.entry_id for contact in RecallContact.objects.filter(erased_at=None)]
    actions.close(flu, by=coordinator)
    retention.run(now + timedelta(days=61))

    assert kept == [pending.pk]
    assert {(one.last_name, one.link_hash) for one in RecallContact.objects.all()} == {("", None)}
    assert set(RecallEntry.objects.values_list("person_hash", flat=True)) == {""}
