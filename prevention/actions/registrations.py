"""A seat, or a rank in line: whoever moves one holds its session's row, first of all locks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid5

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from cpts_portal.core import audit
from cpts_portal.core.fields import keyed_hash
from cpts_portal.core.lifecycle import Transition
from cpts_portal.core.models import Commune
from cpts_portal.core.refusals import NotPermitted, Refused
from cpts_portal.core.territory import fold
from prevention import lifecycle
from prevention.actions.deliveries import reconcile
from prevention.models import (
    LIVE,
    SEATED,
    Registration,
    RegistrationContact,
    RegistrationQuerySet,
    RegistrationStatus,
    Session,
)
from prevention.notifications import registrations as notifications
from prevention.queries import registrations as queries
from prevention.queries.terms import terms_of
from prevention.rules.line import (
    answer_by,
    is_for_members,
    is_overdue,
    takes_registrations,
    told_at,
)
from prevention.rules.registrations import RegisteredPerson, is_its_person, may_register_member

Door = Registration.Door


@dataclass(frozen=True, kw_only=True)
class RegistrationWords:
    """Who comes, and how to reach her: E.164 phone or lower-case e-mail; the rest is optional."""

    first_name: str
    last_name: str
    phone: str = ""
    email: str = ""
    language: str = "fr"
    is_for_relative: bool = False
    heard_by: str = ""
    age_band: str = ""
    sex: str = ""
    commune: Commune | None = None

    @property
    def person_hash(self) -> str:
        """The same person at the same address, however she writes her name."""
        name = fold(f"{self.last_name} {self.first_name}")
        return keyed_hash(f"{self.phone or self.email}/{name}")

    def columns(self) -> dict[str, Any]:
        """What says nothing of who it is."""
        names = ("is_for_relative", "heard_by", "age_band", "sex", "commune")
        return {name: getattr(self, name) for name in names}

    def contact(self) -> dict[str, Any]:
        names = ("first_name", "last_name", "phone", "email", "language")
        hashed = keyed_hash(self.phone) if self.phone else ""
        return {**{name: getattr(self, name) for name in names}, "phone_hash": hashed}


# --- Coming in ----------------------------------------------------------------------------------
@transaction.atomic
def register(
    session: Session, words: RegistrationWords, *, by: Any, door: str, key: UUID
) -> Registration:
    """Give her a seat, or the next rank in line; she is told.

    `by` is None for herself. The same person, or the same `key`, gets what she has already, and
    her link again. Raises Refused when the session takes nobody any more, or is for members.
    """
    session = lock_session(session)
    if by is None and is_for_members(session):
        raise Refused(_("Cette séance est réservée aux professionnels."))
    found, key = _known(session, key=key, person_hash=words.person_hash)
    if found is not None:
        if found.key != key:
            _tell_standing(found, occurrence=f"{found.pk}/{key}/again")
        return found
    row = _come_in(session, door=door, key=key, person_hash=words.person_hash, **words.columns())
    row.contact = RegistrationContact.objects.create(
        cpts_id=row.cpts_id,
        registration=row,
        link_hash=keyed_hash(queries.token_of(row)),
        **words.contact(),
    )
    return _told(row, by=by or RegisteredPerson(row.pk))


@transaction.atomic
def register_member(session: Session, *, by: Any, key: UUID) -> Registration:
    """A member, or her delegate for her, comes to a session for professionals.

    Twice is once. Raises NotPermitted, then Refused when the session takes nobody any more.
    """
    session = lock_session(session)
    if not (may_register_member(by, session) and is_for_members(session)):
        raise NotPermitted(_("Cette séance n’est pas ouverte à votre rôle."))
    found, key = _known(session, key=key, membership_id=by.pk)
    if found is not None:
        return found
    return _told(_come_in(session, door=Door.MEMBER, key=key, membership_id=by.pk), by=by)


def _known(session: Session, *, key: UUID, **person: Any) -> tuple[Registration | None, UUID]:
    """The row of this form, else the live one of this person; under the session's lock.

    With the key of her own form: the one of a form that has served for somebody else, and came
    back by the browser's button with another name, is not hers.
    """
    hers, her_hash = Q(session=session, status__in=LIVE, **person), person.get("person_hash", "")
    rows = Registration.objects.filter(Q(key=key) | hers)
    known = {row: (pk, told) for row, pk, told in rows.values_list("key", "pk", "person_hash")}
    if key in known and known[key][1] not in ("", her_hash):
        del known[key]
        key = uuid5(key, her_hash)
    if not known:
        return None, key
    pk, _told = known.get(key) or known.popitem()[1]
    found: Registration = queries.registrations().get(pk=pk)
    return found, key


def _come_in(session: Session, **columns: Any) -> Registration:
    """Insert the row at the next number, once what time has freed is settled."""
    if not takes_registrations(session, timezone.now()):
        raise Refused(_("Les inscriptions à cette séance sont terminées."))
    _settle(session)
    row = Registration(cpts=session.cpts, session=session, **columns)
    if session.seats_left > 0 and not _line(session).exists():
        lifecycle.SEAT.apply(row, by=audit.SYSTEM)
        row.seated_at = timezone.now()
    session.last_number += 1
    session.save(update_fields=["last_number"])
    row.number = session.last_number
    row.save()
    return row


def _told(row: Registration, *, by: Any) -> Registration:
    audit.record(row, "register", by=by, target=row.status)
    _tell_standing(row)
    if row.status == RegistrationStatus.CONFIRMED:
        reconcile(sessions=[row.session_id])
    return row


def _tell_standing(row: Registration, occurrence: str = "") -> None:
    if row.status == RegistrationStatus.CONFIRMED:
        notifications.confirmed(row, occurrence=occurrence)
    elif row.status == RegistrationStatus.WAITING:
        rank = queries.ahead_of(row) + 1
        notifications.waiting(row, rank=rank, occurrence=occurrence)
    elif row.status == RegistrationStatus.OFFERED:
        notifications.seat_offered(row, timezone.now(), occurrence=occurrence)


# --- Leaving ------------------------------------------------------------------------------------
@transaction.atomic
def cancel(registration: Registration, *, by: Any) -> Registration:
    """Give the seat, or the rank, to the next; whoever comes back is at the end.

    Twice is once. Raises NotPermitted, then Refused once the session has begun.
    """
    session = lock_session(registration.session)
    row = _fresh(registration, session)
    if row.status in queries.ENDED and lifecycle.CANCEL.allows(by, row):
        return row
    if lifecycle.CANCEL.is_open(row, by=by) and session.starts_at <= timezone.now():
        raise Refused(_("La séance a commencé : l’inscription ne s’annule plus."))
    _end(row, lifecycle.CANCEL, by=by)
    if not is_its_person(by, row):
        notifications.cancelled(row)
    _settle(session)
    reconcile(sessions=[session.pk])
    return row


@transaction.atomic
def cancel_for_session(session: Session, *, by: Any) -> int:
    """The session is called off: everybody with a seat or in line is told; how many they are."""
    session = lock_session(session)
    rows = list(queries.of_session(session).filter(status__in=lifecycle.CANCEL.sources))
    for row in rows:
        row.session = session
        _end(row, lifecycle.CANCEL, by=by, reason="session")
    notifications.session_cancelled(session, rows)
    reconcile(sessions=[session.pk])
    return len(rows)


def _end(row: Registration, step: Transition, *, by: Any, reason: str = "") -> None:
    """`row.session` is the locked one: it counts its seats as PostgreSQL does."""
    source = step.apply(row, by=by)
    row.session.taken -= source in SEATED
    row.offer_until, row.ended_at = None, timezone.now()
    row.save(update_fields=["status", "offer_until", "ended_at"])
    audit.record(row, step.verb, by=by, source=source, target=row.status, reason=reason)


# --- The seat that is offered -------------------------------------------------------------------
def accept(registration: Registration, *, by: Any) -> Registration:
    """Take the seat offered; refused once its deadline has passed, and the next is asked.

    Raises NotPermitted, then Refused. Asked twice, it answers the same.
    """
    settle_line(registration.session)
    return _accept(registration, by=by)


@transaction.atomic
def _accept(registration: Registration, *, by: Any) -> Registration:
    session = lock_session(registration.session)
    row = _fresh(registration, session)
    is_hers = lifecycle.ACCEPT.allows(by, row)
    if is_hers and row.status == RegistrationStatus.CONFIRMED:
        return row
    if is_hers and (row.status == RegistrationStatus.LATE or is_overdue(row, timezone.now())):
        raise Refused(_("Le délai est passé : la place est proposée à la personne suivante."))
    source = lifecycle.ACCEPT.apply(row, by=by)
    row.offer_until, row.seated_at = None, timezone.now()
    row.save(update_fields=["status", "offer_until", "seated_at"])
    audit.record(row, "accept", by=by, source=source, target=row.status)
    notifications.confirmed(row)
    reconcile(sessions=[session.pk])
    return row


@transaction.atomic
def settle_line(session: Session) -> None:
    """Take back what was not answered in time, and offer each free seat to the first in line.

    True whenever it is called: a deadline is judged when read, no worker is needed for it.
    """
    session = lock_session(session)
    offers = Registration.objects.filter(session=session, offer_until__gt=session.starts_at)
    offers.update(offer_until=session.starts_at)
    _settle(session)


def _settle(session: Session) -> None:
    """Under the session's lock; `session.taken` is as it stands afterwards."""
    now = timezone.now()
    overdue = Registration.objects.filter(session=session).overdue_at(now)
    for late in _whole(session, overdue.order_by("number")):
        _end(late, lifecycle.RUN_LATE, by=audit.SYSTEM)
        notifications.offer_passed(late)
    if session.seats_left > 0 and takes_registrations(session, now):
        for row in _whole(session, _line(session)[: session.seats_left]):
            _offer(row, session)


def _whole(session: Session, rows: RegistrationQuerySet) -> list[Registration]:
    """These rows with all that messages say; most often there is none, which costs little."""
    keys = list(rows.values_list("pk", flat=True))
    found = list(queries.of_session(session).filter(pk__in=keys)) if keys else []
    for row in found:
        row.session = session
    return found


def _offer(row: Registration, session: Session) -> None:
    """Keep the seat for her until the deadline, which runs from when she is told."""
    due = told_at(session.starts_at, timezone.now())
    source = lifecycle.OFFER.apply(row, by=audit.SYSTEM)
    session.taken += 1
    row.offer_until = answer_by(terms_of(session.cpts), session.starts_at, due)
    row.save(update_fields=["status", "offer_until"])
    audit.record(row, "offer", by=audit.SYSTEM, source=source, target=row.status)
    notifications.seat_offered(row, due)


# --- Locks --------------------------------------------------------------------------------------
def lock_session(session: Session) -> Session:
    """The row as it is now; whoever gives or frees a seat waits here, and nowhere else."""
    rows = Session.objects.select_for_update(of=("self",), no_key=True)
    locked: Session = rows.select_related("cpts", "campaign__topic", "commune").get(pk=session.pk)
    return locked


def _line(session: Session) -> RegistrationQuerySet:
    rows: RegistrationQuerySet = Registration.objects.filter(session=session)
    return rows.in_line()


def _fresh(registration: Registration, session: Session) -> Registration:
    """Her row as it is now, under the session's lock."""
    row: Registration = queries.registrations().get(pk=registration.pk)
    row.session = session
    return row
