"""The kept slot becomes a claim: once, for whom, and what the phone has that day already."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from cpts_portal.core.models import AuditEntry
from cpts_portal.core.refusals import NotPermitted, Refused
from cpts_portal.core.scoping import open_scope
from members.delegations import ActingFor
from members.models import Cpts, Membership, Role
from tests.factories import (
    CollegeFactory,
    CptsFactory,
    DelegationFactory,
    GpFactory,
    MembershipFactory,
    ProfessionFactory,
)
from tests.unscheduled_care.makers import ClaimFactory, SlotFactory, move
from unscheduled_care.actions import claims, holds
from unscheduled_care.actions.steps import Gone, PatientWords
from unscheduled_care.models import (
    Claim,
    ClaimContact,
    Hold,
    Mobility,
    OwnGp,
    Reason,
    SasDesk,
    Slot,
    SlotStatus,
)
from unscheduled_care.queries.booking import hold_to_claim

FORM = {
    "reason": "fievre",
    "age_band": "30-49",
    "own_gp": "no",
    "mobility": "alone",
    "phone": "06 39 98 12 34",
    "has_consented": "on",
}
PARIS = ZoneInfo("Europe/Paris")


@pytest.fixture(autouse=True)
def one_factor(settings: Any) -> None:
    """The second factor has its own tests."""
    settings.SECOND_FACTOR_REQUIRED = False


@pytest.fixture
def nurse(cpts: Cpts) -> Membership:
    profession = ProfessionFactory(code="infirmier", label="Infirmier", label_en="Nurse")
    return GpFactory(cpts=cpts, profession=profession)


@pytest.fixture
def slot(gp: Membership) -> Slot:
    return SlotFactory(professional=gp)


@pytest.fixture
def words(db: None) -> PatientWords:
    return PatientWords(
        reason=Reason.objects.get(pk="fievre"),
        age_band="30-49",
        own_gp=OwnGp.NO,
        mobility=Mobility.ALONE,
        has_consented=True,
        phone="+33639981234",
    )


@pytest.fixture
def midday(gp: Membership) -> datetime:
    """Noon of the day after tomorrow, in Paris: there are hours on either side of it."""
    day = timezone.localdate() + timedelta(days=2)
    return datetime(day.year, day.month, day.day, 12, tzinfo=PARIS)


def at(name: str, **captures: int) -> str:
    return reverse(f"unscheduled_care:{name}", kwargs={"cpts": "artois-lys", **captures})


def logged_in(client: Client, member: Membership) -> Client:
    client.force_login(member.user)
    return client


def past(hold: Hold) -> None:
    """Its minutes are over."""
    began = timezone.now() - timedelta(minutes=6)
    Hold.objects.filter(pk=hold.pk).update(starts_at=began, expires_at=began + timedelta(minutes=5))


def traces(kind: str) -> list[tuple[str, str]]:
    found = AuditEntry.objects.filter(subject_kind=f"unscheduled_care.{kind}").order_by("pk")
    return list(found.values_list("verb", "target"))


# --- The action ----------------------------------------------------------------------------------
def test_a_claim_keeps_what_was_said_and_hides_who_it_is(nurse, slot, words):
    told = replace(words, first_name="Odile", email="odile@courriel.example", sex="female")

    made = claims.claim(holds.hold(slot, by=nurse), told, by=nurse)

    slot.refresh_from_db()
    made.refresh_from_db()
    assert (slot.status, made.status, made.claimer, made.door) == (
        "claimed",
        "booked",
        nurse,
        "member",
    )
    assert (made.reason_id, made.age_band, made.sex, made.own_gp) == (
        "fievre",
        "30-49",
        "female",
        "no",
    )
    contact = ClaimContact.objects.get(claim=made)
    assert (contact.first_name, contact.phone) == ("Odile", "+33639981234")
    with connection.cursor() as cursor:
        cursor.execute("SELECT t::text FROM unscheduled_care_claimcontact t")
        [(row,)] = cursor.fetchall()
    assert not [told for told in ("Odile", "39981234", "odile@") if told in row]
    assert traces("claim") == [("claim", "booked")]


def test_the_search_began_when_the_slot_was_held(nurse, slot, words):
    kept = holds.hold(slot, by=nurse)

    made = claims.claim(kept, words, by=nurse)

    assert made.searched_at == kept.starts_at
    assert made.claimed_at > made.searched_at


@pytest.mark.parametrize(
    ("role", "door"),
    [(Role.COORDINATOR, "desk"), (Role.SECRETARY, "secretary"), (Role.PARTNER, "sas")],
)
def test_a_claim_tells_by_which_door_it_came(cpts, coordinator, gp, words, role, door):
    member = MembershipFactory(cpts=cpts, role=role)
    SasDesk.objects.create(cpts=cpts, membership=member, named_by=coordinator)
    slot = SlotFactory(professional=gp, channels=["members", "sas"])

    made = claims.claim(holds.hold(slot, by=member), words, by=member)

    assert made.door == door


def test_a_delegate_claims_for_her_principal_and_both_are_traced(cpts, slot, words):
    delegation = DelegationFactory(principal=GpFactory(cpts=cpts))
    by = ActingFor(delegate=delegation.delegate, principal=delegation.principal)

    made = claims.claim(holds.hold(slot, by=by), words, by=by)

    entry = AuditEntry.objects.get(verb="claim")
    assert (made.claimer, made.door) == (delegation.principal, "secretary")
    assert (entry.by_id, entry.behalf_id) == (
        delegation.delegate.user_id,
        delegation.principal.user_id,
    )


def test_a_claim_takes_the_slot_asks_about_the_day_and_writes_all_at_once(nurse, slot, words):
    kept = hold_to_claim(holds.hold(slot, by=nurse).pk, nurse.cpts_id, "fievre").hold
    kept.slot.cpts = nurse.cpts
    member = Membership.objects.with_standing().get(pk=nurse.pk)

    with CaptureQueriesContext(connection) as asked:
        claims.claim(kept, words, by=member)

    steps = [one["sql"].split()[0] for one in asked if "SAVEPOINT" not in one["sql"]]
    assert steps == ["UPDATE", "SELECT", "INSERT"]


def test_a_claim_sent_twice_is_one(nurse, slot, words):
    kept = holds.hold(slot, by=nurse)
    first = claims.claim(kept, words, by=nurse)

    again = claims.claim(kept, words, by=nurse)

    assert (again, Claim.objects.count()) == (first, 1)
    assert traces("claim") == [("claim", "booked")]


def test_a_claim_is_refused_once_the_hold_has_run_out(nurse, slot, words):
    kept = holds.hold(slot, by=nurse)
    past(kept)

    with pytest.raises(Gone, match="Le temps est écoulé"):
        claims.claim(kept, words, by=nurse)


def test_a_claim_is_refused_of_a_slot_withdrawn_or_begun_meanwhile(nurse, gp, words):
    withdrawn, begun = (
        SlotFactory(professional=gp, starts_at=timezone.now() + timedelta(hours=hours))
        for hours in (3, 4)
    )
    kept = [holds.hold(slot, by=nurse) for slot in (withdrawn, begun)]
    Slot.objects.filter(pk=withdrawn.pk).update(
        status=SlotStatus.WITHDRAWN, withdrawn_at=timezone.now(), withdraw_reason="absent"
    )
    move(begun, timedelta(hours=-5))

    for one in kept:
        with pytest.raises(Gone):
            claims.claim(one, words, by=nurse)
    assert not Claim.objects.exists()


def test_a_claim_is_refused_to_whoever_does_not_hold(nurse, coordinator, slot, words):
    kept = holds.hold(slot, by=nurse)

    with pytest.raises(NotPermitted):
        claims.claim(kept, words, by=coordinator)


def test_a_claim_is_refused_to_who_lapsed_meanwhile(nurse, slot, words):
    kept = holds.hold(slot, by=nurse)
    nurse.college = CollegeFactory(cpts=nurse.cpts, fee=30, grace_days=0)
    nurse.save()

    with pytest.raises(Refused, match="plus à jour"):
        claims.claim(kept, words, by=nurse)


def claimed(gp: Membership, at: datetime, words: PatientWords, by: Membership) -> Claim:
    slot = SlotFactory(professional=gp, starts_at=at)
    return claims.claim(holds.hold(slot, by=by), words, by=by)


def test_the_same_phone_the_same_day_is_to_be_confirmed(nurse, gp, midday, words):
    first = claimed(gp, midday, words, nurse)
    other = replace(words, reason=Reason.objects.get(pk="plaie"))
    kept = holds.hold(SlotFactory(professional=gp, starts_at=first.slot.ends_at), by=nurse)

    with pytest.raises(claims.SameDay, match="12\u00a0h\u00a000"):
        claims.claim(kept, other, by=nurse)
    made = claims.claim(kept, other, by=nurse, is_another=True)

    assert made.pk != first.pk


def test_the_very_same_is_refused_even_confirmed_unless_it_is_somebody_else(
    nurse, gp, midday, words
):
    first = claimed(gp, midday, words, nurse)
    kept = holds.hold(SlotFactory(professional=gp, starts_at=first.slot.ends_at), by=nurse)

    with pytest.raises(Refused, match="déjà ce rendez-vous") as refusal:
        claims.claim(kept, words, by=nurse, is_another=True)
    child = claims.claim(kept, replace(words, first_name="Léo"), by=nurse, is_another=True)

    assert not isinstance(refusal.value, claims.SameDay)
    assert child.contact.first_name == "Léo"


def test_another_day_another_phone_or_a_cancelled_claim_asks_nothing(nurse, gp, midday, words):
    cancelled = claimed(gp, midday, words, nurse)
    claims.cancel(cancelled, reason="patient", by=nurse)

    again = claimed(gp, midday + timedelta(hours=1), words, nurse)
    claimed(gp, midday + timedelta(days=1), words, nurse)
    claimed(gp, midday + timedelta(hours=2), replace(words, phone="+33639981235"), nurse)

    assert again.status == "booked"


def test_the_day_is_that_of_paris(nurse, gp, midday, words):
    """Half past midnight in Paris is still the day before in UTC."""
    night = midday + timedelta(hours=12, minutes=30)
    claimed(gp, midday, words, nurse)

    made = claimed(gp, night, words, nurse)

    assert made.slot.starts_at == night


def test_a_cancelled_claim_frees_its_slot_at_once(nurse, coordinator, slot, words):
    first = claims.claim(holds.hold(slot, by=nurse), words, by=nurse)

    claims.cancel(first, reason="patient", by=nurse)
    second = claims.claim(holds.hold(slot, by=coordinator), words, by=coordinator)

    assert (second.slot, first.pk != second.pk) == (slot, True)
    assert traces("claim") == [("claim", "booked"), ("cancel", "cancelled"), ("claim", "booked")]
    assert traces("slot") == [("free", "open")]


def test_a_claim_is_not_cancelled_once_its_hour_has_come(nurse, slot, words):
    made = claims.claim(holds.hold(slot, by=nurse), words, by=nurse)
    move(slot, timedelta(hours=-4))

    with pytest.raises(Refused, match="est passée"):
        claims.cancel(made, reason="patient", by=nurse)
    with pytest.raises(NotPermitted):
        claims.cancel(made, reason="patient", by=GpFactory(cpts=nurse.cpts))


def test_what_became_of_it_is_said_once_its_hour_has_come_and_corrected(gp, nurse, slot, words):
    made = claims.claim(holds.hold(slot, by=nurse), words, by=nurse)

    with pytest.raises(Refused, match="pas encore"):
        claims.note_outcome(made, verb="see", by=gp)
    move(slot, timedelta(hours=-4))
    claims.note_outcome(made, verb="miss", by=gp)
    claims.note_outcome(made, verb="see", by=gp)

    made.refresh_from_db()
    assert (made.status, made.outcome_at is not None) == ("seen", True)
    assert traces("claim")[1:] == [("miss", "no_show"), ("see", "seen")]


def test_a_claim_withdrawn_with_its_slot_frees_nothing(gp, nurse, slot, words):
    made = claims.claim(holds.hold(slot, by=nurse), words, by=nurse)

    with transaction.atomic():
        claims.withdraw_with_slot(made, by=gp)

    slot.refresh_from_db()
    made.refresh_from_db()
    assert (slot.status, made.status, made.cancel_reason) == ("claimed", "cancelled", "withdrawn")


# --- The page ------------------------------------------------------------------------------------
def test_hold_claim_books_and_shows_the_claim(client, nurse, slot):
    kept = holds.hold(slot, by=nurse)

    response = logged_in(client, nurse).post(at("hold_claim", hold=kept.pk), FORM)

    made = Claim.objects.get()
    assert (response.status_code, response["Location"]) == (302, at("claim_show", claim=made.pk))
    assert made.contact.phone == "+33639981234"


def test_hold_claim_twice_and_going_back_lead_to_the_same_claim(client, nurse, slot):
    kept = holds.hold(slot, by=nurse)
    logged_in(client, nurse)

    told = [client.post(at("hold_claim", hold=kept.pk), FORM)["Location"] for _ in range(2)]
    back = client.get(at("hold_show", hold=kept.pk))
    freed = client.post(at("hold_release", hold=kept.pk))

    claim = at("claim_show", claim=Claim.objects.get().pk)
    assert [*told, back["Location"], freed["Location"]] == [claim] * 4


def test_an_empty_form_says_what_is_missing_and_the_hold_stays(client, nurse, slot):
    kept = holds.hold(slot, by=nurse)

    response = logged_in(client, nurse).post(at("hold_claim", hold=kept.pk), {"phone": "12"})

    assert response.status_code == 422
    assert set(response.context["form"].errors) == {
        *("reason", "age_band", "own_gp", "mobility", "phone", "has_consented")
    }
    assert 'value="12"' in response.content.decode()
    assert list(holds.live_holds(nurse)) == [kept]


def test_an_email_is_enough_to_call_back_and_nothing_is_not(client, nurse, slot):
    kept = holds.hold(slot, by=nurse)
    logged_in(client, nurse)

    none = client.post(at("hold_claim", hold=kept.pk), FORM | {"phone": ""})
    one = client.post(
        at("hold_claim", hold=kept.pk), FORM | {"phone": "", "email": "odile@courriel.example"}
    )

    assert list(none.context["form"].errors) == ["phone"]
    assert one.status_code == 302


def test_reasons_are_those_of_the_profession(client, cpts, nurse):
    pharmacist = ProfessionFactory(code="pharmacien", label="Pharmacien", label_en="Pharmacist")
    slot = SlotFactory(professional=GpFactory(cpts=cpts, profession=pharmacist))
    kept = holds.hold(slot, by=nurse)
    logged_in(client, nurse)

    shown = client.get(at("hold_show", hold=kept.pk)).context["form"]
    wrong = client.post(at("hold_claim", hold=kept.pk), FORM)

    assert [code for code, _label in shown.fields["reason"].choices] == [
        *("", "gorge", "urinaire", "peau", "renouvellement", "autre")
    ]
    assert (wrong.status_code, list(wrong.context["form"].errors)) == (422, ["reason"])


def test_hold_claim_after_it_ran_out_is_409_with_all_that_was_typed(client, nurse, slot):
    kept = holds.hold(slot, by=nurse)
    past(kept)

    response = logged_in(client, nurse).post(at("hold_claim", hold=kept.pk), FORM)

    assert response.status_code == 409
    assert response.context["typed"] == FORM
    assert "Garder à nouveau" in response.content.decode()
    assert not Claim.objects.exists()


def test_hold_claim_of_a_slot_withdrawn_meanwhile_is_409(client, nurse, slot):
    kept = holds.hold(slot, by=nurse)
    Slot.objects.filter(pk=slot.pk).update(
        status=SlotStatus.WITHDRAWN, withdrawn_at=timezone.now(), withdraw_reason="absent"
    )

    response = logged_in(client, nurse).post(at("hold_claim", hold=kept.pk), FORM)

    assert response.status_code == 409
    assert "Ce créneau a été retiré" in response.content.decode()


def test_the_same_phone_that_day_is_422_with_a_box_to_confirm(client, nurse, gp, midday, words):
    first = claimed(gp, midday, replace(words, age_band="0-5"), nurse)
    kept = holds.hold(SlotFactory(professional=gp, starts_at=first.slot.ends_at), by=nurse)
    logged_in(client, nurse)

    asked = client.post(at("hold_claim", hold=kept.pk), FORM)
    done = client.post(at("hold_claim", hold=kept.pk), FORM | {"is_another": "on"})

    page = asked.content.decode()
    assert asked.status_code == 422
    assert "C’est un autre rendez-vous" in page
    assert "Ce numéro a déjà un rendez-vous ce jour-là" in page
    assert 'value="06 39 98 12 34"' in page
    assert done.status_code == 302


def test_the_very_same_is_409_with_what_was_typed(client, nurse, gp, midday, words):
    first = claimed(gp, midday, words, nurse)
    kept = holds.hold(SlotFactory(professional=gp, starts_at=first.slot.ends_at), by=nurse)

    response = logged_in(client, nurse).post(at("hold_claim", hold=kept.pk), FORM)

    page = response.content.decode()
    assert response.status_code == 409
    assert "Cette personne a déjà ce rendez-vous le même jour" in page
    assert 'value="06 39 98 12 34"' in page


def test_a_hold_of_another_cpts_is_not_claimed(client, nurse):
    elsewhere = CptsFactory()
    with open_scope(cpts=elsewhere):
        other = MembershipFactory(cpts=elsewhere, user=nurse.user, role=Role.COORDINATOR)
        kept = holds.hold(SlotFactory(professional=GpFactory(cpts=elsewhere)), by=other)

    response = logged_in(client, nurse).post(at("hold_claim", hold=kept.pk), FORM)

    assert response.status_code == 404


def test_a_secretary_claims_for_her_principal_on_the_page(client, cpts, slot):
    delegation = DelegationFactory(principal=GpFactory(cpts=cpts))
    by = ActingFor(delegate=delegation.delegate, principal=delegation.principal)
    kept = holds.hold(slot, by=by)
    logged_in(client, delegation.delegate)

    shown = client.get(at("hold_show", hold=kept.pk)).content.decode()
    client.post(at("hold_claim", hold=kept.pk), FORM)

    assert f"Vous agissez pour {delegation.principal.user}" in shown
    assert Claim.objects.get().claimer == delegation.principal


def test_no_answer_of_the_patient_is_in_an_address_or_in_the_log(client, nurse, slot, caplog):
    caplog.set_level("DEBUG")
    kept = holds.hold(slot, by=nurse)
    typed = FORM | {"first_name": "Odile", "email": "odile@courriel.example"}

    response = logged_in(client, nurse).post(at("hold_claim", hold=kept.pk), typed)

    told = response["Location"] + " ".join(
        record.getMessage() for record in caplog.records if record.name != "django.db.backends"
    )
    assert not [word for word in ("Odile", "39981234", "fievre", "odile@") if word in told]


def test_claims_made_by_factory_are_as_those_made_by_people(cpts, gp):
    made = ClaimFactory(slot__professional=gp)

    assert claims.cancel(made, reason="mistake", by=gp).status == "cancelled"
