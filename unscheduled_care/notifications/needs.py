"""Who is told of a need: no message says why care is needed, nor for whom."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone

from cpts_portal.core import outbox
from cpts_portal.core.models import Message
from members.models import Membership, Role
from patients.notifications import way_of
from unscheduled_care.models import CareNeed, Kind, NeedContact, NeedStatus, Wave
from unscheduled_care.queries.needs import TOLD

FOLDER = "unscheduled_care/notifications"


def _tell(member: Membership, need: CareNeed, event: str, wave: str = "") -> None:
    """By e-mail, at once, and once per person, need and wave: these are working messages."""
    if not member.contact_email:
        return
    path = reverse("unscheduled_care:need_show", args=[need.cpts.slug, need.pk])
    outbox.post(
        channel=Message.Channel.EMAIL,
        recipient=member.contact_email,
        purpose=f"unscheduled_care.{event}",
        occurrence=f"{need.pk}/{member.pk}/{wave}",
        template=f"{FOLDER}/{event}",
        context={"url": f"{settings.PUBLIC_URL}{path}"},
        subject=need,
    )


# --- To professionals -----------------------------------------------------------------------
def need_posted(need: CareNeed, member: Membership, wave: Wave) -> None:
    """Somebody whom the need has just reached, by `wave`."""
    _tell(member, need, "need_posted", wave)


def need_gone(need: CareNeed, members: models.QuerySet[Membership]) -> None:
    """Those who were told of it, taken or withdrawn since."""
    for member in members.select_related("user"):
        _tell(member, need, "need_gone")


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
    _tell(need.asker, need, "need_answered")


def asker_unanswered(need: CareNeed) -> None:
    """Its time has passed without anybody."""
    _tell(need.asker, need, "need_ended")


def desk_alerted(need: CareNeed) -> None:
    """Each coordinator: nobody has answered."""
    desk = Membership.objects.current().filter(role=Role.COORDINATOR).select_related("user")
    for coordinator in desk:
        _tell(coordinator, need, "need_unanswered")


@outbox.needed("unscheduled_care.need_unanswered")
def _is_still_unanswered(message: Message) -> bool:
    return _is_still_open(message)


# --- To the patient ---------------------------------------------------------------------------
def patient_answered(need: CareNeed) -> None:
    """Where, and when if it is known; at once, since she waits for it."""
    contact: NeedContact = need.contact
    way = way_of(contact.email) or way_of(contact.phone)
    if way is None:
        return
    channel, recipient = way
    outbox.post(
        channel=channel,
        recipient=recipient,
        purpose="unscheduled_care.need_taken",
        occurrence=str(need.pk),
        template=f"{FOLDER}/need_taken",
        context=_place_of(need),
        subject=need,
        language=contact.language,
    )


def _place_of(need: CareNeed) -> dict[str, Any]:
    """The taker's main place when she goes there, its number otherwise."""
    taken_by: Any = need.taken_by
    main = taken_by.places.filter(is_main=True).select_related("practice__commune").first()
    return {
        "visit_at": need.visit_at,
        "practice": main.practice if main else None,
        "goes_there": need.kind == Kind.PRACTICE,
        "is_at_home": need.kind == Kind.HOME,
    }


@outbox.needed("unscheduled_care.need_taken")
def _is_still_taken(message: Message) -> bool:
    return CareNeed.objects.filter(pk=message.subject_id, status=NeedStatus.TAKEN).exists()
