"""A GP's terms are his alone."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from cpts_portal.core.models import AuditEntry
from cpts_portal.core.refusals import NotPermitted, Refused
from patients.actions import intakes, referrals
from patients.models import GPRequest, Intake
from patients.queries.intakes import intake_of
from patients.queries.referrals import gps_for
from tests.factories import (
    GPRequestFactory,
    MembershipFactory,
    ProfessionFactory,
    ReferralFactory,
)

PAGE = "/artois-lys/ma-capacite/"
TERMS = {"monthly_quota": "3", "radius_km": "12", "takes_ald": "on", "paused_until": ""}


def test_intake_edit_opens_the_gps_terms(surgery, gp):
    response = surgery.post(PAGE, TERMS)

    intake = Intake.objects.get()
    assert (response.status_code, intake.membership) == (302, gp)
    assert (intake.monthly_quota, intake.radius_km) == (3, 12)
    assert (intake.takes_ald, intake.takes_children) == (True, False)
    assert AuditEntry.objects.get().verb == "set_terms"


def test_intake_edit_shows_what_is_taken_already(surgery, intake):
    ReferralFactory(request=GPRequestFactory(cpts=intake.cpts), gp=intake.membership)

    assert "Déjà 1 ce mois-ci" in surgery.get(PAGE).content.decode()
    assert intake_of(intake.membership).taken == 1


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"monthly_quota": "-1"}, "Le plus petit nombre possible est 0."),
        ({"monthly_quota": "201"}, "Au plus 200"),
        ({"monthly_quota": "trois"}, "nombre entier"),
        ({"radius_km": "0"}, "au moins 1\u00a0km"),
        ({"radius_km": ""}, "nombre de kilomètres"),
        ({"paused_until": "2020-01-01"}, "à partir d’aujourd’hui"),
    ],
)
def test_intake_edit_says_what_is_wrong(surgery, change, told):
    response = surgery.post(PAGE, {**TERMS, **change})

    assert response.status_code == 422
    assert told in response.content.decode()
    assert Intake.objects.count() == 0


@pytest.mark.parametrize(("days", "is_shown"), [(-1, False), (0, True), (9, True)])
def test_intake_edit_forgets_a_pause_that_is_over(surgery, intake, days, is_shown):
    until = timezone.localdate() + timedelta(days=days)
    Intake.objects.update(paused_until=until)

    shown = surgery.get(PAGE).context["form"]["paused_until"].value()

    assert shown == (until if is_shown else None)


def test_intake_edit_is_closed_to_coordinators(desk):
    assert desk.get(PAGE).status_code == 403


def test_intake_edit_is_closed_to_who_cannot_be_a_treating_doctor(cpts, one_factor, client):
    nurse = MembershipFactory(
        cpts=cpts,
        role="professional",
        profession=ProfessionFactory(code="infirmier", can_be_treating_doctor=False),
    )
    client.force_login(nurse.user)

    assert client.get(PAGE).status_code == 403
    with pytest.raises(NotPermitted):
        intakes.set_terms(by=nurse, monthly_quota=1)


def test_intake_paused_until_today_is_paused_today(surgery, intake, qualified):
    surgery.post(PAGE, {**TERMS, "paused_until": timezone.localdate().isoformat()})

    assert gps_for(GPRequest.objects.get(pk=qualified.pk)) == []


def test_intake_edit_opens_nothing_for_a_lapsed_member_who_may_close(surgery, lapsed):
    opened = surgery.post(PAGE, TERMS)
    closed = surgery.post(PAGE, {**TERMS, "monthly_quota": "0"})

    assert (opened.status_code, closed.status_code) == (409, 302)
    assert "n’est plus à jour" in opened.content.decode()
    assert Intake.objects.get().monthly_quota == 0


def test_a_lapsed_gp_is_proposed_to_nobody(intake, lapsed):
    assert gps_for(GPRequestFactory(cpts=intake.cpts)) == []


@pytest.mark.parametrize("verb", ["reserve", "accept"])
def test_a_lapsed_gp_claims_nobody_and_gives_back_what_he_was_proposed(lapsed, verb):
    referral = ReferralFactory(
        request=GPRequestFactory(cpts=lapsed.cpts, status="referred"), gp=lapsed
    )

    with pytest.raises(Refused, match="n’est plus à jour"):
        getattr(referrals, verb)(referral, by=lapsed)

    assert referrals.decline(referral, reason="full", by=lapsed).status == "declined"
