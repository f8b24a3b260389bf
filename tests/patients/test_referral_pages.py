"""The GP's pages: anonymous until he reserves, one tap to answer."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from cpts_portal.core.models import AccessEntry
from patients.actions import referrals
from patients.models import GPRequest, Referral, ReferralStatus, Status
from tests.factories import (
    GpFactory,
)
from tests.patients.shortcuts import statuses


def page(referral: Referral, step: str = "") -> str:
    return f"/artois-lys/orientations/{referral.pk}/{step}"


def test_referral_detail_is_anonymous_until_reserved(referral, surgery):
    patient = referral.request.patient

    closed = surgery.get(page(referral)).content.decode()
    surgery.post(page(referral, "reserver/"))
    opened = surgery.get(page(referral)).content.decode()

    for identity in (patient.last_name, patient.email):
        assert identity not in closed
        assert identity in opened


def test_referral_list_names_nobody_before_reserving(referral, surgery):
    html = surgery.get("/artois-lys/orientations/").content.decode()

    assert referral.request.patient.last_name not in html
    assert "Laventie" in html
    assert AccessEntry.objects.count() == 0


def test_referral_list_logs_the_names_it_shows(referral, gp, surgery):
    referrals.accept(referral, by=gp)

    html = surgery.get("/artois-lys/orientations/").content.decode()

    assert referral.request.patient.last_name in html
    assert AccessEntry.objects.filter(purpose="list").count() == 1


def test_referral_accept_in_one_tap(referral, surgery):
    response = surgery.post(page(referral, "accepter/"), follow=True)

    assert statuses(referral) == (Status.ACCEPTED, ReferralStatus.ACCEPTED)
    assert "la personne est prévenue" in response.content.decode()


def test_referral_accept_twice_is_a_polite_409(referral, surgery):
    surgery.post(page(referral, "accepter/"))

    response = surgery.post(page(referral, "accepter/"))

    assert response.status_code == 409
    assert "n’est plus possible" in response.content.decode()


def test_referral_accept_too_late_is_a_409_that_shows_the_card(referral, surgery):
    now = timezone.now()
    Referral.objects.update(proposed_at=now - timedelta(hours=72), expires_at=now)

    plain = surgery.post(page(referral, "accepter/"))
    swapped = surgery.post(page(referral, "accepter/"), headers={"HX-Request": "true"})

    for response in (plain, swapped):
        assert response.status_code == 409
        assert "revenue à la coordination" in response.content.decode()
    assert 'hx-swap-oob="outerHTML"' in swapped.content.decode()


def test_referral_decline_wants_a_reason(referral, surgery):
    response = surgery.post(page(referral, "decliner/"), {})

    assert response.status_code == 422
    assert "Choisissez une raison." in response.content.decode()
    assert statuses(referral) == (Status.REFERRED, ReferralStatus.PROPOSED)


def test_referral_decline_before_and_after_accepting(referral, surgery):
    surgery.post(page(referral, "accepter/"))

    surgery.post(page(referral, "decliner/"), {"reason": "absent"})

    assert statuses(referral) == (Status.QUALIFIED, ReferralStatus.DECLINED)


def test_referral_visit_is_noted_by_the_gp(referral, surgery):
    surgery.post(page(referral, "accepter/"))
    day = timezone.localdate() + timedelta(days=3)

    surgery.post(page(referral, "rendez-vous/"), {"on": day.isoformat()})

    request = GPRequest.objects.get()
    assert (request.status, request.first_visit_on) == (Status.FIRST_VISIT_SET, day)


@pytest.mark.parametrize("day", ["2020-01-01", "32/13/2026", "", "2999-01-01", "\x00"])
def test_referral_visit_refuses_days_that_make_no_sense(referral, surgery, day):
    surgery.post(page(referral, "accepter/"))

    response = surgery.post(page(referral, "rendez-vous/"), {"on": day})

    assert response.status_code == 422
    assert GPRequest.objects.get().first_visit_on is None


def test_another_gps_referral_does_not_exist(referral, one_factor, client):
    other = GpFactory(cpts=referral.cpts)
    client.force_login(other.user)

    for method, step in ((client.get, ""), (client.post, "accepter/"), (client.post, "reserver/")):
        assert method(page(referral, step)).status_code == 404


def test_referral_pages_are_for_professionals(referral, desk):
    assert desk.get("/artois-lys/orientations/").status_code == 403


# --- A membership that has lapsed -------------------------------------------------------------
def test_a_lapsed_gp_reads_a_sentence_where_the_buttons_were(referral, surgery, lapsed):
    shown = surgery.get(page(referral)).content.decode()
    refused = surgery.post(page(referral, "accepter/"))

    assert "votre adhésion doit être à jour" in shown
    assert f'action="{page(referral, "accepter/")}"' not in shown
    assert f'action="{page(referral, "reserver/")}"' not in shown
    assert f'action="{page(referral, "decliner/")}"' in shown
    assert refused.status_code == 409


def test_a_gp_who_lapsed_after_reserving_still_takes_the_person_on(referral, surgery, lapsed):
    Referral.objects.update(status=ReferralStatus.RESERVED, reserved_at=timezone.now())

    shown = surgery.get(page(referral)).content.decode()
    surgery.post(page(referral, "accepter/"))

    assert f'action="{page(referral, "accepter/")}"' in shown
    assert "doit être à jour" not in shown
    assert statuses(referral) == (Status.ACCEPTED, ReferralStatus.ACCEPTED)
