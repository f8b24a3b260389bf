"""Recall lists: who is put on them and how, who sees whom, when reminders stop."""

from __future__ import annotations

import uuid
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cpts_portal.core import retention
from cpts_portal.core.fields import keyed_hash
from cpts_portal.core.models import AccessEntry, AuditEntry
from cpts_portal.core.refusals import NotPermitted, Refused
from members.models import Cpts, Membership, Role
from prevention.actions import recalls as actions
from prevention.actions.recalls import ListWords, RecalledWords
from prevention.lifecycle import DO_RECALL, REFUSE_RECALL
from prevention.models import Delivery, RecallContact, RecallEntry, RecallList
from prevention.queries import recalls as queries
from prevention.rules.recalls import RecalledPerson, is_old_enough
from tests.factories import DelegationFactory, GpFactory, MembershipFactory
from tests.prevention.makers import (
    CampaignFactory,
    PlanFactory,
    RecallEntryFactory,
    RecallListFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def flu(coordinator: Membership) -> RecallList:
    """From 65 on; a reminder leaves in three days."""
    found: RecallList = RecallListFactory(
        campaign__cpts=coordinator.cpts,
        campaign__created_by=coordinator,
        campaign__is_for_professionals=True,
        title="Grippe 2026",
        min_age=65,
    )
    PlanFactory(campaign=found.campaign, audience="recalled", recall_list=found, offset_days=3)
    return found


@pytest.fixture
def enter(client: Client, settings: Any) -> Any:
    settings.SECOND_FACTOR_REQUIRED = False

    def enter(member: Membership) -> Client:
        client.force_login(member.user)
        return client

    return enter


def words(**told: Any) -> RecalledWords:
    return RecalledWords(
        **{
            "first_name": "Gaston",
            "last_name": "Delattre",
            "age_band": "75+",
            "has_agreed": True,
            "agreed_on": timezone.localdate(),
            "phone": "+33639981234",
            **told,
        }
    )


def typed(**told: Any) -> dict[str, Any]:
    return {
        "last_name": "Delattre",
        "first_name": "Gaston",
        "age_band": "75+",
        "phone": "06 39 98 12 34",
        "agreed_on": timezone.localdate().isoformat(),
        "has_agreed": "on",
        "key": str(uuid.uuid4()),
        **told,
    }


def address(name: str, flu: RecallList, *more: int) -> str:
    return reverse(f"prevention:{name}", args=[flu.cpts.slug, *more])


def planned(entry: RecallEntry) -> list[str]:
    return [one.status for one in Delivery.objects.filter(recall_entry=entry)]


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
    actions.add(flu, words(), by=gp, key=uuid.uuid4())

    with pytest.raises(Refused, match="déjà sur la liste"):
        actions.add(flu, words(last_name="DELATTRÉ"), by=gp, key=uuid.uuid4())
    assert RecallEntry.objects.count() == 1


def test_two_people_of_one_household_are_two(flu: RecallList, gp: Membership) -> None:
    actions.add(flu, words(), by=gp, key=uuid.uuid4())
    actions.add(flu, words(first_name="Odette"), by=gp, key=uuid.uuid4())

    assert RecallEntry.objects.count() == 2


def test_who_is_too_young_or_has_not_agreed_is_not_added(flu: RecallList, gp: Membership) -> None:
    for told, why in (
        ({"age_band": "25-49"}, "à partir de 65 ans"),
        ({"has_agreed": False}, "accord"),
    ):
        with pytest.raises(Refused, match=why):
            actions.add(flu, words(**told), by=gp, key=uuid.uuid4())

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
            actions.add(flu, words(), by=MembershipFactory(cpts=cpts, role=role), key=uuid.uuid4())


# --- Settling ---------------------------------------------------------------------------------
@pytest.mark.parametrize("step", [DO_RECALL, REFUSE_RECALL])
def test_done_or_refused_stops_the_reminders(flu: RecallList, gp: Membership, step: Any) -> None:
    entry = actions.add(flu, words(), by=gp, key=uuid.uuid4())

    settled = actions.settle(entry, step, by=gp)
    actions.settle(entry, step, by=gp)

    assert (settled.status, settled.settled_at is not None) == (step.target, True)
    assert planned(entry) == ["dropped"]
    assert AuditEntry.objects.filter(verb=step.verb).count() == 1


def test_a_colleague_does_not_settle_for_another(flu: RecallList, gp: Membership) -> None:
    entry = actions.add(flu, words(), by=gp, key=uuid.uuid4())

    with pytest.raises(NotPermitted):
        actions.settle(entry, DO_RECALL, by=GpFactory(cpts=flu.cpts))
    with pytest.raises(NotPermitted):
        actions.settle(entry, DO_RECALL, by=RecalledPerson(entry.pk + 1))


def test_what_is_done_is_not_refused_afterwards(flu: RecallList, gp: Membership) -> None:
    entry = actions.add(flu, words(), by=gp, key=uuid.uuid4())
    actions.settle(entry, DO_RECALL, by=gp)

    with pytest.raises(Refused, match="« fait »".replace("« ", "«\u00a0").replace(" »", "\u00a0»")):
        actions.settle(entry, REFUSE_RECALL, by=gp)


def test_a_closed_list_takes_nobody_and_sends_nothing(
    flu: RecallList, gp: Membership, coordinator: Membership
) -> None:
    entry = actions.add(flu, words(), by=gp, key=uuid.uuid4())
    with pytest.raises(NotPermitted):
        actions.close(flu, by=gp)

    closed = actions.close(flu, by=coordinator)

    assert actions.close(flu, by=coordinator).closed_at == closed.closed_at
    assert planned(entry) == ["dropped"]
    with pytest.raises(Refused, match="close"):
        actions.add(flu, words(first_name="Odette"), by=gp, key=uuid.uuid4())


def test_a_list_is_opened_once_by_the_coordination(
    flu: RecallList, gp: Membership, coordinator: Membership
) -> None:
    said = ListWords(flu.campaign, "Grippe 2027", "À partir de 65 ans", date(2027, 10, 1), 65)

    with pytest.raises(NotPermitted):
        actions.create(said, by=gp)
    actions.create(said, by=coordinator)

    with pytest.raises(Refused, match="déjà une liste"):
        actions.create(said, by=coordinator)


# --- Who sees whom ----------------------------------------------------------------------------
def test_one_sees_ones_own_people_by_name_and_it_is_logged(
    enter: Any, flu: RecallList, gp: Membership
) -> None:
    mine = actions.add(flu, words(), by=gp, key=uuid.uuid4())
    other = GpFactory(cpts=flu.cpts)
    actions.add(flu, words(last_name="Vanhove"), by=other, key=uuid.uuid4())

    html = enter(gp).get(address("recall_detail", flu, flu.pk)).content.decode()

    assert ("Delattre" in html, "Vanhove" in html) == (True, False)
    [entry] = AccessEntry.objects.all()
    assert (entry.purpose, entry.subject_kind) == ("list", queries.CONTACT)
    assert entry.patient_ids == [mine.contact.pk]


def test_the_coordination_opens_one_contact_at_a_time(
    enter: Any, flu: RecallList, gp: Membership, coordinator: Membership
) -> None:
    entry = actions.add(flu, words(), by=gp, key=uuid.uuid4())
    page = address("recall_detail", flu, flu.pk)
    browser = enter(coordinator)

    closed = browser.get(page).content.decode()
    opened = browser.get(f"{page}?contact={entry.pk}").content.decode()

    assert ("Delattre" in closed, "Delattre" in opened) == (False, True)
    assert [one.purpose for one in AccessEntry.objects.all()] == ["open"]


def test_a_delegate_adds_and_settles_in_the_name_of_who_lets_her(
    enter: Any, flu: RecallList, gp: Membership
) -> None:
    secretary = MembershipFactory(cpts=flu.cpts, role=Role.SECRETARY)
    DelegationFactory(principal=gp, delegate=secretary)
    browser = enter(secretary)

    added = browser.post(f"{address('recall_add', flu, flu.pk)}?pour={gp.pk}", typed())
    entry = RecallEntry.objects.get()
    settled = browser.post(address("recall_settle", flu, entry.pk), {"outcome": "done"})

    assert (added.status_code, settled.status_code) == (302, 302)
    assert entry.added_by_id == gp.pk
    traces = AuditEntry.objects.filter(subject_kind="prevention.recallentry")
    assert {(one.by_id, one.behalf_id) for one in traces} == {(secretary.user_id, gp.user_id)}


def test_secretaries_without_a_delegation_and_the_others_stay_out(
    enter: Any, flu: RecallList, cpts: Cpts
) -> None:
    for role in (Role.SECRETARY, Role.PARTNER, Role.FUNDER):
        browser = enter(MembershipFactory(cpts=cpts, role=role))
        assert browser.get(address("recall_list", flu)).status_code == 403, role


def test_somebody_elses_person_does_not_exist(enter: Any, flu: RecallList, gp: Membership) -> None:
    entry = actions.add(flu, words(), by=gp, key=uuid.uuid4())
    browser = enter(GpFactory(cpts=flu.cpts))

    refused = browser.post(address("recall_settle", flu, entry.pk), {"outcome": "done"})

    assert refused.status_code == 404


# --- The forms --------------------------------------------------------------------------------
def test_what_was_typed_stays_beside_each_error(
    enter: Any, flu: RecallList, gp: Membership
) -> None:
    tomorrow = (timezone.localdate() + timedelta(days=1)).isoformat()
    wrong = typed(
        phone="", age_band="25-49", has_agreed="", agreed_on=tomorrow, first_name="Gast0n"
    )

    page = enter(gp).post(address("recall_add", flu, flu.pk), wrong)

    html = page.content.decode()
    assert page.status_code == 422
    assert 'value="Gast0n"' in html
    for sentence in (
        "Écrivez un téléphone ou un courriel.",
        "Cette liste est à partir de 65 ans.",
        "Demandez-lui son accord, puis cochez la case.",
        "Cette date est dans le futur.",
    ):
        assert sentence in html
    assert RecallEntry.objects.count() == 0


def test_the_second_to_add_the_same_person_is_told_in_the_form(
    enter: Any, flu: RecallList, gp: Membership
) -> None:
    browser = enter(gp)
    browser.post(address("recall_add", flu, flu.pk), typed())

    page = browser.post(address("recall_add", flu, flu.pk), typed())

    assert page.status_code == 409
    assert "déjà sur la liste" in page.content.decode()


def test_the_desk_opens_and_closes_a_list(
    enter: Any, flu: RecallList, coordinator: Membership
) -> None:
    browser = enter(coordinator)
    said = {
        "campaign": flu.campaign_id,
        "title": "Zona",
        "rule": "À partir de 65 ans",
        "min_age": "65",
        "starts_on": timezone.localdate().isoformat(),
    }

    made = browser.post(address("recall_new", flu), said)
    twice = browser.post(address("recall_new", flu), said)
    opened = RecallList.objects.get(title="Zona")
    closed = browser.post(address("recall_close", flu, opened.pk))

    assert (made.status_code, twice.status_code, closed.status_code) == (302, 409, 302)
    opened.refresh_from_db()
    assert opened.closed_at is not None


@pytest.mark.parametrize("people", [1, 3])
def test_a_list_asks_as_much_for_one_as_for_three(
    enter: Any, flu: RecallList, gp: Membership, people: int, django_assert_max_num_queries: Any
) -> None:
    RecallEntryFactory.create_batch(people, recall_list=flu, added_by=gp)
    browser = enter(gp)

    with django_assert_max_num_queries(20):
        browser.get(address("recall_detail", flu, flu.pk))


# --- Her own page -----------------------------------------------------------------------------
def test_she_says_herself_that_it_is_done_or_that_she_wants_no_more(
    client: Client, flu: RecallList, gp: Membership
) -> None:
    entry = actions.add(flu, words(), by=gp, key=uuid.uuid4())
    token = queries.token_of(entry)

    asked = client.get(reverse("prevention:recall_show", args=[token]))
    refused = client.post(reverse("prevention:recall_refuse", args=[token]), follow=True)
    done = client.post(reverse("prevention:recall_done", args=[token]), follow=True)
    late = client.post(reverse("prevention:recall_refuse", args=[token]))

    assert "Grippe 2026" in asked.content.decode()
    assert asked["Cache-Control"] == "no-store, private"
    assert "plus rappelé" in refused.content.decode()
    assert "Vous ne recevez plus de rappel" in done.content.decode()
    assert late.status_code == 409
    assert planned(entry) == ["dropped"]


def test_a_discreet_topic_is_not_named_on_her_page(
    client: Client, flu: RecallList, gp: Membership
) -> None:
    topic = flu.campaign.topic
    topic.is_discreet = True
    topic.save(update_fields=["is_discreet"])
    entry = actions.add(flu, words(), by=gp, key=uuid.uuid4())

    page = client.get(reverse("prevention:recall_show", args=[queries.token_of(entry)]))

    assert "Grippe" not in page.content.decode()


def test_an_unknown_link_and_an_erased_one_are_the_same_page(client: Client, cpts: Cpts) -> None:
    page = client.get(reverse("prevention:recall_show", args=["nothing"]))

    assert page.status_code == 404
    assert "plus valable" in page.content.decode()


def test_lists_of_campaigns_in_preparation_are_the_desks_alone(
    enter: Any, flu: RecallList, gp: Membership, coordinator: Membership
) -> None:
    draft = RecallListFactory(
        campaign=CampaignFactory(cpts=flu.cpts, created_by=coordinator, status="draft")
    )
    path = address("recall_detail", flu, draft.pk)

    assert enter(gp).get(path).status_code == 404
    assert enter(coordinator).get(path).status_code == 200


def test_the_panel_of_a_campaign_counts_and_names_nobody(flu: RecallList, gp: Membership) -> None:
    RecallEntryFactory.create_batch(2, recall_list=flu, added_by=gp)
    RecallEntryFactory(
        recall_list=flu, added_by=gp, status="done", settled_at=timezone.now() - timedelta(days=1)
    )

    [shelf] = queries.panel_of_campaign(flu.campaign)["recalls"]

    assert (shelf.pending, shelf.done, shelf.refused, shelf.percent) == (2, 1, 0, 33)
    assert RecallContact.objects.count() == 3


# --- Forgetting -------------------------------------------------------------------------------
def test_names_are_forgotten_60_days_after_it_is_settled_or_the_list_is_closed(
    flu: RecallList, gp: Membership, coordinator: Membership
) -> None:
    now = timezone.now()
    settled = actions.add(flu, words(), by=gp, key=uuid.uuid4())
    actions.settle(settled, DO_RECALL, by=gp)
    pending = actions.add(flu, words(first_name="Odette"), by=gp, key=uuid.uuid4())

    retention.run(now + timedelta(days=61))
    kept = [contact.entry_id for contact in RecallContact.objects.filter(erased_at=None)]
    actions.close(flu, by=coordinator)
    retention.run(now + timedelta(days=61))

    assert kept == [pending.pk]
    assert {(one.last_name, one.link_hash) for one in RecallContact.objects.all()} == {("", None)}
    assert set(RecallEntry.objects.values_list("person_hash", flat=True)) == {""}
