"""Who is told of a seat: no message carries a name, nor a topic that is discreet.

A text message never says what the session is about; an e-mail does, unless the topic is discreet.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from cpts_portal.core import codes, outbox
from cpts_portal.core.models import Message
from members.models import Membership, Role
from prevention.models import (
    SEATED,
    Registration,
    RegistrationDraft,
    RegistrationStatus,
    Session,
    SessionStatus,
)
from prevention.queries import registrations as queries
from prevention.rules.line import told_at

FOLDER = "prevention/notifications"


def registration_url(registration: Registration) -> str:
    """Her private page; for a member, the page of the session inside."""
    if registration.membership_id is not None:
        session = registration.session
        return _absolute("member_register", session.cpts.slug, session.pk)
    return _absolute("registration_show", queries.token_of(registration))


def _absolute(name: str, *captures: Any) -> str:
    return f"{settings.PUBLIC_URL}{reverse(f'prevention:{name}', args=captures)}"


def facts_of(session: Session) -> dict[str, Any]:
    """When and where; `title` is empty for a discreet topic. A known place is told by its address:
    it often has a doctor's name.
    """
    is_discreet = session.campaign.topic.is_discreet
    return {
        "title": "" if is_discreet else str(session),
        "starts_at": session.starts_at,
        "place": "" if session.practice_id else session.place_name,
        "where": f"{session.address}, {session.commune}",
    }


def code_asked(draft: RegistrationDraft, code: str, *, channel: str, recipient: str) -> None:
    """At once: she waits for it."""
    outbox.post(
        channel=channel,
        recipient=recipient,
        purpose="prevention.registration_code",
        occurrence=f"{draft.pk}/{draft.codes_sent}",
        template=f"{FOLDER}/registration_code",
        context={"code": code, "minutes": codes.MINUTES},
        cpts=draft.session.cpts,
        subject=draft,
        language=draft.language,
    )


# --- What she has asked for herself: at once ----------------------------------------------------
def confirmed(registration: Registration, *, occurrence: str = "") -> None:
    """She has a seat; `occurrence` is another one for whoever asks for her link again."""
    _tell([registration], "registration_confirmed", timezone.now(), occurrence=occurrence)


def waiting(registration: Registration, *, rank: int, occurrence: str = "") -> None:
    now = timezone.now()
    _tell([registration], "registration_waiting", now, occurrence=occurrence, rank=rank)


# --- What the portal or the desk has done: at a polite hour, if in time -------------------------
def seat_offered(registration: Registration, due: datetime, *, occurrence: str = "") -> None:
    """She, at `due`, from which her delay runs; without a way to write, those who can call her."""
    deadline = registration.offer_until
    if not _tell([registration], "seat_offered", due, occurrence=occurrence, deadline=deadline):
        _to_callers(registration, due)


def _to_callers(registration: Registration, due: datetime) -> None:
    """The desk: she has a telephone that rings, and nothing else."""
    session = registration.session
    desk = Membership.objects.current().filter(role=Role.COORDINATOR).select_related("user")
    letters: list[outbox.Letter] = [
        {
            "channel": str(Message.Channel.EMAIL),
            "recipient": address,
            "purpose": "prevention.seat_to_call",
            "occurrence": occurrence_of(registration, session),
            "template": f"{FOLDER}/seat_to_call",
            "context": {
                "url": _absolute("registration_list", session.cpts.slug, session.pk),
                "deadline": registration.offer_until,
                **facts_of(session),
            },
            "subject": registration,
            "not_before": due,
        }
        for address in sorted({one.contact_email for one in desk} - {""})
    ]
    outbox.post_all(letters)


def offer_passed(registration: Registration) -> None:
    _tell([registration], "offer_passed", _due(registration.session))


def cancelled(registration: Registration) -> None:
    """The desk took her off; who left by herself knows."""
    _tell([registration], "registration_cancelled", _due(registration.session))


def session_moved(session: Session) -> None:
    """Everybody with a seat or in line, of the new hour and place; in the caller's transaction.

    Whoever is offered one is asked anew: what she was to read told of another hour.
    """
    told = (RegistrationStatus.WAITING, *SEATED)
    rows = queries.of_session(session).filter(status__in=told)
    _tell(rows, "session_moved", _due(session), session=session)
    for row in rows.filter(status=RegistrationStatus.OFFERED):
        seat_offered(row, _due(session))


def session_cancelled(session: Session, told: Iterable[Registration]) -> None:
    _tell(told, "session_cancelled", _due(session), session=session)


def _due(session: Session) -> datetime:
    return told_at(session.starts_at, timezone.now())


def _tell(
    rows: Iterable[Registration],
    event: str,
    due: datetime,
    *,
    session: Session | None = None,
    occurrence: str = "",
    **context: Any,
) -> bool:
    """By every way that each has, in one statement; False when there is none."""
    letters: list[outbox.Letter] = [
        {
            "channel": channel,
            "recipient": recipient,
            "purpose": f"prevention.{event}",
            "occurrence": occurrence or occurrence_of(row, session or row.session),
            "template": f"{FOLDER}/{event}",
            "context": {
                "url": registration_url(row),
                **facts_of(session or row.session),
                **context,
            },
            "subject": row,
            "language": queries.language_of(row),
            "not_before": due,
        }
        for row in rows
        for channel, recipient in queries.ways_of(row)
    ]
    outbox.post_all(letters)
    return bool(letters)


def occurrence_of(registration: Registration, session: Session) -> str:
    """News of a seat at one hour and place: once the session has moved, it would be another's."""
    return f"{registration.pk}/{session.sequence}"


# --- Asked again just before sending ------------------------------------------------------------
def _subject(message: Message) -> Registration | None:
    found = Registration.objects.select_related("session")
    return found.filter(pk=message.subject_id).first()


def _is_still(message: Message, *statuses: str) -> bool:
    """Where it says that she stands, at the hour that it says; said again, for the link's sake."""
    row = _subject(message)
    if row is None or row.status not in statuses or row.session.starts_at <= timezone.now():
        return False
    says = message.occurrence
    return says.endswith("/again") or says == occurrence_of(row, row.session)


@outbox.needed("prevention.registration_confirmed")
def _is_still_seated(message: Message) -> bool:
    return _is_still(message, RegistrationStatus.CONFIRMED)


@outbox.needed("prevention.registration_waiting")
def _is_still_in_line(message: Message) -> bool:
    return _is_still(message, RegistrationStatus.WAITING)


@outbox.needed("prevention.session_moved")
def _is_still_to_be_told(message: Message) -> bool:
    return _is_still(message, RegistrationStatus.WAITING, *SEATED)


@outbox.needed("prevention.seat_offered")
@outbox.needed("prevention.seat_to_call")
def _is_offer_live(message: Message) -> bool:
    """Hers to answer still, and for the hour that it tells; said again, for the link's sake."""
    row, says = _subject(message), message.occurrence
    if row is None or row.offer_until is None or row.offer_until <= timezone.now():
        return False
    return says.endswith("/again") or says == occurrence_of(row, row.session)


@outbox.needed("prevention.offer_passed")
@outbox.needed("prevention.registration_cancelled")
def _is_still_out(message: Message) -> bool:
    """Unless she has come back since, or it is over."""
    row = _subject(message)
    is_to_come = row is not None and row.session.starts_at > timezone.now()
    return is_to_come and row is not None and row.status in queries.ENDED


@outbox.needed("prevention.session_cancelled")
def _is_still_called_off(message: Message) -> bool:
    row = _subject(message)
    if row is None or row.session.status != SessionStatus.CANCELLED:
        return False
    return row.session.ends_at > timezone.now()
