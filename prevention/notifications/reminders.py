"""A reminder to one person, in the words of its plan as they and the session are now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from cpts_portal.core import outbox, prepared, sms
from cpts_portal.core.contacts import Contact
from cpts_portal.core.identifiers import can_get_sms, format_phone
from cpts_portal.core.models import Message
from cpts_portal.core.templatetags.portal import day, hour
from members.models import Cpts, Membership
from prevention.models import Audience, Delivery, PlanStatus, ReminderPlan, Session
from prevention.notifications.registrations import registration_url
from prevention.queries import recalls, registrations
from prevention.queries.sending import Unapproved
from prevention.rules.unsubscribing import WayOut, token_of, topic_seal
from prevention.rules.wording import SAMPLE, worded

FOLDER = "prevention/notifications"
PURPOSE = "prevention.reminder"
EMAIL, SMS = Message.Channel.EMAIL, Message.Channel.SMS


def absolute(name: str, *captures: Any) -> str:
    return f"{settings.PUBLIC_URL}{reverse(f'prevention:{name}', args=captures)}"


# --- Who reads it -------------------------------------------------------------------------------
@dataclass(frozen=True)
class Reader:
    """Where a delivery goes: her own way, e-mail first, among those for which the plan has words.

    `recipient` is empty when there is none.
    """

    channel: str
    recipient: str
    language: str
    link: str

    @property
    def recipient_hash(self) -> str:
        return outbox.recipient_hash(self.recipient)


def reader_of(delivery: Delivery) -> Reader:
    """Asks `queries.sending.with_readers`."""
    contact, member = _person_of(delivery)
    email = member.contact_email if member else contact.email if contact else ""
    phone = contact.phone if contact else ""
    channel, recipient = _way(delivery.plan, email, phone)
    return Reader(channel, recipient, contact.language if contact else "fr", _link(delivery))


def _person_of(delivery: Delivery) -> tuple[Contact | None, Membership | None]:
    if delivery.volunteer is not None:
        return None, delivery.volunteer.membership
    if delivery.recall_entry is not None:
        return getattr(delivery.recall_entry, "contact", None), None
    assert delivery.registration is not None
    contact = registrations.contact_of(delivery.registration)
    return contact, None if contact else delivery.registration.membership


def _way(plan: ReminderPlan, email: str, phone: str) -> tuple[str, str]:
    if email and plan.body:
        return EMAIL, email
    if phone and plan.sms and can_get_sms(phone) and outbox.can_send(SMS):
        return SMS, phone
    return "", ""


def _link(delivery: Delivery) -> str:
    """The page on which she answers, cancels, or says what she thought of it."""
    if delivery.volunteer is not None:
        return absolute("rota_list", delivery.cpts.slug)
    if delivery.recall_entry is not None:
        return absolute("recall_show", recalls.token_of(delivery.recall_entry))
    assert delivery.registration is not None
    if delivery.registration.membership_id is None and delivery.plan.audience == Audience.ATTENDED:
        token = registrations.token_of(delivery.registration)
        return absolute("registration_feedback", token)
    delivery.registration.session = delivery.session  # type: ignore[assignment]
    return registration_url(delivery.registration)


# --- What it says -------------------------------------------------------------------------------
def values_for(
    plan: ReminderPlan,
    session: Session | None,
    *,
    cpts: Cpts,
    language: str,
    link: str = "",
    starts_at: datetime | None = None,
) -> dict[str, str]:
    """What each variable stands for; a volunteer's hour is that of her shift (`starts_at`)."""
    with translation.override(language):
        values = {
            "titre": _title(plan, session),
            "lien": link,
            "telephone": format_phone(cpts.help_phone),
        }
        if session is None:
            return values
        moment = starts_at or session.starts_at
        return {
            **values,
            "date": day(moment),
            "heure": hour(moment),
            "lieu": "" if session.practice_id else session.place_name,
            "adresse": session.address,
            "commune": str(session.commune),
        }


def _title(plan: ReminderPlan, session: Session | None) -> str:
    """Never the subject of a discreet topic."""
    if plan.campaign.topic.is_discreet:
        return _("séance de prévention")
    return (session.title if session else "") or plan.campaign.title


def way_out(delivery: Delivery, reader: Reader) -> str:
    topic = delivery.plan.campaign.topic_id
    way = WayOut(delivery.cpts_id, reader.channel, reader.recipient_hash, topic_seal(topic))
    return absolute("unsubscribe", token_of(way))


class Scribe:
    """Writes the letters of one batch: what concerns a session is worded once a language."""

    def __init__(self) -> None:
        self._known: dict[tuple[Any, ...], dict[str, str]] = {}

    def letter(self, delivery: Delivery, reader: Reader) -> outbox.Letter:
        plan = delivery.plan
        values = {**self._values(delivery, reader.language), "lien": reader.link}
        url = way_out(delivery, reader) if reader.channel == EMAIL else ""
        text = plan.body if reader.channel == EMAIL else plan.sms
        return {
            "channel": reader.channel,
            "recipient": reader.recipient,
            "purpose": PURPOSE,
            "occurrence": str(delivery.pk),
            "template": f"{FOLDER}/reminder",
            "context": {
                "title": worded(plan.subject, values),
                "text": worded(text, values),
                "unsubscribe_url": url,
            },
            "cpts": delivery.cpts,
            "subject": delivery,
            "language": reader.language,
            "give_up_at": delivery.useful_until,
            "unsubscribe_url": url,
        }

    def _values(self, delivery: Delivery, language: str) -> dict[str, str]:
        starts_at = delivery.volunteer.shift.starts_at if delivery.volunteer else None
        key = (delivery.plan_id, delivery.session_id, starts_at, language)
        if key not in self._known:
            self._known[key] = values_for(
                delivery.plan,
                delivery.session,
                cpts=delivery.cpts,
                language=language,
                starts_at=starts_at,
            )
        return self._known[key]


# --- Asked again just before sending ------------------------------------------------------------
STILL_NEEDED = """
SELECT array_agg(delivery.message_id)
  FROM prevention_delivery delivery
  JOIN prevention_reminderplan plan ON plan.id = delivery.plan_id
  JOIN prevention_campaign campaign ON campaign.id = plan.campaign_id
  LEFT JOIN prevention_session session ON session.id = delivery.session_id
  LEFT JOIN prevention_registration registration ON registration.id = delivery.registration_id
  LEFT JOIN prevention_volunteer volunteer ON volunteer.id = delivery.volunteer_id
  LEFT JOIN prevention_recallentry entry ON entry.id = delivery.recall_entry_id
  LEFT JOIN prevention_recalllist list ON list.id = entry.recall_list_id
 WHERE delivery.id = ANY(%s::bigint[])
   AND plan.status = 'active'
   AND delivery.useful_until >= statement_timestamp()
   AND (session.id IS NULL
        OR session.status <> 'cancelled' AND session.sequence = delivery.sequence)
   AND (registration.id IS NULL
        OR registration.status IN ('confirmed', 'attended', 'absent')
           AND (plan.audience <> 'attended' OR registration.status = 'attended'))
   AND (volunteer.id IS NULL OR volunteer.status = 'booked')
   AND (entry.id IS NULL OR entry.status = 'pending' AND list.closed_at IS NULL)
   AND NOT EXISTS (
       SELECT 1 FROM prevention_optout refused
        WHERE refused.recipient_hash = delivery.recipient_hash
          AND refused.cpts_id = delivery.cpts_id AND refused.channel = delivery.channel
          AND refused.lifted_at IS NULL
          AND (refused.topic_id IS NULL OR refused.topic_id = campaign.topic_id))
"""


@outbox.needed_of_many(PURPOSE)
def _still_needed(messages: Sequence[Message]) -> set[UUID]:
    """Of those that no longer are, each has its own reason; PostgreSQL plans the question once."""
    found = prepared.one(STILL_NEEDED, [[int(one.subject_id) for one in messages]])
    return set(found[0] or ()) if found else set()


# --- To those who may approve -------------------------------------------------------------------
def approval_wanted(waiting: Unapproved, plan: ReminderPlan, readers: list[Membership]) -> None:
    """Once an occurrence: `readers` are the coordination and the bureau, but the author."""
    letters: list[outbox.Letter] = [
        {
            "channel": EMAIL.value,
            "recipient": address,
            "purpose": "prevention.reminder_to_approve",
            "occurrence": f"{waiting.plan_id}/{waiting.session_id or ''}/{waiting.list_id or ''}",
            "template": f"{FOLDER}/reminder_to_approve",
            "context": {
                "url": absolute("plan_preview", plan.cpts.slug, plan.pk),
                "people": waiting.people,
                "due_at": waiting.due_at,
            },
            "subject": plan,
        }
        for address in sorted({one.contact_email for one in readers} - {""})
    ]
    outbox.post_all(letters)


@outbox.needed("prevention.reminder_to_approve")
def _is_still_to_approve(message: Message) -> bool:
    waiting = ReminderPlan.objects.filter(approved_at=None, status=PlanStatus.ACTIVE)
    return waiting.filter(pk=message.subject_id).exists()


def tried_out(plan: ReminderPlan, session: Session | None, *, to: str) -> None:
    """At once, to whoever asked: the e-mail as the next session makes it, without a way out."""
    values = sample_values(plan, session, "fr")
    outbox.post(
        channel=EMAIL,
        recipient=to,
        purpose="prevention.reminder_test",
        occurrence=str(uuid4()),
        template=f"{FOLDER}/reminder",
        context={
            "title": worded(plan.subject, values),
            "text": worded(plan.body, values),
            "is_test": True,
        },
        cpts=plan.cpts,
        subject=plan,
    )


def sample_values(plan: ReminderPlan, session: Session | None, language: str) -> dict[str, str]:
    """Those of the next session, with a link as long as a true one that opens nothing."""
    link = absolute("registration_show", "0" * 32)
    values = values_for(plan, session, cpts=plan.cpts, language=language, link=link)
    return {**SAMPLE, **values}


@dataclass(frozen=True)
class Preview:
    """What one kind of reader gets: the e-mail, the text message and how many it makes."""

    language: str
    subject: str
    body: str
    sms: str
    segments: int


def preview_of(plan: ReminderPlan, session: Session | None, language: str) -> Preview:
    """As the next session makes it; without one, with words as long as they usually are."""
    values = sample_values(plan, session, language)
    text = sms.plain(worded(plan.sms, values))
    return Preview(
        language,
        worded(plan.subject, values),
        worded(plan.body, values),
        text,
        sms.segments(text) if text else 0,
    )
