"""At the door: who came, who did not, who came in besides, how many without a name."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid5

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from cpts_portal.core import audit
from cpts_portal.core.fields import keyed_hash
from cpts_portal.core.lifecycle import Transition
from cpts_portal.core.models import Commune
from cpts_portal.core.refusals import NotPermitted, Refused
from prevention.actions.registrations import RegistrationWords
from prevention.lifecycle import ATTEND, CANCEL, MISS, UNNOTE
from prevention.models import (
    LIVE,
    HeadCount,
    Registration,
    RegistrationContact,
    RegistrationStatus,
    Session,
    SessionStatus,
)
from prevention.queries.door import registrations
from prevention.queries.registrations import token_of
from prevention.queries.sessions import door_keepers
from prevention.rules.door import has_begun_at_door, may_open_door

NOTED = (RegistrationStatus.ATTENDED, RegistrationStatus.ABSENT)
IN_LINE = (RegistrationStatus.WAITING, RegistrationStatus.OFFERED)


def ask_door(session: Session, *, by: Any) -> None:
    """Raise NotPermitted for whoever does not keep this door now."""
    door_keepers(session)
    if not may_open_door(by, session, timezone.now()):
        raise NotPermitted(
            _(
                "La liste est ouverte à la coordination et, de deux heures avant la séance à douze"
                " heures après, aux bénévoles de la séance."
            )
        )


def lock_door(session: Session, *, by: Any) -> Session:
    """The session's row, locked, once people may be noted; raises NotPermitted, then Refused."""
    locked: Session = Session.objects.select_for_update(of=("self",), no_key=True).get(
        pk=session.pk
    )
    ask_door(locked, by=by)
    if locked.status == SessionStatus.CANCELLED:
        raise Refused(_("Cette séance a été annulée."))
    if not has_begun_at_door(locked, timezone.now()):
        raise Refused(_("Le pointage ouvre deux heures avant le début de la séance."))
    return locked


# --- By name ----------------------------------------------------------------------------------
@transaction.atomic
def note(registration: Registration, step: Transition, *, by: Any) -> Registration:
    """Note somebody present or absent, or take it back; the second tap changes nothing.

    Whoever is absent leaves her seat: noted present later, she needs one that is free. Raises
    NotPermitted, then Refused.
    """
    session = lock_door(registration.session, by=by)
    noted: Registration = (
        registrations().select_for_update(of=("self",), no_key=True).get(pk=registration.pk)
    )
    noted.session = session
    if noted.status == step.target:
        return noted
    source = step.apply(noted, by=by)
    _ask_seat(noted, source)
    if noted.has_answered:
        raise Refused(_("Cette personne a donné son avis sur la séance : elle est donc venue."))
    noted.noted_at = timezone.now() if noted.status in NOTED else None
    noted.save(update_fields=["status", "noted_at"])
    audit.record(noted, step.verb, by=by, source=source, target=noted.status)
    return noted


def _ask_seat(registration: Registration, source: str) -> None:
    """Under the session's lock, so that two taps never give one seat twice."""
    if source == RegistrationStatus.ABSENT and registration.session.seats_left < 1:
        raise Refused(_("Sa place a été donnée depuis : la salle est pleine."))


STEPS = {"present": ATTEND, "absent": MISS, "blank": UNNOTE}


# --- Who had not registered -----------------------------------------------------------------
@transaction.atomic
def walk_in(session: Session, words: RegistrationWords, *, by: Any, key: UUID) -> Registration:
    """Let somebody in who has a seat already, or takes one that is free; nobody is written to.

    Nothing about her need be known. The same `key`, or the same person, is let in once. Those in
    line are not there: they are not overtaken. Whoever comes herself leaves the line for a seat.
    Raises NotPermitted, then Refused.
    """
    locked = lock_door(session, by=by)
    key = _own_key(key, words)
    known = _known(locked, words, key)
    if known is not None and known.status not in IN_LINE:
        return note(known, ATTEND, by=by)
    if known is not None:
        _leave_line(known, locked, by=by)
    if locked.seats_left < 1:
        raise Refused(
            _("La salle est pleine : notez d’abord les personnes absentes, leur place se libère.")
        )
    return _let_in(locked, words, by=by, key=key)


def _own_key(key: UUID, words: RegistrationWords) -> UUID:
    """Another one for a form that came back, by the browser's button, with another name."""
    contact = RegistrationContact.objects.filter(registration__key=key).first()
    told = (words.last_name, words.first_name, words.phone)
    if contact is None or told == (contact.last_name, contact.first_name, contact.phone):
        return key
    return uuid5(key, "/".join(told))


def _leave_line(registration: Registration, session: Session, *, by: Any) -> None:
    """Her rank, or the seat that was offered to her, is given back as she comes in."""
    source = CANCEL.apply(registration, by=audit.SYSTEM)
    registration.offer_until, registration.ended_at = None, timezone.now()
    registration.save(update_fields=["status", "offer_until", "ended_at"])
    audit.record(registration, CANCEL.verb, by=by, source=source, target=registration.status)
    session.refresh_from_db(fields=["taken"])


def _known(session: Session, words: RegistrationWords, key: UUID) -> Registration | None:
    rows = registrations()
    by_form: Registration | None = rows.filter(key=key).first()
    if by_form is not None or not _is_reachable(words):
        return by_form
    same: Registration | None = rows.filter(
        session=session, person_hash=words.person_hash, status__in=LIVE
    ).first()
    return same


def _is_reachable(words: RegistrationWords) -> bool:
    """By which one person is told from her namesakes."""
    return bool(words.phone or words.email)


def _let_in(session: Session, words: RegistrationWords, *, by: Any, key: UUID) -> Registration:
    now = timezone.now()
    session.last_number += 1
    session.save(update_fields=["last_number"])
    row: Registration = Registration.objects.create(
        cpts_id=session.cpts_id,
        session=session,
        number=session.last_number,
        status=RegistrationStatus.ATTENDED,
        door=Registration.Door.WALK_IN,
        person_hash=words.person_hash if _is_reachable(words) else "",
        key=key,
        seated_at=now,
        noted_at=now,
        **words.columns(),
    )
    if _is_reachable(words) or words.last_name:
        RegistrationContact.objects.create(
            cpts_id=row.cpts_id,
            registration=row,
            link_hash=keyed_hash(token_of(row)),
            **words.contact(),
        )
    audit.record(row, "walk_in", by=by, target=row.status)
    return row


# --- Without a name ---------------------------------------------------------------------------
@transaction.atomic
def count(
    session: Session, band: str, commune: Commune | None, *, people: int, by: Any
) -> HeadCount:
    """Add `people` to a counter, or take some off; two telephones add up.

    Raises NotPermitted, then Refused where fewer than none would be left.
    """
    locked = lock_door(session, by=by)
    counter, _is_new = HeadCount.objects.get_or_create(
        session=locked, age_band=band, commune=commune, defaults={"cpts_id": locked.cpts_id}
    )
    try:
        with transaction.atomic():
            HeadCount.objects.filter(pk=counter.pk).update(people=F("people") + people)
    except IntegrityError as broken:
        raise Refused(_why_not(people)) from broken
    audit.record(counter, "count", by=by, target=f"{people:+d}")
    counter.refresh_from_db(fields=["people"])
    return counter


def _why_not(people: int) -> str:
    if people < 0:
        return _("Ce compteur est déjà à zéro.")
    return _("Ce compteur est plein : 5 000 personnes au plus.")
