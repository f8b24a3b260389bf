"""The patient's private page: what it shows, and to whom."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cpts_portal.core import audit
from cpts_portal.core.models import AccessEntry, Message
from cpts_portal.core.scoping import open_scope
from members.models import Cpts, Membership, Role
from patients import notifications
from patients.models import GPRequest, PrivateLink, Status
from patients.queries import private as queries
from tests.factories import (
    CptsFactory,
    GPRequestFactory,
    MembershipFactory,
    PatientFactory,
    ReferralFactory,
)
from tests.patients.shortcuts import private_url as url

PAGES = ("show", "correct", "situation", "complete", "withdraw")


# --- The link -----------------------------------------------------------------------------------
@pytest.mark.parametrize("page", PAGES)
def test_private_pages_open_with_the_token_alone_and_leave_no_trace(client, token, page):
    response = client.get(url(page, token))

    assert response.status_code == 200
    assert response["Referrer-Policy"] == "strict-origin"
    assert response["Cache-Control"] == "no-store, private"
    assert "noindex" in response["X-Robots-Tag"]


@pytest.mark.parametrize("page", PAGES)
def test_private_pages_are_the_same_kind_page_for_any_wrong_link(client, filed, page):
    revoked, expired = notifications.open_link(filed), notifications.open_link(filed)
    links = PrivateLink.objects.order_by("pk")
    links.filter(token_hash=queries.token_hash(revoked)).update(revoked_at=timezone.now())
    links.filter(token_hash=queries.token_hash(expired)).update(
        created_at=timezone.now() - timedelta(days=366), expires_at=timezone.now()
    )

    pages = [client.get(url(page, token)) for token in ("wrong", revoked, expired, "é" * 300)]

    assert [response.status_code for response in pages] == [404] * 4
    assert {b"Recevoir un nouveau lien" in response.content for response in pages} == {True}
    assert not any(b"Garnier" in response.content for response in pages)


def test_private_link_is_kept_hashed_and_lasts_a_year(token):
    link = PrivateLink.objects.get()

    assert len(token) == 22
    assert token not in str(vars(link))
    assert (link.expires_at - link.created_at).days in (364, 365)


def test_private_token_guessing_is_throttled(client, cpts):
    answers = [client.get(url("show", f"guess{n}")).status_code for n in range(31)]

    assert answers == [404] * 30 + [429]


def test_private_revoke_closes_the_other_links_only(client, filed, token):
    other = notifications.open_link(filed)

    client.post(url("revoke", token))

    assert client.get(url("show", token)).status_code == 200
    assert client.get(url("show", other)).status_code == 404


def test_private_link_of_one_request_says_nothing_of_another(client, filed, cpts):
    other = GPRequestFactory(cpts=cpts, patient=PatientFactory(cpts=cpts, last_name="Lorthiois"))

    page = client.get(url("show", notifications.open_link(other))).content.decode()

    assert "Lorthiois" in page
    assert "Garnier" not in page


# --- What it shows ------------------------------------------------------------------------------
@pytest.mark.parametrize("status", Status.values)
def test_private_show_says_where_the_request_stands_in_plain_words(client, filed, token, status):
    is_over = status not in ("received", "to_complete", "qualified", "referred") and (
        status not in ("accepted", "first_visit_set")
    )
    today = timezone.localdate()
    GPRequest.objects.update(
        status=status, closed_at=timezone.now() if is_over else None, first_visit_on=today
    )

    page = client.get(url("show", token))

    title, lead = queries.STANDING[status]
    assert page.status_code == 200
    assert str(title) in page.content.decode()
    assert str(lead) in page.content.decode()
    assert ("Arrêter ma demande" in page.content.decode()) is not is_over


def test_private_show_names_the_gp_once_accepted_and_not_before(client, cpts, filed, token):
    GPRequest.objects.update(status="referred")
    referral = ReferralFactory(request=filed, cpts=cpts)
    before = client.get(url("show", token)).content.decode()

    now = timezone.now()
    GPRequest.objects.update(status="accepted")
    type(referral).objects.update(status="accepted", reserved_at=now, answered_at=now)
    after = client.get(url("show", token)).content.decode()

    name = referral.gp.user.last_name
    assert name not in before
    assert name in after


def test_private_show_counts_a_late_referral_as_returned(client, filed, token):
    GPRequest.objects.update(status="referred")
    ago = timezone.now() - timedelta(days=4)
    ReferralFactory(request=filed, proposed_at=ago, expires_at=ago + timedelta(days=3))

    html = client.get(url("show", token)).content.decode()

    assert str(queries.STANDING["qualified"][1]) in html
    assert str(queries.STANDING["referred"][1]) not in html


def test_private_show_tells_who_opened_the_file_by_role(client, filed, token):
    coordinator = MembershipFactory(cpts=filed.cpts)
    for _ in range(2):
        audit.record_access(
            by=coordinator, purpose=AccessEntry.Purpose.OPEN, patient_ids=[filed.patient_id]
        )

    page = client.get(url("show", token)).content.decode()

    assert "Coordination, ouverture du dossier (2 fois)" in page
    assert coordinator.user.last_name not in page


def test_private_show_tells_that_a_secretary_read_it_for_a_doctor(client, filed, token, gp):
    secretary = MembershipFactory(cpts=filed.cpts, role=Role.SECRETARY)
    AccessEntry.objects.create(
        cpts=filed.cpts,
        by=secretary.user,
        role=secretary.role,
        behalf=gp.user,
        purpose=AccessEntry.Purpose.OPEN,
        patient_ids=[filed.patient_id],
    )

    page = client.get(url("show", token)).content.decode()

    assert "Secrétariat, pour un médecin, ouverture du dossier" in page
    assert secretary.user.last_name not in page
    assert gp.user.last_name not in page


def test_private_show_tells_when_the_identity_goes(client, filed, token):
    during = client.get(url("show", token)).content.decode()
    GPRequest.objects.update(status="withdrawn", closed_at="2026-01-10T10:00Z")
    after = client.get(url("show", token)).content.decode()

    assert "six mois après la fin" in during
    assert "sera effacée le 12 juillet 2026" in after


def test_private_show_costs_the_same_queries_with_one_access_or_thirty(
    client, cpts, filed, token, django_assert_num_queries
):
    coordinator = MembershipFactory(cpts=cpts)
    client.get(url("show", token))

    for _ in range(2):
        with django_assert_num_queries(3):
            client.get(url("show", token))
        for _ in range(30):
            audit.record_access(
                by=coordinator, purpose=AccessEntry.Purpose.LIST, patient_ids=[filed.patient_id]
            )


def past_cases(cpts: Cpts, count: int, *, weeks: int = 4) -> None:
    now = timezone.now()
    gp, coordinator = MembershipFactory(cpts=cpts), MembershipFactory(cpts=cpts)
    for rank in range(count):
        request = GPRequestFactory(
            cpts=cpts,
            status="accepted",
            first_requested_at=now - timedelta(weeks=weeks + rank),
        )
        ReferralFactory(
            request=request,
            cpts=cpts,
            gp=gp,
            proposed_by=coordinator,
            status="accepted",
            reserved_at=now,
            answered_at=now,
        )
    cache.clear()


def test_waiting_range_is_the_middle_half_of_last_year_s_delays(cpts):
    past_cases(cpts, 13, weeks=3)

    assert queries.waiting_weeks(cpts) == (6, 12)


def test_waiting_range_is_silent_below_ten_past_cases(cpts):
    past_cases(cpts, 9)

    assert queries.waiting_weeks(cpts) is None


def test_waiting_range_is_not_that_of_another_cpts(cpts):
    other = CptsFactory()
    with open_scope(cpts=other):
        past_cases(other, 10)

    assert queries.waiting_weeks(cpts) is None


def test_private_show_gives_the_waiting_range_and_promises_nothing(client, cpts, token):
    past_cases(cpts, 10)

    page = client.get(url("show", token)).content.decode()

    assert "Ce n’est pas une promesse." in page


# --- A new link ---------------------------------------------------------------------------------
def ask_link(client: Client, filed: GPRequest, **changes: str) -> object:
    born = filed.patient.birth_date
    asked = {
        "reference": "2026-0418",
        "birth_date_day": str(born.day),
        "birth_date_month": str(born.month),
        "birth_date_year": str(born.year),
        "contact": "odile@courriel.example",
    }
    return client.post(reverse("patients:private_new_link"), {**asked, **changes})


@pytest.mark.parametrize(
    ("contact", "channel"), [("Odile@courriel.example", "email"), ("06 39 98 12 34", "sms")]
)
def test_private_new_link_goes_to_the_contact_given_if_it_is_hers(client, filed, contact, channel):
    ask_link(client, filed, contact=contact)

    message = Message.objects.get()
    assert (message.purpose, message.channel) == ("patients.link_resent", channel)
    assert PrivateLink.objects.count() == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"reference": "2026-0419"},
        {"birth_date_year": "1950"},
        {"contact": "autre@courriel.example"},
        {"contact": "03 53 01 00 01"},
    ],
)
def test_private_new_link_answers_the_same_when_nothing_matches(client, filed, wrong):
    right = ask_link(client, filed)
    Message.objects.all().delete()

    answer = ask_link(client, filed, **wrong)

    assert (answer.status_code, answer.url) == (right.status_code, right.url)
    assert Message.objects.count() == 0


def test_private_new_link_is_throttled(client, filed):
    answers = [ask_link(client, filed).status_code for _ in range(6)]

    assert answers == [302] * 5 + [429]


@pytest.mark.parametrize(
    "bad", [{"contact": "odile@"}, {"contact": "\x00"}, {"reference": ""}, {"birth_date_day": "99"}]
)
def test_private_new_link_says_what_is_wrong(client, filed, bad):
    refused = ask_link(client, filed, **bad)

    assert refused.status_code == 422
    assert refused.context["form"].errors


def test_private_sent_says_it_is_noted(client, db):
    assert "C’est noté" in client.get(reverse("patients:private_sent")).content.decode()


def test_private_page_of_a_member_of_another_cpts_is_opened_by_the_token_alone(client, token):
    stranger: Membership = MembershipFactory()
    client.force_login(stranger.user)

    assert client.get(url("show", token)).status_code == 200
