"""Who is told of a claim, when, in which words, and what is asked again before it leaves."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core import mail
from django.utils import timezone

from cpts_portal.core import audit, outbox
from cpts_portal.core.models import Message
from cpts_portal.core.refusals import Refused
from cpts_portal.core.sms import segments
from cpts_portal.core.templatetags.portal import phone
from members.delegations import ActingFor
from members.models import Membership, Role
from tests.factories import DelegationFactory, GpFactory, MembershipFactory, PracticeFactory
from tests.unscheduled_care.makers import ClaimFactory, HoldFactory, SlotFactory, move
from unscheduled_care.actions import claims as actions
from unscheduled_care.actions.steps import PatientWords, token_hash
from unscheduled_care.models import AgeBand, Claim, ClaimContact, Kind, Reason, Slot
from unscheduled_care.notifications.claims import reminder_at, told_at
from unscheduled_care.rules import ClaimPatient

PARIS = ZoneInfo("Europe/Paris")
MOBILE, LANDLINE = "+33639980142", "+33353010042"
WEEK_AHEAD = timedelta(days=7)


def paris(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=PARIS)


def words(**given) -> PatientWords:
    return PatientWords(
        **{
            "reason": Reason.objects.order_by("position").first(),
            "age_band": AgeBand.values[0],
            "own_gp": "no",
            "mobility": "alone",
            "has_consented": True,
            "first_name": "Zéphirine",
            "phone": MOBILE,
            **given,
        }
    )


@pytest.fixture
def nurse(cpts):
    return MembershipFactory(cpts=cpts, role=Role.SECRETARY, email="nurse@sante.example")


@pytest.fixture
def slot(cpts) -> Slot:
    practice = PracticeFactory(
        cpts=cpts,
        name="Cabinet du docteur Marchand",
        phone="+33353010077",
        is_wheelchair_accessible=True,
        commune__name="Laventie",
    )
    starts_at = timezone.now() + WEEK_AHEAD
    professional = GpFactory(cpts=cpts, email="marchand@sante.example")
    return SlotFactory(professional=professional, practice=practice, starts_at=starts_at)


def claimed(slot: Slot, by, **given) -> Claim:
    hold = HoldFactory(slot=slot, holder=Membership.objects.get(pk=by.pk))
    return actions.claim(hold, words(**given), by=by)


def told() -> list[tuple[str, str, str]]:
    """Purpose without its app, channel and recipient of each message of the ledger, sorted."""
    return sorted(
        (message.purpose.partition(".")[2], message.channel, message.recipient)
        for message in Message.objects.all()
    )


# --- To whom ------------------------------------------------------------------------------------
def test_claim_tells_the_patient_by_both_ways_and_the_professional(slot, nurse):
    claimed(slot, nurse, email="zephirine@courriel.example")

    assert told() == [
        ("appointment_booked", "email", "zephirine@courriel.example"),
        ("appointment_booked", "sms", MOBILE),
        ("appointment_reminder", "sms", MOBILE),
        ("slot_claimed", "email", "marchand@sante.example"),
    ]


def test_claim_for_a_landline_alone_writes_to_the_professional_only(slot, nurse):
    claimed(slot, nurse, phone=LANDLINE)

    assert told() == [("slot_claimed", "email", "marchand@sante.example")]


def test_claim_without_a_provider_of_text_messages_writes_by_email(slot, nurse, settings):
    settings.SMS_BACKEND = ""

    claimed(slot, nurse, email="zephirine@courriel.example")

    assert [way for _event, way, _to in told()] == ["email", "email", "email"]


def test_professional_who_claims_his_own_slot_is_told_nothing(slot):
    claimed(slot, slot.professional, phone=LANDLINE)

    assert told() == []


def test_professional_is_told_of_what_his_secretary_claims_for_him(slot, nurse):
    DelegationFactory(principal=slot.professional, delegate=nurse)

    claimed(slot, ActingFor(delegate=nurse, principal=slot.professional), phone=LANDLINE)

    assert told() == [("slot_claimed", "email", "marchand@sante.example")]


def test_cancelling_tells_patient_and_professional_but_not_whoever_did_it(slot, nurse):
    made = claimed(slot, nurse)
    Message.objects.all().delete()

    actions.cancel(made, reason="patient", by=nurse)

    assert told() == [
        ("appointment_cancelled", "sms", MOBILE),
        ("claim_cancelled", "email", "marchand@sante.example"),
    ]


def test_cancelling_by_the_patient_tells_claimer_and_professional(slot, nurse):
    made = claimed(slot, nurse)
    Message.objects.all().delete()

    actions.cancel(made, reason="patient", by=ClaimPatient(claim_id=made.pk))

    assert told() == [
        ("claim_cancelled", "email", "marchand@sante.example"),
        ("claim_cancelled", "email", "nurse@sante.example"),
    ]


def test_slot_withdrawn_tells_patient_and_claimer(slot, nurse):
    made = claimed(slot, nurse)
    Message.objects.all().delete()

    actions.withdraw_with_slot(made, by=slot.professional)

    assert told() == [
        ("appointment_withdrawn", "sms", MOBILE),
        ("claim_withdrawn", "email", "nurse@sante.example"),
    ]


# --- In which words -----------------------------------------------------------------------------
def test_messages_tell_hour_and_address_and_neither_reason_nor_name(slot, nurse):
    made = claimed(slot, nurse, email="zephirine@courriel.example")
    actions.cancel(made, reason="mistake", by=audit.SYSTEM)

    said = "\n".join(f"{message.title} {message.body}" for message in Message.objects.all())

    secrets = (str(made.reason), "Zéphirine", "Marchand", str(slot.professional), MOBILE)
    assert [secret for secret in secrets if secret in said] == []
    hour = slot.starts_at.astimezone(PARIS)
    sms = Message.objects.get(purpose="unscheduled_care.appointment_booked", channel="sms").body
    assert f"{hour.hour}\u00a0h\u00a0{hour:%M}" in sms.replace(" h ", "\u00a0h\u00a0")
    assert "2 place du Marché, Laventie" in sms


def test_email_tells_access_and_phone_of_the_place(slot, nurse):
    claimed(slot, nurse, phone="", email="zephirine@courriel.example")

    body = Message.objects.get(purpose="unscheduled_care.appointment_booked").body

    assert "Accès en fauteuil roulant." in body
    assert phone("+33353010077") in body


@pytest.mark.parametrize(
    ("kind", "where"), [(Kind.HOME, "à votre domicile"), (Kind.REMOTE, "en téléconsultation")]
)
def test_message_elsewhere_than_at_a_practice_gives_no_address(slot, nurse, kind, where):
    radius = 20 if kind == Kind.HOME else None
    Slot.objects.filter(pk=slot.pk).update(kind=kind, radius_km=radius)
    slot.refresh_from_db()

    claimed(slot, nurse)

    body = Message.objects.get(purpose="unscheduled_care.appointment_booked").body
    assert where in body
    assert "place du Marché" not in body


def test_link_sent_opens_the_claim_it_is_for_and_is_kept_hashed(slot, nurse):
    made = claimed(slot, nurse)

    body = Message.objects.get(purpose="unscheduled_care.appointment_booked").body
    token = body.rpartition("/mon-rendez-vous/")[2].strip(" /")

    assert ClaimContact.objects.get(link_hash=token_hash(token)).claim_id == made.pk


def test_patient_is_written_to_in_her_language(slot, nurse):
    claimed(slot, nurse, language="en")

    assert Message.objects.get(purpose="unscheduled_care.appointment_booked").language == "en"


def test_claim_message_fits_two_text_messages(slot, nurse, settings):
    settings.PUBLIC_URL = "https://soins.cpts-artois-lys.example"

    claimed(slot, nurse)

    from_cpts = Message.objects.filter(channel="sms")
    assert [segments(message.body) <= 2 for message in from_cpts] == [True, True]


# --- When ---------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("starts_at", "now", "at"),
    [
        ("2026-11-24T14:20", "2026-11-23T10:00", "2026-11-23T10:00"),
        ("2026-11-24T14:20", "2026-11-23T20:00", "2026-11-24T09:00"),
        ("2026-11-24T09:30", "2026-11-23T20:00", "2026-11-23T20:00"),
        ("2026-11-23T23:30", "2026-11-23T21:00", "2026-11-23T21:00"),
        ("2026-11-23T14:20", "2026-11-22T11:00", "2026-11-23T09:00"),
        ("2026-11-23T10:00", "2026-11-22T11:00", "2026-11-22T11:00"),
    ],
)
def test_told_at_once_about_today_else_at_a_polite_hour_in_time(starts_at, now, at):
    assert told_at(paris(starts_at).astimezone(UTC), paris(now)) == paris(at)


@pytest.mark.parametrize(
    ("starts_at", "claimed_at", "at"),
    [
        ("2026-03-29T10:00", "2026-03-27T12:00", "2026-03-28T18:00"),
        ("2026-10-25T10:00", "2026-10-23T12:00", "2026-10-24T18:00"),
        ("2027-03-28T10:00", "2027-03-26T12:00", "2027-03-27T18:00"),
        ("2027-10-31T10:00", "2027-10-29T12:00", "2027-10-30T18:00"),
        ("2026-03-30T10:00", "2026-03-27T12:00", "2026-03-28T18:00"),
        ("2026-11-25T10:00", "2026-11-24T17:30", "2026-11-25T08:00"),
        ("2026-11-25T09:00", "2026-11-24T20:00", None),
        ("2026-11-25T14:20", "2026-11-25T09:00", "2026-11-25T12:20"),
        ("2026-11-25T12:00", "2026-11-25T09:00", None),
        ("2026-11-25T12:01", "2026-11-25T09:00", "2026-11-25T10:01"),
        ("2026-11-12T10:00", "2026-11-09T12:00", "2026-11-10T18:00"),
    ],
)
def test_reminder_is_the_last_polite_evening_or_two_hours_before(starts_at, claimed_at, at):
    due = reminder_at(paris(starts_at), paris(claimed_at))

    assert due == (paris(at) if at else None)


@pytest.mark.parametrize(
    ("starts_at", "claimed_at", "at"),
    [
        ("2026-03-29T03:00", "2026-03-28T23:10", "2026-03-29T01:00"),
        ("2026-03-29T02:30", "2026-03-28T23:10", "2026-03-29T00:30"),
        ("2026-10-25T02:30", "2026-10-24T22:10", "2026-10-25T00:30"),
        ("2027-03-28T02:30", "2027-03-27T23:10", "2027-03-28T00:30"),
        ("2027-10-31T02:30", "2027-10-30T22:10", "2027-10-31T00:30"),
    ],
)
def test_reminder_of_the_day_is_two_true_hours_before_when_clocks_change(starts_at, claimed_at, at):
    moments = [datetime.fromisoformat(text).replace(tzinfo=UTC) for text in (starts_at, claimed_at)]

    due = reminder_at(*(moment.astimezone(PARIS) for moment in moments))

    assert due == datetime.fromisoformat(at).replace(tzinfo=UTC)


def test_reminder_waits_in_the_ledger_from_the_hour_of_the_claim(slot, nurse):
    made = claimed(slot, nurse)

    waiting = Message.objects.get(purpose="unscheduled_care.appointment_reminder")

    assert waiting.not_before == reminder_at(slot.starts_at, made.contact.claim.slot.offered_at)
    assert waiting.status == Message.Status.WAITING


# --- Asked again before it leaves ----------------------------------------------------------------
def send_all() -> dict[str, str]:
    """Every message as if its hour had come; its state by purpose."""
    Message.objects.filter(status="waiting").update(not_before=timezone.now())
    outbox.deliver_due()
    return {message.purpose.partition(".")[2]: message.status for message in Message.objects.all()}


def test_messages_of_a_claim_that_stands_leave(slot, nurse, sms_outbox):
    claimed(slot, nurse)

    states = send_all()

    assert states == {
        "appointment_booked": "sent",
        "appointment_reminder": "sent",
        "slot_claimed": "sent",
    }
    assert [sent.to for sent in sms_outbox] == [MOBILE, MOBILE]
    assert [sent.to for sent in mail.outbox] == [["marchand@sante.example"]]


def test_messages_of_a_claim_cancelled_meanwhile_are_dropped(slot, nurse):
    made = claimed(slot, nurse)
    actions.cancel(made, reason="patient", by=nurse)

    states = send_all()

    assert states == {
        "appointment_booked": "dropped",
        "appointment_reminder": "dropped",
        "slot_claimed": "dropped",
        "appointment_cancelled": "sent",
        "claim_cancelled": "sent",
    }


def test_reminder_is_dropped_once_the_outcome_is_noted(slot, nurse):
    made = claimed(slot, nurse)
    Claim.objects.filter(pk=made.pk).update(status="seen", outcome_at=timezone.now())

    assert send_all()["appointment_reminder"] == "dropped"


def test_reminder_is_dropped_when_the_slot_is_at_another_hour(slot, nurse):
    claimed(slot, nurse)
    later = {name: getattr(slot, name) + timedelta(hours=1) for name in ("starts_at", "ends_at")}
    Slot.objects.filter(pk=slot.pk).update(**later)

    assert send_all()["appointment_reminder"] == "dropped"


def test_claim_whose_hour_has_come_is_not_cancelled_any_more(cpts, nurse):
    made = ClaimFactory(slot__professional__cpts=cpts)
    move(made.slot, timedelta(hours=-4))

    with pytest.raises(Refused, match="passée"):
        actions.cancel(made, reason="patient", by=ClaimPatient(claim_id=made.pk))
