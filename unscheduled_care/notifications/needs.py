"""Who is told of a need: no message says why care is needed, nor for whom."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from cpts_portal.core import outbox
from cpts_portal.core.contacts import ways_to
from cpts_portal.core.models import Message
from members.models import Membership, Role
from unscheduled_care.models import CareNeed, Kind, NeedStatus, Wave
from unscheduled_care.queries.needs import TOLD

FOLDER = "unscheduled_care/notifications"


def _letter(member: Membership, need: CareNeed, event: str, wave: str = "") -> outbox.Letter:
    """By e-mail, at once, and once per person, need and wave: these are working messages."""
    path = reverse("unscheduled_care:need_show", args=[need.cpts.slug, need.pk])
    return {
        "channel": Message.Channel.EMAIL.value,
        "recipient": member.contact_email,
        "purpose": f"unscheduled_care.{event}",
        "occurrence": f"{need.pk}/{member.pk}/{wave}",
        "template": f"{FOLDER}/{event}",
        "context": {"url": f"{settings.PUBLIC_URL}{path}"},
        "subject": need,
    }


def _tell_all(members: Iterable[Membership], need: CareNeed, event: str) -> None:
    outbox.post_all(_letter(one, need, event) for one in members if one.contact_email)


# --- To professionals -----------------------------------------------------------------------
def need_posted(need: CareNeed, reached: Iterable[tuple[Membership, Wave]]) -> None:
    """Those whom the need has reached, each by the wave that came to him."""
    outbox.post_all(
        _letter(member, need, "need_posted", wave)
        for member, wave in reached
        if member.contact_email
    )


def need_gone(need: CareNeed, members: Iterable[Membership]) -> None:
    """Those who were told of it, taken or withdrawn since."""
    _tell_all(members, need, "need_gone")


@outbox.needed(TOLD)
def _is_still_open(message: Message) -> bool:
    found = CareNeed.objects.open_at(timezone.now())
    return found.filter(pk=message.subject_id).exists()


@outbox.needed("unscheduled_care.need_gone")
def _has_been_told(message: Message) -> bool:
    """Only those whom the first message has left for."""
    left = (Message.Status.SENT, Message.Status.SENDING)
    told = Message.objects.filter(
        purpose=TOLD,
        subject_kind=message.subject_kind,
        subject_id=message.subject_id,
        recipient_hash=message.recipient_hash,
        status__in=left,
    )
    return told.exists()


# --- To whoever asked, and to the desk --------------------------------------------------------
def asker_answered(need: CareNeed) -> None:
    _tell_all([need.asker], need, "need_answered")


def asker_unanswered(need: CareNeed) -> None:
    """Its time has passed without anybody."""
    _tell_all([need.asker], need, "need_ended")


def desk_alerted(need: CareNeed) -> None:
    """Each coordinator: nobody has answered."""
    desk = Membership.objects.current().filter(role=Role.COORDINATOR).select_related("user")
    _tell_all(desk, need, "need_unanswered")


@outbox.needed("unscheduled_care.need_unanswered")
def _is_still_unanswered(message: Message) -> bool:
    return _is_still_open(message)


# --- To the patient ---------------------------------------------------------------------------
def patient_answered(need: CareNeed) -> None:
    """Where, and when if it is known; at once, since she waits for it.

    The name of a place, which is often that of a doctor, is left out.
    """
    context = _where(need)
    outbox.post_all(
        {
            "channel": channel,
            "recipient": recipient,
            "purpose": "unscheduled_care.need_taken",
            "occurrence": str(need.pk),
            "template": f"{FOLDER}/need_taken",
            "context": context,
            "subject": need,
            "language": need.contact.language,
        }
        for channel, recipient in ways_to(need.contact)
    )


def _where(need: CareNeed) -> dict[str, Any]:
    """The address of the taker's main place when she goes there, and its number in any case."""
    taken_by: Any = need.taken_by
    main = taken_by.places.filter(is_main=True).select_related("practice__commune").first()
    practice: Any = main.practice if main else None
    goes_there = need.kind == Kind.PRACTICE and practice is not None
    return {
        "visit_at": need.visit_at,
        "where": f"{practice.address}, {practice.commune}" if goes_there else "",
        "place_phone": practice.phone if practice else "",
        "is_at_home": need.kind == Kind.HOME,
    }


@outbox.needed("unscheduled_care.need_taken")
def _is_still_taken(message: Message) -> bool:
    return CareNeed.objects.filter(pk=message.subject_id, status=NeedStatus.TAKEN).exists()
