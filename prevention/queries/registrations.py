"""Who has a seat, who is in line and at which rank; the private link of each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from cpts_portal.core import icalendar
from cpts_portal.core.contacts import ways_to
from cpts_portal.core.fields import keyed_hash
from cpts_portal.core.models import Message
from cpts_portal.core.scoping import scopes_disabled
from prevention import lifecycle
from prevention.models import (
    Registration,
    RegistrationContact,
    RegistrationQuerySet,
    RegistrationStatus,
    Session,
    SessionStatus,
)
from prevention.queries.sessions import told_title
from prevention.rules.line import is_overdue, takes_registrations

ENDED = (RegistrationStatus.CANCELLED, RegistrationStatus.LATE)


def registrations() -> RegistrationQuerySet:
    rows: RegistrationQuerySet = Registration.objects.select_related(
        "cpts",
        "contact",
        "commune",
        "membership__user",
        "session__cpts",
        "session__commune",
        "session__campaign__topic",
    )
    return rows


def of_session(session: Session) -> RegistrationQuerySet:
    """In the order of arrival."""
    return registrations().filter(session=session).order_by("number")


# --- The line -------------------------------------------------------------------------------
def ahead_of(registration: Registration) -> int:
    """How many wait for the same session since longer."""
    line = Registration.objects.filter(session=registration.session_id).in_line()
    return line.filter(number__lt=registration.number).count()


def waiting_in(session: Session) -> int:
    """How many are in line."""
    return Registration.objects.filter(session=session).in_line().count()


def to_move() -> QuerySet[Session]:
    """Sessions with a seat to take back, or one to offer to whoever waits."""
    now = timezone.now()
    here = Registration.objects.filter(session=OuterRef("pk"))
    can_offer = Q(Exists(here.in_line()), taken__lt=F("capacity"), starts_at__gt=now)
    return Session.objects.filter(
        Q(Exists(here.overdue_at(now))) | can_offer, status=SessionStatus.PLANNED
    )


# --- How to reach her ---------------------------------------------------------------------------
def contact_of(registration: Registration) -> RegistrationContact | None:
    """None for a member, who is known by her membership."""
    found: RegistrationContact | None = getattr(registration, "contact", None)
    return found


def ways_of(registration: Registration) -> list[tuple[str, str]]:
    """Channel and recipient; none for a landline alone, nor once it is erased."""
    contact = contact_of(registration)
    if contact is not None:
        return ways_to(contact)
    member = registration.membership
    address = member.contact_email if member else ""
    return [(str(Message.Channel.EMAIL), address)] if address else []


def language_of(registration: Registration) -> str:
    contact = contact_of(registration)
    return contact.language if contact is not None else "fr"


# --- Her private link -------------------------------------------------------------------------
def token_of(registration: Registration) -> str:
    """128 bits that open her page, drawn from the form's own key: kept nowhere."""
    return keyed_hash(f"registration/{registration.key}")[:32]


def contact_of_token(token: str) -> RegistrationContact | None:
    """Whatever its CPTS and its state, until it is erased: the token is the right."""
    with scopes_disabled():
        found = RegistrationContact.objects.filter(link_hash=keyed_hash(token))
        return found.select_related("cpts").first()


def registration_of(contact: RegistrationContact) -> Registration:
    """With all that her page shows; its session is the one read."""
    return registrations().get(pk=contact.registration_id)


def of_member(session: Session, membership_id: int) -> Registration | None:
    """Where a member stands: her live registration, else the last that ended."""
    mine = registrations().filter(session=session, membership=membership_id)
    return mine.order_by("-number").first()


@dataclass(frozen=True)
class Standing:
    """Where somebody stands now, by the clock: `state` is what her page says."""

    registration: Registration
    state: str
    ahead: int

    @property
    def rank(self) -> int:
        return self.ahead + 1

    @property
    def can_leave(self) -> bool:
        """Hers to give back: until the session begins."""
        is_hers = self.state in lifecycle.CANCEL.sources
        return is_hers and self.registration.session.starts_at > timezone.now()


def standing_of(registration: Registration) -> Standing:
    """A seat offered and not taken in time is late, written down or not; past, it is over."""
    state = _state_of(registration, timezone.now())
    ahead = ahead_of(registration) if state == RegistrationStatus.WAITING else 0
    return Standing(registration, state, ahead)


def _state_of(registration: Registration, now: datetime) -> str:
    session, status = registration.session, registration.status
    if session.status == SessionStatus.CANCELLED:
        return "session_cancelled"
    if status == RegistrationStatus.WAITING and session.starts_at <= now:
        return "over"
    if status == RegistrationStatus.CONFIRMED and session.ends_at <= now:
        return "past"
    return RegistrationStatus.LATE.value if is_overdue(registration, now) else status


# --- Calendar file ------------------------------------------------------------------------------
def calendar_of(registration: Registration) -> bytes:
    """A calendar file that keeps itself up to date; once cancelled, it takes the event away."""
    return icalendar.calendar([_event(registration)])


def _event(registration: Registration) -> icalendar.Event:
    """No name, no key, no discreet topic: calendars are shared, and read by others."""
    session = registration.session
    is_cancelled = registration.status in ENDED or session.status == SessionStatus.CANCELLED
    return icalendar.Event(
        uid=f"inscription-{registration.pk}@{session.cpts.slug}.portail-cpts",
        summary=told_title(session),
        starts_at=session.starts_at,
        ends_at=session.ends_at,
        stamped_at=timezone.now(),
        organizer=session.cpts.email,
        organizer_name=session.cpts.name,
        sequence=session.sequence + is_cancelled,
        location=f"{session.place_name}, {session.address}, {session.commune}",
        description=_("Une question : %(name)s") % {"name": session.cpts.name},
        is_cancelled=is_cancelled,
    )


# --- The list at the desk -------------------------------------------------------------------
def lines_of(rows: list[Registration]) -> list[Standing]:
    """Each with its rank in line; no query, whatever their number."""
    now, ahead, lines = timezone.now(), 0, []
    for row in rows:
        state = RegistrationStatus.LATE.value if is_overdue(row, now) else row.status
        lines.append(Standing(row, state, ahead))
        ahead += row.status == RegistrationStatus.WAITING
    return lines


def is_open(session: Session) -> bool:
    return takes_registrations(session, timezone.now())


# --- The hub of a session -----------------------------------------------------------------------
def panel_of(session: Session) -> dict[str, Any]:
    """Numbers only: names are on a page of their own, whose every opening is logged."""
    rows = Registration.objects.filter(session=session)
    counted = dict(rows.order_by().values_list("status").annotate(n=Count("pk")))
    counts = {status.value: counted.get(status.value, 0) for status in RegistrationStatus}
    return {
        "registration_counts": counts,
        "registrations_ended": counts["cancelled"] + counts["late"],
        "registrations_open": is_open(session),
    }
