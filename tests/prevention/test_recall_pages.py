"""Pages of the recall lists: who sees whom, what is typed, and one's own page."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cpts_portal.core.models import AccessEntry, AuditEntry
from members.models import Cpts, Membership, Role
from prevention.models import RecallContact, RecallEntry, RecallList
from prevention.queries import recalls as queries
from tests.factories import DelegationFactory, GpFactory, MembershipFactory
from tests.prevention.makers import (
    CampaignFactory,
    RecallEntryFactory,
    RecallListFactory,
)
from tests.prevention.recalled import add, address, open_flu, planned, typed

pytestmark = pytest.mark.django_db


@pytest.fixture
def flu(coordinator: Membership) -> RecallList:
    return open_flu(coordinator)


@pytest.fixture
def enter(client: Client, settings: Any) -> Any:
    settings.SECOND_FACTOR_REQUIRED = False

    def enter(member: Membership) -> Client:
        client.force_login(member.user)
        return client

    return enter


# --- Who sees whom ----------------------------------------------------------------------------
def test_one_sees_ones_own_people_by_name_and_it_is_logged(
    enter: Any, flu: RecallList, gp: Membership
) -> None:
    mine = add(flu, gp)
    other = GpFactory(cpts=flu.cpts)
    add(flu, other, last_name="Vanhove")

    html = enter(gp).get(address("recall_detail", flu, flu.pk)).content.decode()

    assert ("Delattre" in html, "Vanhove" in html) == (True, False)
    [entry] = AccessEntry.objects.all()
    assert (entry.purpose, entry.subject_kind) == ("list", queries.CONTACT)
    assert entry.patient_ids == [mine.contact.pk]


def test_the_coordination_opens_one_contact_at_a_time(
    enter: Any, flu: RecallList, gp: Membership, coordinator: Membership
) -> None:
    entry = add(flu, gp)
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
    entry = add(flu, gp)
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
    entry = add(flu, gp)
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
    entry = add(flu, gp)

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


# --- What else is asked -----------------------------------------------------------------------
def test_each_sees_how_far_her_own_people_are(
    enter: Any, flu: RecallList, gp: Membership, coordinator: Membership
) -> None:
    add(flu, gp)
    add(flu, GpFactory(cpts=flu.cpts), first_name="Odette")

    [mine] = enter(gp).get(address("recall_list", flu)).context["shelves"]
    [all_of_them] = enter(coordinator).get(address("recall_list", flu)).context["shelves"]

    assert (mine.total, all_of_them.total) == (1, 2)


def test_whoever_acts_for_two_says_for_whom(enter: Any, flu: RecallList, gp: Membership) -> None:
    secretary = MembershipFactory(cpts=flu.cpts, role=Role.SECRETARY)
    other = GpFactory(cpts=flu.cpts)
    for principal in (gp, other):
        DelegationFactory(principal=principal, delegate=secretary)
    browser, page = enter(secretary), address("recall_add", flu, flu.pk)

    silent = browser.post(page, typed())
    stranger = browser.post(page, typed(pour=str(secretary.pk)))
    said = browser.post(page, typed(pour=str(other.pk)))

    assert [one.status_code for one in (silent, stranger, said)] == [422, 422, 302]
    assert RecallEntry.objects.get().added_by_id == other.pk


def test_an_agreement_of_long_ago_is_asked_again(
    enter: Any, flu: RecallList, gp: Membership
) -> None:
    old = (timezone.localdate() - timedelta(days=1200)).isoformat()

    page = enter(gp).post(address("recall_add", flu, flu.pk), typed(agreed_on=old))

    assert "Cet accord est trop ancien" in page.content.decode()


def test_an_outcome_that_is_not_one_and_one_that_comes_too_late_are_said(
    enter: Any, flu: RecallList, gp: Membership
) -> None:
    entry, browser = add(flu, gp), enter(gp)
    settle = address("recall_settle", flu, entry.pk)

    unknown = browser.post(settle, {"outcome": "peut-être"})
    browser.post(settle, {"outcome": "done"})
    late = browser.post(settle, {"outcome": "refused"})

    assert (unknown.status_code, late.status_code) == (422, 409)
    assert "Touchez" in unknown.content.decode()
    assert "Cela n’est plus possible" in late.content.decode()
