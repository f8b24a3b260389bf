"""A claim after the fact: who sees it, who opens the contact, what is noted and cancelled."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cpts_portal.core.models import AccessEntry, AuditEntry, Message
from cpts_portal.core.scoping import open_scope
from members.models import Cpts, Membership, Role
from patients.models import GPRequest, RequestDraft
from tests.factories import (
    CptsFactory,
    DelegationFactory,
    GpFactory,
    GPRequestFactory,
    MembershipFactory,
)
from tests.unscheduled_care.makers import ClaimFactory, move
from unscheduled_care.models import Claim, ClaimContact, Slot
from unscheduled_care.tasks.gp_searches import link_gp_requests

PHONE = "+33639980142"
QUERIES = 6
"""Session, account, membership, those she acts for, coming, past."""


@pytest.fixture
def nurse(cpts) -> Membership:
    return MembershipFactory(cpts=cpts, role=Role.SECRETARY)


@pytest.fixture
def claim(cpts, gp, nurse) -> Claim:
    made = ClaimFactory(
        slot__professional=gp,
        slot__starts_at=timezone.now() + timedelta(days=2),
        hold__holder=nurse,
    )
    ClaimContact.objects.filter(claim=made).update(
        first_name="Philomène", phone=PHONE, email="philomene@courriel.example"
    )
    return made


def as_member(member: Membership) -> Client:
    client = Client()
    client.force_login(member.user)
    return client


def address(claim: Claim, name: str = "show") -> str:
    return reverse(f"unscheduled_care:claim_{name}", args=[claim.cpts.slug, claim.pk])


def begun(claim: Claim) -> Claim:
    move(claim.slot, timedelta(days=-2, minutes=-5))
    return claim


# --- Who sees it --------------------------------------------------------------------------------
def test_claim_is_shown_to_claimer_professional_delegate_and_desk_alone(cpts, claim, gp, nurse):
    helper = MembershipFactory(cpts=cpts, role=Role.SECRETARY)
    DelegationFactory(principal=gp, delegate=helper)
    visitors = {
        "claimer": nurse,
        "professional": gp,
        "delegate": helper,
        "desk": MembershipFactory(cpts=cpts, role=Role.COORDINATOR),
        "colleague": GpFactory(cpts=cpts),
        "other_secretary": MembershipFactory(cpts=cpts, role=Role.SECRETARY),
        "funder": MembershipFactory(cpts=cpts, role=Role.FUNDER),
        "other_cpts": MembershipFactory(cpts=CptsFactory(), role=Role.COORDINATOR),
    }

    statuses = {
        name: as_member(member).get(address(claim)).status_code for name, member in visitors.items()
    }

    assert statuses == {
        "claimer": 200,
        "professional": 200,
        "delegate": 200,
        "desk": 200,
        "colleague": 404,
        "other_secretary": 404,
        "funder": 403,
        "other_cpts": 404,
    }


def test_contact_stays_closed_until_asked_for(claim, nurse):
    said = as_member(nurse).get(address(claim)).content.decode()

    assert [word for word in ("Philomène", PHONE, "philomene@") if word in said] == []
    assert AccessEntry.objects.count() == 0


def test_each_opening_of_the_contact_is_logged_to_both(claim, gp, nurse):
    DelegationFactory(principal=gp, delegate=nurse)
    client = as_member(nurse)

    shown = [client.get(address(claim), {"contact": "1"}) for _time in range(2)]

    assert ["Philomène" in page.content.decode() for page in shown] == [True, True]
    logged = AccessEntry.objects.values_list("by", "behalf", "subject_kind", "patient_ids")
    entry = (nurse.user_id, gp.user_id, "unscheduled_care.claimcontact", [claim.contact.pk])
    assert list(logged) == [entry, entry]


def test_erased_contact_opens_nothing_and_is_not_logged(claim, nurse):
    ClaimContact.objects.filter(claim=claim).update(
        first_name="", phone="", phone_hash="", email="", link_hash=None, erased_at=timezone.now()
    )

    page = as_member(nurse).get(address(claim), {"contact": "1"})

    assert "L’identité est effacée" in page.content.decode()
    assert AccessEntry.objects.count() == 0


def test_landline_alone_asks_the_claimer_to_tell_her_by_voice(claim, nurse):
    client = as_member(nurse)
    before = client.get(address(claim)).content.decode()
    ClaimContact.objects.filter(claim=claim).update(phone="+33353010042", email="")

    after = client.get(address(claim)).content.decode()

    assert ["de vive voix" in said for said in (before, after)] == [False, True]


# --- Cancelling ---------------------------------------------------------------------------------
def test_cancelling_says_why_and_frees_the_slot(claim, nurse):
    answer = as_member(nurse).post(address(claim, "cancel"), {"reason": "better"})

    claim.refresh_from_db()
    assert (answer.status_code, answer["Location"]) == (302, address(claim))
    assert (claim.status, claim.cancel_reason) == ("cancelled", "better")
    assert Slot.objects.get().status == "open"


@pytest.mark.parametrize("reason", ["", "withdrawn", "ailleurs"])
def test_cancelling_without_a_reason_of_the_list_changes_nothing(claim, nurse, reason):
    answer = as_member(nurse).post(address(claim, "cancel"), {"reason": reason})

    claim.refresh_from_db()
    assert (answer.status_code, claim.status) == (422, "booked")


def test_cancelling_from_a_stale_tab_says_how_it_stands(claim, nurse):
    client = as_member(nurse)
    client.post(address(claim, "cancel"), {"reason": "better"})

    again = client.post(address(claim, "cancel"), {"reason": "patient"})

    assert again.status_code == 409
    assert "Cela n’est plus possible" in again.content.decode()


# --- What became of it --------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("verb", "status"),
    [("see", "seen"), ("miss", "no_show"), ("redirect", "redirected"), ("not_there", "absent")],
)
def test_outcome_is_one_tap(claim, gp, verb, status):
    begun(claim)

    answer = as_member(gp).post(address(claim, "outcome"), {"verb": verb})

    claim.refresh_from_db()
    assert (answer.status_code, claim.status) == (302, status)


def test_outcome_is_corrected_by_another_tap(claim, gp):
    client = as_member(gp)
    client.post(address(begun(claim), "outcome"), {"verb": "miss"})

    client.post(address(claim, "outcome"), {"verb": "see"})

    claim.refresh_from_db()
    traced = AuditEntry.objects.filter(verb__in=["miss", "see"]).order_by("pk")
    assert claim.status == "seen"
    assert list(traced.values_list("source", "target")) == [
        ("booked", "no_show"),
        ("no_show", "seen"),
    ]


def test_claimer_notes_that_the_professional_was_not_there_and_nothing_else(claim, nurse):
    client, address_of = as_member(nurse), address(begun(claim), "outcome")

    answers = [client.post(address_of, {"verb": verb}) for verb in ("see", "not_there")]

    claim.refresh_from_db()
    assert [answer.status_code for answer in answers] == [403, 302]
    assert claim.status == "absent"


def test_outcome_before_its_hour_is_refused(claim, gp):
    answer = as_member(gp).post(address(claim, "outcome"), {"verb": "see"})

    assert answer.status_code == 409
    assert "pas encore eu lieu" in answer.content.decode()


def test_outcome_that_is_none_is_told_so(claim, gp):
    assert as_member(gp).post(address(begun(claim), "outcome"), {"verb": "x"}).status_code == 422


# --- No GP? -------------------------------------------------------------------------------------
def test_gp_search_opens_the_form_with_what_is_known(claim, nurse):
    client = as_member(nurse)

    answer = client.post(address(claim, "gp_search"), {"way": "here", "has_consented": "on"})

    first = reverse("patients:filing_step", args=["pour-qui"])
    known = json.loads(RequestDraft.objects.get().answers)["known"]
    assert (answer.status_code, answer["Location"]) == (302, first)
    assert known == {
        "pour-qui": {"filed_for_whom": "relative"},
        "identite": {"first_name": "Philomène"},
        "contact": {"phone": PHONE, "email": "philomene@courriel.example"},
    }
    assert re.findall(r'value="(\w+)"[^>]*checked', client.get(first).content.decode()) == [
        "relative"
    ]
    assert AuditEntry.objects.filter(verb="start_gp_search", by=nurse.user).count() == 1
    assert AccessEntry.objects.get().patient_ids == [claim.contact.pk]


def test_gp_search_without_her_consent_starts_nothing(claim, nurse):
    answer = as_member(nurse).post(address(claim, "gp_search"), {"way": "here"})

    assert answer.status_code == 422
    assert "Demandez-lui son accord" in answer.content.decode()
    assert RequestDraft.objects.count() == 0


def test_gp_search_is_sent_to_her_once(claim, nurse):
    client = as_member(nurse)

    for _time in range(2):
        client.post(address(claim, "gp_search"), {"way": "send", "has_consented": "on"})

    [message] = Message.objects.all()
    assert (message.purpose, message.recipient) == ("unscheduled_care.gp_form_proposed", PHONE)
    assert reverse("patients:filing_start") in message.body


def test_gp_search_is_not_sent_to_a_landline(claim, nurse):
    ClaimContact.objects.filter(claim=claim).update(phone="+33353010042", email="")

    answer = as_member(nurse).post(
        address(claim, "gp_search"), {"way": "send", "has_consented": "on"}
    )

    assert answer.status_code == 409
    assert "ni portable ni courriel" in answer.content.decode()


def test_gp_search_tapped_twice_goes_on_with_the_same_form(claim, nurse):
    client = as_member(nurse)

    for _time in range(2):
        client.post(address(claim, "gp_search"), {"way": "here", "has_consented": "on"})

    assert RequestDraft.objects.count() == 1


def filed_from(claim: Claim, nurse: Membership, cpts: Cpts) -> GPRequest:
    """What the form becomes once her code is typed in."""
    as_member(nurse).post(address(claim, "gp_search"), {"way": "here", "has_consented": "on"})
    filed = GPRequestFactory(cpts=cpts)
    RequestDraft.objects.update(request=filed, confirmed_at=timezone.now())
    return filed


def test_request_filed_from_the_form_is_tied_to_its_claim_once(cpts, claim, nurse):
    filed = filed_from(claim, nurse, cpts)

    linked = [link_gp_requests() for _time in range(2)]

    claim.refresh_from_db()
    said = as_member(nurse).get(address(claim)).content.decode()
    assert (linked, claim.gp_request) == ([1, 0], filed)
    assert f"Demande de médecin traitant {filed.reference} déposée" in said


def test_request_given_to_another_cpts_by_her_commune_is_not_tied(claim, nurse):
    other = CptsFactory()
    with open_scope(cpts=other):
        filed_from(claim, nurse, other)

    assert link_gp_requests() == 0


def test_gp_search_already_filed_is_not_begun_again(cpts, claim, nurse):
    filed_from(claim, nurse, cpts)

    answer = as_member(nurse).post(
        address(claim, "gp_search"), {"way": "here", "has_consented": "on"}
    )

    assert answer.status_code == 409
    assert "déjà déposée" in answer.content.decode()


def test_landline_alone_leads_to_the_desk_which_files_by_itself(cpts, claim, nurse):
    desk = MembershipFactory(cpts=cpts, role=Role.COORDINATOR)
    ClaimContact.objects.filter(claim=claim).update(phone="+33353010042", email="")

    pages = [as_member(member).get(address(claim)).content.decode() for member in (nurse, desk)]

    new_request = reverse("patients:request_new", args=[cpts.slug])
    assert [new_request in page for page in pages] == [False, True]
    assert [address(claim, "gp_search") in page for page in pages] == [False, False]


# --- The list -----------------------------------------------------------------------------------
@pytest.mark.parametrize("count", [1, 3])
def test_list_shows_mine_coming_and_past_in_so_many_queries(
    cpts, nurse, count, django_assert_num_queries
):
    coming = [ClaimFactory(slot__professional__cpts=cpts, hold__holder=nurse) for _ in range(count)]
    past = [ClaimFactory(slot__professional__cpts=cpts, hold__holder=nurse) for _ in range(count)]
    for one in past:
        move(one.slot, timedelta(days=-3))
    ClaimFactory(slot__professional__cpts=cpts)
    client = as_member(nurse)
    page = reverse("unscheduled_care:claim_list", args=[cpts.slug])
    client.get(page)

    with django_assert_num_queries(QUERIES):
        shown = client.get(page)

    claims = shown.context["claims"]
    assert {one.pk for one in claims.coming} == {one.pk for one in coming}
    assert {one.pk for one in claims.past} == {one.pk for one in past}
