"""Who is told of a claim: no message carries a reason, nor a name.

The name of a place, which is often that of a doctor, stays on the patient's page too; her link is
in what she gets when it is booked, and in the reminder. A cancellation carries none: the key is
kept hashed, and the first one still shows where she stands.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models.functions import Now
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cpts_portal.core import outbox
from cpts_portal.core.contacts import ways_to
from cpts_portal.core.models import Message
from members.models import Membership
from unscheduled_care.models import Claim, ClaimStatus, Kind, Slot
from unscheduled_care.rules import ClaimPatient

FOLDER = "unscheduled_care/notifications"
PARIS = ZoneInfo("Europe/Paris")
EVENING, MORNING = time(18), time(8)
AHEAD = timedelta(hours=2)
GAP = timedelta(hours=1)
"""A reminder sooner after the booking would only repeat it."""
TOO_LATE = timedelta(hours=3)
"""News of an appointment that polite hours would bring later than this before it leaves at once."""

ELSEWHERE: dict[str, Any] = {
    Kind.HOME: _("à votre domicile"),
    Kind.REMOTE: _("en téléconsultation"),
}


# --- When ---------------------------------------------------------------------------------------
def told_at(starts_at: datetime, now: datetime) -> datetime:
    """When to write to a patient: at once about today, else at a polite hour if it is in time."""
    polite = outbox.polite_time(now)
    is_today = _day(starts_at) == _day(now)
    return now if is_today or polite.astimezone(UTC) > starts_at - TOO_LATE else polite


def reminder_at(starts_at: datetime, claimed_at: datetime) -> datetime | None:
    """The evening before at 18 h in Paris, else two hours before; None so soon after the booking.

    An evening on which nobody may be written to, a Sunday's, gives way to the one before it. Two
    hours before is never earlier than 8 h, but for what was booked on the very day.
    """
    start, soonest = starts_at.astimezone(UTC), claimed_at.astimezone(UTC) + GAP
    eve = _last_evening(start)
    if eve > soonest:
        return eve
    due = start - AHEAD
    is_same_day = _day(claimed_at) == _day(starts_at)
    is_decent = is_same_day or due.astimezone(PARIS).time() >= MORNING
    return due if due > soonest and is_decent else None


def _last_evening(start: datetime) -> datetime:
    """18 h on the last polite day before; in UTC."""
    day = _day(start) - timedelta(days=1)
    while outbox.polite_time(noon := datetime.combine(day, time(12), PARIS)) != noon:
        day -= timedelta(days=1)
    return datetime.combine(day, EVENING, PARIS).astimezone(UTC)


def _day(moment: datetime) -> Any:
    return moment.astimezone(PARIS).date()


# --- To whom ------------------------------------------------------------------------------------
def appointment_url(token: str) -> str:
    return _absolute(reverse("unscheduled_care:appointment_show", args=[token]))


def claim_made(claim: Claim, token: str, *, by: Any) -> list[Message]:
    """The patient by SMS and e-mail, with her private link; the professional unless he claimed.

    For the action to insert with the claim.
    """
    now, starts_at = timezone.now(), claim.slot.starts_at
    url, ways = appointment_url(token), ways_to(claim.contact)
    letters = [
        _to_patient(claim, "appointment_booked", way, told_at(starts_at, now), url=url)
        for way in ways
    ]
    due = reminder_at(starts_at, now)
    if due and ways:
        letters.append(_to_patient(claim, "appointment_reminder", ways[0], due, url=url))
    letters += _to_members(claim, "slot_claimed", [claim.slot.professional], by=by)
    return outbox.rows_of(letters)


def claim_cancelled(claim: Claim, *, by: Any) -> None:
    """The patient, claimer and professional, but whoever has just cancelled."""
    is_by_patient = isinstance(by, ClaimPatient)
    letters = [] if is_by_patient else _all_ways(claim, "appointment_cancelled")
    members = [claim.slot.professional, claim.claimer]
    outbox.post_all([*letters, *_to_members(claim, "claim_cancelled", members, by=by)])


def slot_withdrawn(claim: Claim, *, by: Any) -> None:
    """The patient and the claimer: the professional cannot see her after all."""
    letters = _all_ways(claim, "appointment_withdrawn")
    outbox.post_all([*letters, *_to_members(claim, "claim_withdrawn", [claim.claimer], by=by)])


def gp_form_proposed(claim: Claim) -> bool:
    """The address of the public form, by one way, at once: she has just said yes.

    False when she cannot be written to.
    """
    ways = ways_to(claim.contact)
    url = _absolute(reverse("patients:filing_start"))
    now = timezone.now()
    letters = [_to_patient(claim, "gp_form_proposed", way, now, url=url) for way in ways[:1]]
    outbox.post_all(letters)
    return bool(letters)


def _all_ways(claim: Claim, event: str) -> list[outbox.Letter]:
    due = told_at(claim.slot.starts_at, timezone.now())
    return [_to_patient(claim, event, way, due) for way in ways_to(claim.contact)]


def _to_patient(
    claim: Claim, event: str, way: tuple[str, str], due: datetime, *, url: str = ""
) -> outbox.Letter:
    channel, recipient = way
    return {
        "channel": channel,
        "recipient": recipient,
        "purpose": f"unscheduled_care.{event}",
        "occurrence": _occurrence(claim),
        "template": f"{FOLDER}/{event}",
        "context": {"url": url, **_facts(claim.slot)},
        "cpts": claim.slot.cpts,
        "subject": claim,
        "language": claim.contact.language,
        "not_before": due,
    }


def _to_members(
    claim: Claim, event: str, members: Iterable[Membership], *, by: Any
) -> list[outbox.Letter]:
    """By e-mail, at once, each once; whoever did it himself knows."""
    slug = claim.slot.cpts.slug
    told = {one.contact_email for one in members if one.user_id != by.user_id}
    url = _absolute(reverse("unscheduled_care:claim_show", args=[slug, claim.pk]))
    return [
        {
            "channel": str(Message.Channel.EMAIL),
            "recipient": address,
            "purpose": f"unscheduled_care.{event}",
            "occurrence": _occurrence(claim),
            "template": f"{FOLDER}/{event}",
            "context": {"url": url, "starts_at": claim.slot.starts_at},
            "cpts": claim.slot.cpts,
            "subject": claim,
        }
        for address in sorted(told - {""})
    ]


def _facts(slot: Slot) -> dict[str, Any]:
    """When and where, in the words of the reader's language."""
    practice = slot.practice
    is_there = slot.kind == Kind.PRACTICE and practice is not None
    where = f"{practice.address}, {practice.commune.name}" if is_there and practice else None
    return {
        "starts_at": slot.starts_at,
        "where": where or ELSEWHERE[slot.kind],
        "place_phone": practice.phone if practice else "",
        "is_accessible": is_there and practice is not None and practice.is_wheelchair_accessible,
    }


def _absolute(path: str) -> str:
    return f"{settings.PUBLIC_URL}{path}"


# --- Asked again just before sending ------------------------------------------------------------
def _occurrence(claim: Claim) -> str:
    """News of a claim at one hour: moved, it would be another's."""
    return f"{claim.pk}/{claim.slot.starts_at.astimezone(UTC):%Y%m%dT%H%MZ}"


def _is_told_of(message: Message, status: str) -> bool:
    claims = Claim.objects.filter(status=status, slot__starts_at__gt=Now())
    claim = claims.select_related("slot").filter(pk=message.subject_id).first()
    return claim is not None and message.occurrence == _occurrence(claim)


@outbox.needed("unscheduled_care.appointment_booked")
@outbox.needed("unscheduled_care.appointment_reminder")
@outbox.needed("unscheduled_care.slot_claimed")
def _is_still_booked(message: Message) -> bool:
    return _is_told_of(message, ClaimStatus.BOOKED)


@outbox.needed("unscheduled_care.appointment_cancelled")
@outbox.needed("unscheduled_care.appointment_withdrawn")
@outbox.needed("unscheduled_care.claim_cancelled")
@outbox.needed("unscheduled_care.claim_withdrawn")
def _is_still_to_come(message: Message) -> bool:
    """What is cancelled stays so, but after the hour it would only confuse."""
    return _is_told_of(message, ClaimStatus.CANCELLED)
