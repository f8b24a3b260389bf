"""Leaving: one's data first, the password again, then the doors close and others take over."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from cpts_portal.core.models import AuditEntry, Message
from cpts_portal.core.refusals import Refused
from cpts_portal.core.scoping import open_scope
from members import departures
from members.actions import leaving as actions
from members.delegations import principals_of
from members.models import Ad, Cpts, Group, Mandate, Membership, Role, User
from patients.models import Intake, Referral, ReferralStatus, Status
from tests.factories import (
    CptsFactory,
    DelegationFactory,
    GpFactory,
    GPRequestFactory,
    IntakeFactory,
    MembershipFactory,
    PatientFactory,
    ReferralFactory,
)
from tests.members.conftest import PASSWORD, log_in

pytestmark = pytest.mark.django_db
PAGE = "/artois-lys/mon-depart/"


@pytest.fixture(autouse=True)
def without_second_factor(settings: Any) -> None:
    settings.SECOND_FACTOR_REQUIRED = False


@pytest.fixture
def leaver(cpts: Cpts, person: User) -> Membership:
    member: Membership = GpFactory(cpts=cpts, user=person, phone="+33639980142")
    return member


@pytest.fixture
def referral(leaver: Membership, coordinator: Membership) -> Referral:
    """A request proposed to the one who leaves, of a patient with a name of her own."""
    patient = PatientFactory(cpts=leaver.cpts, last_name="Quatrebarbes")
    request = GPRequestFactory(cpts=leaver.cpts, patient=patient, status="referred")
    found: Referral = ReferralFactory(request=request, gp=leaver, proposed_by=coordinator)
    return found


# --- Leaving ------------------------------------------------------------------------------------
def test_leaving_wants_the_password_again_then_closes_the_cpts(
    client: Client, leaver: Membership
) -> None:
    log_in(client)
    asked = client.get(f"{PAGE}confirmer/")
    too_soon = client.post(f"{PAGE}confirmer/")
    client.post("/compte/reauthenticate/", {"password": PASSWORD})
    shown = client.get(f"{PAGE}confirmer/")
    left = client.post(f"{PAGE}confirmer/")

    leaver.refresh_from_db()
    assert asked.url.startswith("/compte/reauthenticate/")
    assert too_soon.url == f"{PAGE}confirmer/"
    assert (shown.status_code, left.url) == (200, "/compte/mes-cpts/")
    assert (leaver.end_reason, leaver.ends_on) == (
        "left",
        timezone.localdate() - timedelta(days=1),
    )
    for page in ("", "mon-depart/", "delegations/", "orientations/"):
        assert client.get(f"/artois-lys/{page}").status_code == 404


def test_leaving_one_cpts_leaves_the_other_as_it_was(
    client: Client, leaver: Membership, person: User
) -> None:
    other = CptsFactory(slug="ailleurs")
    with open_scope(cpts=other):
        theirs = MembershipFactory(cpts=other, user=person, role=Role.BOARD)
    actions.leave(leaver)
    log_in(client)

    page = client.get("/ailleurs/")

    with open_scope(cpts=other):
        theirs.refresh_from_db()
    assert (page.status_code, theirs.ends_on) == (200, None)


def test_leaving_is_refused_to_the_last_coordinator(coordinator: Membership) -> None:
    with pytest.raises(Refused, match="dernière personne de la coordination"):
        actions.leave(coordinator)


def test_leaving_twice_is_refused(leaver: Membership) -> None:
    actions.leave(leaver)

    with pytest.raises(Refused, match="terminée"):
        actions.leave(leaver)


def test_leaving_ends_mandates_and_delegations(leaver: Membership, cpts: Cpts) -> None:
    bureau = Group.objects.create(cpts=cpts, kind=Group.Kind.BUREAU, name="Bureau")
    mandate = Mandate.objects.create(
        cpts=cpts, group=bureau, membership=leaver, starts_on=leaver.starts_on
    )
    delegation = DelegationFactory(principal=leaver)
    actions.leave(leaver)

    mandate.refresh_from_db()
    assert mandate.ends_on == timezone.localdate() - timedelta(days=1)
    assert principals_of(delegation.delegate) == []


def test_leaving_tells_the_coordination_and_confirms_to_who_leaves(
    leaver: Membership, coordinator: Membership
) -> None:
    actions.leave(leaver)

    told = {message.purpose: message.recipient for message in Message.objects.all()}
    assert told == {
        "members.member_left": coordinator.user.email,
        "members.departure_confirmed": "maud@sante.example",
    }


# --- What changes hands -------------------------------------------------------------------------
def test_referrals_go_back_to_the_queue_at_their_rank_and_who_proposed_is_told(
    leaver: Membership, referral: Referral, coordinator: Membership
) -> None:
    rank = referral.request.rank
    actions.leave(leaver)

    referral.refresh_from_db()
    referral.request.refresh_from_db()
    assert referral.status == ReferralStatus.TAKEN_BACK
    assert (referral.request.status, referral.request.rank) == (Status.QUALIFIED, rank)
    told = Message.objects.get(purpose="patients.referral_handed_over")
    assert (told.recipient, "Quatrebarbes" in told.body) == (coordinator.user.email, False)


def test_persons_already_accepted_are_to_be_called_back_today(
    leaver: Membership, referral: Referral
) -> None:
    now = timezone.now()
    Referral.objects.update(status="accepted", reserved_at=now, answered_at=now)
    referral.request.status = Status.ACCEPTED
    referral.request.save()

    actions.leave(leaver)

    referral.request.refresh_from_db()
    assert referral.request.status == Status.ACCEPTED
    assert referral.request.call_back_on == timezone.localdate()


def test_intake_is_closed(leaver: Membership) -> None:
    IntakeFactory(membership=leaver)

    actions.leave(leaver)

    assert Intake.objects.get().monthly_quota == 0


def test_hand_over_counts_beforehand_what_it_then_does(
    leaver: Membership, referral: Referral
) -> None:
    expected = [("orientations rendues à la file", 1)]

    assert departures.pending_all(leaver) == expected
    assert departures.hand_over_all(leaver, by=leaver) == expected
    assert departures.pending_all(leaver) == []


# --- Before -------------------------------------------------------------------------------------
def test_page_tells_the_calendar_with_dates(client: Client, leaver: Membership) -> None:
    log_in(client)

    page = client.get(PAGE)

    today = timezone.localdate()
    assert [day for day, _words in page.context["erasures"]] == [
        today + timedelta(days=days) for days in (90, 365, 1095)
    ]


def test_page_tells_what_changes_hands(
    client: Client, leaver: Membership, referral: Referral
) -> None:
    delegation = DelegationFactory(principal=leaver)
    log_in(client)

    text = client.get(PAGE).content.decode()

    assert "Orientations rendues à la file : <b>1</b>" in text
    assert f"{delegation.delegate} n’agit plus pour vous." in text
    assert "Quatrebarbes" not in text


def test_export_for_machines_tells_all_without_the_patients(
    client: Client, leaver: Membership, referral: Referral
) -> None:
    Ad.objects.create(
        cpts=leaver.cpts,
        author=leaver,
        kind="premises",
        title="Local à partager",
        body="Au bourg.",
        expires_on=timezone.localdate(),
    )
    log_in(client)

    response = client.get(f"{PAGE}mes-donnees.json")

    told = json.loads(response.content)["Données"]
    assert told["Compte"][0]["courriel"] == "maud@sante.example"
    assert told["Adhésion"][0]["ligne directe"] == "+33639980142"
    assert told["Annonces"][0]["titre"] == "Local à partager"
    assert told["Orientations reçues, sans les identités"][0]["Statut"] == "proposée"
    assert "Quatrebarbes" not in response.content.decode()
    assert AuditEntry.objects.filter(verb="export", by=leaver.user).count() == 1


def test_export_for_people_is_a_pdf(client: Client, leaver: Membership) -> None:
    log_in(client)

    response = client.get(f"{PAGE}mes-donnees.pdf")

    assert (response.status_code, response["Content-Type"]) == (200, "application/pdf")
    assert response.content.startswith(b"%PDF-")
    assert "attachment" in response["Content-Disposition"]


def test_export_shows_nothing_of_the_other_cpts(
    client: Client, leaver: Membership, person: User
) -> None:
    other = CptsFactory(name="CPTS Voisine", slug="ailleurs")
    with open_scope(cpts=other):
        MembershipFactory(cpts=other, user=person, phone="+33639980199")
    log_in(client)

    text = client.get(f"{PAGE}mes-donnees.json").content.decode()

    assert ("Voisine" in text, "+33639980199" in text) == (False, False)
