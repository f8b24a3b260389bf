"""A secretary acts for the GPs who delegated to her: on one screen, and both are recorded."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from cpts_portal.core.models import AccessEntry, AuditEntry
from members.models import Delegation, Membership, Role
from patients.models import Intake, Referral, Status
from patients.queries.triage import dossier
from tests.factories import (
    GpFactory,
    GPRequestFactory,
    IntakeFactory,
    MembershipFactory,
    ProfessionFactory,
    ReferralFactory,
)
from tests.patients.shortcuts import statuses

LIST, TODAY = "/artois-lys/orientations/", "/artois-lys/"


def delegate_to(secretary: Membership, gp: Membership, *, days: int = 30) -> Delegation:
    """The GP's delegation, running for so many days."""
    today = timezone.localdate()
    return Delegation.objects.create(
        cpts=gp.cpts,
        principal=gp,
        delegate=secretary,
        starts_on=today - timedelta(days=60),
        ends_on=today + timedelta(days=days),
        granted_by=gp,
    )


def proposed_to(gp: Membership, **changes: object) -> Referral:
    request = GPRequestFactory(cpts=gp.cpts, status=changes.pop("state", Status.REFERRED))
    return ReferralFactory(request=request, gp=gp, **changes)


@pytest.fixture
def secretary(gp: Membership) -> Membership:
    return MembershipFactory(cpts=gp.cpts, role=Role.SECRETARY)


@pytest.fixture
def second_gp(gp: Membership) -> Membership:
    return GpFactory(cpts=gp.cpts)


@pytest.fixture
def front_desk(one_factor: None, secretary: Membership) -> Client:
    """The secretary's browser."""
    browser = Client()
    browser.force_login(secretary.user)
    return browser


# --- What she sees ------------------------------------------------------------------------------
def test_the_list_shows_every_principal_with_his_own_referrals(
    front_desk, secretary, referral, gp, second_gp
):
    others = proposed_to(second_gp)
    for principal in (gp, second_gp):
        delegate_to(secretary, principal)

    response = front_desk.get(LIST)

    page = response.content.decode()
    desks = {principal.pk: board for principal, board in response.context["desks"]}
    assert [line["pk"] for line in desks[gp.pk].waiting] == [referral.pk]
    assert [line["pk"] for line in desks[second_gp.pk].waiting] == [others.pk]
    assert f"Vous agissez pour le {gp.user}" in page
    assert f"Vous agissez pour le {second_gp.user}" in page


def test_the_list_without_a_delegation_says_how_to_get_one(front_desk, referral):
    page = front_desk.get(LIST).content.decode()

    assert "Aucun médecin ne vous a confié ses orientations" in page
    assert str(referral.gp.user) not in page


def test_a_delegation_that_has_ended_opens_nothing(front_desk, secretary, referral, gp):
    delegate_to(secretary, gp, days=-1)

    assert front_desk.get(LIST).context["desks"] == []
    assert front_desk.get(f"{LIST}{referral.pk}/").status_code == 404
    assert front_desk.post(f"{LIST}{referral.pk}/accepter/").status_code == 404
    assert statuses(referral) == ("referred", "proposed")


def test_a_delegation_taken_back_opens_nothing(front_desk, secretary, referral, gp):
    delegation = delegate_to(secretary, gp)
    Delegation.objects.filter(pk=delegation.pk).update(revoked_at=timezone.now(), revoked_by=gp)

    assert front_desk.get(f"{LIST}{referral.pk}/").status_code == 404


def test_a_referral_to_somebody_else_does_not_exist(front_desk, secretary, gp, second_gp):
    delegate_to(secretary, gp)
    others = proposed_to(second_gp)

    assert front_desk.get(f"{LIST}{others.pk}/").status_code == 404
    assert front_desk.post(f"{LIST}{others.pk}/accepter/").status_code == 404
    assert statuses(others) == ("referred", "proposed")


def test_a_delegation_to_another_secretary_is_not_hers(front_desk, referral, gp):
    delegate_to(MembershipFactory(cpts=gp.cpts, role=Role.SECRETARY), gp)

    assert front_desk.get(f"{LIST}{referral.pk}/").status_code == 404


def test_a_principal_who_is_no_doctor_has_no_agenda_here(front_desk, secretary, gp):
    profession = ProfessionFactory(code="infirmier", can_be_treating_doctor=False)
    nurse = GpFactory(cpts=gp.cpts, profession=profession)
    delegate_to(secretary, nurse)

    assert front_desk.get(LIST).context["desks"] == []


def test_the_card_says_for_whom_she_acts_and_stays_anonymous(front_desk, secretary, referral, gp):
    delegate_to(secretary, gp)

    page = front_desk.get(f"{LIST}{referral.pk}/").content.decode()

    assert f"Vous agissez pour le {gp.user}" in page
    assert referral.request.patient.last_name not in page
    assert not AccessEntry.objects.exists()


def test_the_list_asks_as_many_queries_for_one_referral_as_for_three(
    front_desk, secretary, gp, second_gp, django_assert_num_queries
):
    for principal in (gp, second_gp):
        delegate_to(secretary, principal)
        proposed_to(principal)
    front_desk.get(LIST)

    for more in (0, 2):
        for _each in range(more):
            proposed_to(gp)
        with django_assert_num_queries(5):
            front_desk.get(LIST)


def test_a_gps_terms_stay_his_alone(front_desk, secretary, gp):
    IntakeFactory(membership=gp)
    delegate_to(secretary, gp)

    assert front_desk.get("/artois-lys/ma-capacite/").status_code == 403
    assert front_desk.post("/artois-lys/ma-capacite/", {"monthly_quota": 99}).status_code == 403
    assert Intake.objects.get(membership=gp).monthly_quota == 4


def test_she_finds_her_way_from_the_navigation_and_a_partner_does_not(front_desk, one_factor, gp):
    partner = Client()
    partner.force_login(MembershipFactory(cpts=gp.cpts, role=Role.PARTNER).user)

    hers = front_desk.get(TODAY).content.decode()
    theirs = partner.get(TODAY).content.decode()

    assert f'href="{LIST}"' in hers
    assert f'href="{LIST}"' not in theirs


def test_the_card_of_a_lapsed_gp_says_so_in_place_of_its_buttons(
    front_desk, secretary, referral, lapsed
):
    delegate_to(secretary, lapsed)

    shown = front_desk.get(f"{LIST}{referral.pk}/").content.decode()

    assert "l’adhésion de ce médecin doit être à jour" in shown
    assert f'action="{LIST}{referral.pk}/accepter/"' not in shown
    assert f'action="{LIST}{referral.pk}/decliner/"' in shown


# --- What she does ------------------------------------------------------------------------------
def test_accepting_is_the_gps_answer_and_both_are_recorded(front_desk, secretary, referral, gp):
    delegate_to(secretary, gp)

    answer = front_desk.post(f"{LIST}{referral.pk}/accepter/")

    assert answer.status_code == 302
    assert statuses(referral) == ("accepted", "accepted")
    signed = set(AuditEntry.objects.values_list("verb", "by", "by_label", "behalf"))
    hers = (secretary.user_id, "secretary", gp.user_id)
    assert signed == {("reserve", *hers), ("take", *hers), ("accept", *hers)}


def test_an_identity_opened_to_her_is_logged_on_both(front_desk, secretary, referral, gp):
    delegate_to(secretary, gp)

    front_desk.post(f"{LIST}{referral.pk}/reserver/")
    page = front_desk.get(f"{LIST}{referral.pk}/").content.decode()
    front_desk.get(LIST)

    person = referral.request.patient
    assert person.last_name in page
    assert list(
        AccessEntry.objects.order_by("pk").values_list(
            "by", "role", "behalf", "purpose", "patient_ids"
        )
    ) == [
        (secretary.user_id, "secretary", gp.user_id, purpose, [person.pk])
        for purpose in ("open", "open", "list")
    ]


def test_names_of_two_agendas_are_logged_under_each_doctor(front_desk, secretary, gp, second_gp):
    shown = {}
    for principal in (gp, second_gp):
        delegate_to(secretary, principal)
        kept = proposed_to(principal, status="reserved", reserved_at=timezone.now())
        shown[principal.user_id] = [kept.request.patient_id]

    front_desk.get(LIST)

    logged = dict(AccessEntry.objects.values_list("behalf", "patient_ids"))
    assert logged == shown


def test_declining_and_setting_the_visit_are_hers_to_do_too(front_desk, secretary, referral, gp):
    delegate_to(secretary, gp)
    in_a_week = timezone.localdate() + timedelta(days=7)

    front_desk.post(f"{LIST}{referral.pk}/accepter/")
    front_desk.post(f"{LIST}{referral.pk}/rendez-vous/", {"on": in_a_week.isoformat()})
    seen = statuses(referral)
    front_desk.post(f"{LIST}{referral.pk}/decliner/", {"reason": "absent"})

    assert seen == ("first_visit_set", "accepted")
    assert statuses(referral) == ("qualified", "declined")


def test_a_stale_tab_of_hers_gets_a_409_that_shows_the_card(front_desk, secretary, referral, gp):
    delegate_to(secretary, gp)
    front_desk.post(f"{LIST}{referral.pk}/decliner/", {"reason": "absent"})

    late = front_desk.post(f"{LIST}{referral.pk}/accepter/")

    assert late.status_code == 409
    assert f"Vous agissez pour le {gp.user}" in late.content.decode()


def test_the_desk_reads_who_answered_and_for_whom(front_desk, secretary, referral, gp, coordinator):
    delegate_to(secretary, gp)

    front_desk.post(f"{LIST}{referral.pk}/reserver/")

    who = [event.who for event in dossier(referral.request, by=coordinator).timeline]
    assert who == [f"{secretary.user}, pour {gp.user}"]
