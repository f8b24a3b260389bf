"""Who is told of the line: no message says what she waits for, nor who she is."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from cpts_portal.core import outbox
from cpts_portal.core.contacts import ways_to
from cpts_portal.core.models import Message
from members.models import Membership, Role
from unscheduled_care.models import Kind, Slot, WaitingEntry, WaitingOffer, WaitingStatus
from unscheduled_care.notifications.claims import ELSEWHERE
from unscheduled_care.queries.waiting import live_offers, token_of

FOLDER = "unscheduled_care/notifications"


def waiting_url(entry: WaitingEntry) -> str:
    path = reverse("unscheduled_care:waiting_show", args=[token_of(entry)])
    return f"{settings.PUBLIC_URL}{path}"


def _to_patient(
    entry: WaitingEntry,
    event: str,
    occurrence: str,
    due: datetime,
    *,
    subject: Any,
    **context: Any,
) -> bool:
    """By every way that she has; False when there is none."""
    letters: list[outbox.Letter] = [
        {
            "channel": channel,
            "recipient": recipient,
            "purpose": f"unscheduled_care.{event}",
            "occurrence": occurrence,
            "template": f"{FOLDER}/{event}",
            "context": {"url": waiting_url(entry), **context},
            "subject": subject,
            "language": entry.contact.language,
            "not_before": due,
        }
        for channel, recipient in ways_to(entry.contact)
    ]
    outbox.post_all(letters)
    return bool(letters)


def joined(entry: WaitingEntry) -> None:
    """At once: she has just been told that it would come."""
    _to_patient(entry, "waiting_joined", str(entry.pk), timezone.now(), subject=entry)


def slot_offered(offer: WaitingOffer, entry: WaitingEntry) -> None:
    """She, at once, since the deadline runs; without a way to write, those who can call her."""
    slot: Slot = offer.hold.slot
    is_told = _to_patient(
        entry,
        "waiting_offered",
        str(offer.pk),
        timezone.now(),
        subject=offer,
        starts_at=slot.starts_at,
        where=_where(slot),
        deadline=offer.hold.expires_at,
    )
    if not is_told:
        _to_callers(offer, entry)


def _to_callers(offer: WaitingOffer, entry: WaitingEntry) -> None:
    """Whoever put her in line and the desk: she has a telephone that rings, and nothing else."""
    desk = Membership.objects.current().filter(role=Role.COORDINATOR).select_related("user")
    callers = {one.contact_email for one in (entry.added_by, *desk)} - {""}
    path = reverse("unscheduled_care:waiting_list", args=[entry.cpts.slug])
    letters: list[outbox.Letter] = [
        {
            "channel": Message.Channel.EMAIL.value,
            "recipient": address,
            "purpose": "unscheduled_care.waiting_to_call",
            "occurrence": str(offer.pk),
            "template": f"{FOLDER}/waiting_to_call",
            "context": {
                "url": f"{settings.PUBLIC_URL}{path}",
                "deadline": offer.hold.expires_at,
            },
            "subject": offer,
        }
        for address in sorted(callers)
    ]
    outbox.post_all(letters)


def ended(entry: WaitingEntry) -> None:
    """Her time has passed, or the desk took her off; at a polite hour."""
    due = outbox.polite_time(timezone.now())
    _to_patient(entry, "waiting_ended", str(entry.pk), due, subject=entry)


def _where(slot: Slot) -> Any:
    """The address alone, since a place often has a doctor's name; in the reader's language."""
    practice = slot.practice
    if slot.kind == Kind.PRACTICE and practice is not None:
        return f"{practice.address}, {practice.commune}"
    return ELSEWHERE[slot.kind]


# --- Asked again just before sending ------------------------------------------------------------
@outbox.needed("unscheduled_care.waiting_joined")
def _is_still_waiting(message: Message) -> bool:
    found = WaitingEntry.objects.filter(status=WaitingStatus.WAITING)
    return found.filter(pk=message.subject_id).exists()


@outbox.needed("unscheduled_care.waiting_offered")
def _is_offer_live(message: Message) -> bool:
    return live_offers().filter(pk=message.subject_id).exists()


@outbox.needed("unscheduled_care.waiting_to_call")
def _is_call_due(message: Message) -> bool:
    return _is_offer_live(message)
