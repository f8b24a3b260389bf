"""In line for a slot: offered to one at a time, in order, with a deadline that needs no worker."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from cpts_portal.core import audit, wake
from cpts_portal.core.fields import keyed_hash
from cpts_portal.core.lifecycle import Transition
from cpts_portal.core.models import Commune
from cpts_portal.core.refusals import NotPermitted, Refused
from members.models import Profession
from unscheduled_care import lifecycle
from unscheduled_care.actions import claims, holds
from unscheduled_care.actions.steps import (
    OFFER_FREED,
    Gone,
    PatientWords,
    ask_standing,
    clock,
    lock_phone,
    phone_hash,
)
from unscheduled_care.models import (
    Act,
    Claim,
    Hold,
    Slot,
    WaitingContact,
    WaitingEntry,
    WaitingOffer,
    WaitingStatus,
)
from unscheduled_care.notifications import waiting as notifications
from unscheduled_care.queries import waiting as queries
from unscheduled_care.queries.reach import reach_of
from unscheduled_care.queries.terms import terms_of
from unscheduled_care.rules.waiting import is_time_to_offer, may_book_entry

Answer = WaitingOffer.Answer


@dataclass(frozen=True)
class Wanted:
    """What she waits for; `travel_km` is how far she can go."""

    profession: Profession
    commune: Commune
    wanted_until: datetime
    travel_km: int = 15
    act: Act | None = None


# --- Joining ------------------------------------------------------------------------------------
@transaction.atomic
def join(wanted: Wanted, words: PatientWords, *, by: Any, key: UUID) -> WaitingEntry:
    """Put somebody at the end of the line and tell her; the same `key` answers the same entry.

    Raises NotPermitted, then Refused when `by`'s membership has lapsed, or when she is in line
    already: nobody waits twice to be called twice.
    """
    if not reach_of(by).is_open:
        raise NotPermitted(_("La liste d’attente est ouverte aux soignants et aux secrétariats."))
    ask_standing(by)
    made = _write(wanted, words, by=by, key=key)
    entry = queries.entries().get(key=key)
    if made:
        _ask_not_in_line(entry, words)
        entry.contact = WaitingContact.objects.create(
            cpts_id=entry.cpts_id,
            entry=entry,
            link_hash=keyed_hash(queries.token_of(entry)),
            **words.contact(),
        )
        audit.record(entry, "join", by=by, target=entry.status)
        notifications.joined(entry)
    return entry


def _write(wanted: Wanted, words: PatientWords, *, by: Any, key: UUID) -> bool:
    """Insert the row; False when that key has been used."""
    asked = {name: getattr(wanted, name) for name in wanted.__dataclass_fields__}
    try:
        with transaction.atomic():
            WaitingEntry.objects.create(
                cpts_id=by.cpts_id, added_by_id=by.pk, key=key, **asked, **words.care()
            )
    except IntegrityError:
        if not WaitingEntry.objects.filter(key=key).exists():
            raise
        return False
    return True


def _ask_not_in_line(entry: WaitingEntry, words: PatientWords) -> None:
    """One phone at a time is judged; another first name at the same number is another person."""
    if not words.phone:
        return
    lock_phone(phone_hash(words.phone))
    same = queries.line().filter(
        profession=entry.profession_id,
        age_band=words.age_band,
        contact__phone_hash=phone_hash(words.phone),
    )
    names = {one.contact.first_name.casefold() for one in same.select_related("contact")}
    if words.first_name.casefold() in names:
        raise Refused(_("Cette personne est déjà en liste d’attente pour cette profession."))


# --- Offering -----------------------------------------------------------------------------------
@transaction.atomic
def offer_next(slot: Slot, *, now: datetime) -> WaitingOffer | None:
    """Offer a free slot to the first in line whom it suits; None when there is nobody, or no slot.

    `now` tells polite hours; the database's clock decides all the rest.
    """
    free = queries.slot_to_offer(slot)
    if free is None:
        return None
    seconds = _seconds_for(free)
    if not is_time_to_offer(free, now, seconds=seconds):
        return None
    for entry in queries.next_for(free):
        try:
            offer = _offer(free, entry, seconds=seconds)
        except Gone:
            return None
        if offer is not None:
            return offer
    return None


def _seconds_for(slot: Slot) -> int:
    """The delay of the CPTS, or what is left until the slot closes."""
    left = int((slot.closes_at - clock()).total_seconds())
    return min(terms_of(slot.cpts).offer_seconds, max(1, left))


def _offer(slot: Slot, found: WaitingEntry, *, seconds: int) -> WaitingOffer | None:
    """Keep the slot for her; None when something else was offered to her meanwhile."""
    entry = _lock(found)
    if entry.status != WaitingStatus.WAITING or queries.live_offer_of(entry) is not None:
        return None
    for late in queries.late_offers().filter(entry=entry):
        _answer(late, Answer.LATE, by=audit.SYSTEM)
    hold = holds.keep(slot, by=entry.added_by, seconds=seconds, is_for_waiting=True)
    offer: WaitingOffer = WaitingOffer.objects.create(cpts_id=entry.cpts_id, entry=entry, hold=hold)
    audit.record(offer, "offer", by=audit.SYSTEM, target=entry.status)
    notifications.slot_offered(offer, entry)
    return offer


# --- Answering ----------------------------------------------------------------------------------
@transaction.atomic
def accept(offer: WaitingOffer, *, by: Any) -> WaitingEntry:
    """Book the slot for her, by her link or by voice; refused once its deadline has passed.

    Raises NotPermitted, then Refused. Asked twice, it answers the same.
    """
    entry = _lock(offer.entry)
    fresh = queries.offers().get(pk=offer.pk)
    if fresh.answer == Answer.ACCEPTED and may_book_entry(by, entry):
        return entry
    source = lifecycle.BOOK.apply(entry, by=by)
    claim = _book(entry, fresh, by=by)
    _answer(fresh, Answer.ACCEPTED, by=by)
    _write_end(entry, source, "book", by=by, claim=claim)
    return entry


def _book(entry: WaitingEntry, offer: WaitingOffer, *, by: Any) -> Claim:
    """The claim, while its hold lives: PostgreSQL has the last word on the last second."""
    too_late = Refused(_("Le délai est passé : ce créneau est proposé à la personne suivante."))
    if offer.answer:
        raise too_late
    try:
        live = holds.lock_hold(offer.hold, by=entry.added_by)
        return claims.book(live, _words_of(entry), by=by, door=Claim.Door.WAITING, is_another=True)
    except Gone as gone:
        raise too_late from gone


def _words_of(entry: WaitingEntry) -> PatientWords:
    care = ("reason", "age_band", "own_gp", "mobility", "has_consented", "sex")
    reached = ("first_name", "phone", "email", "language")
    return PatientWords(
        **{name: getattr(entry, name) for name in care},
        **{name: getattr(entry.contact, name) for name in reached},
    )


@transaction.atomic
def decline(offer: WaitingOffer, *, by: Any) -> WaitingEntry:
    """She waits on, at her rank; the slot is for the next in line. Raises NotPermitted, Refused."""
    entry = _lock(offer.entry)
    if not may_book_entry(by, entry):
        raise NotPermitted(_("Cette proposition ne vous est pas adressée."))
    live = queries.live_offers().filter(pk=offer.pk, entry=entry).first()
    if live is None:
        raise Refused(_("Cette proposition est déjà terminée."))
    _give_back(live, by=by)
    return entry


def _give_back(offer: WaitingOffer, *, by: Any) -> None:
    _answer(offer, Answer.DECLINED, by=by)
    Hold.objects.filter(pk=offer.hold_id, expires_at__gt=Now()).update(expires_at=Now())
    wake.after_commit(OFFER_FREED, offer.hold.slot_id)


def _answer(offer: WaitingOffer, answer: str, *, by: Any) -> None:
    WaitingOffer.objects.filter(pk=offer.pk).update(answer=answer, answered_at=Now())
    audit.record(offer, "answer", by=by, target=answer)


# --- Leaving ------------------------------------------------------------------------------------
@transaction.atomic
def leave(entry: WaitingEntry, *, by: Any) -> WaitingEntry:
    """She takes herself off, by her link."""
    return _close(_lock(entry), lifecycle.LEAVE_LINE, by=by)


@transaction.atomic
def remove(entry: WaitingEntry, *, by: Any) -> WaitingEntry:
    """The desk, or whoever put her in line, takes her off; she is told."""
    removed = _close(_lock(entry), lifecycle.REMOVE, by=by)
    notifications.ended(removed)
    return removed


def _close(entry: WaitingEntry, step: Transition, *, by: Any) -> WaitingEntry:
    """What was offered to her goes to the next."""
    source = step.apply(entry, by=by)
    offer = queries.live_offer_of(entry)
    if offer is not None:
        _give_back(offer, by=by)
    _write_end(entry, source, step.verb, by=by)
    return entry


def _write_end(
    entry: WaitingEntry, source: str, verb: str, *, by: Any, claim: Claim | None = None
) -> None:
    WaitingEntry.objects.filter(pk=entry.pk).update(
        status=entry.status, ended_at=Now(), claim=claim
    )
    audit.record(entry, verb, by=by, source=source, target=entry.status)


# --- The clock's part ---------------------------------------------------------------------------
@transaction.atomic
def note_late(offer: WaitingOffer) -> None:
    """Write down that nobody answered in time; the slot has been free since."""
    late = queries.late_offers().select_for_update(of=("self",), no_key=True)
    found = late.filter(pk=offer.pk).first()
    if found is not None:
        _answer(found, Answer.LATE, by=audit.SYSTEM)


@transaction.atomic
def end_late(entry: WaitingEntry) -> None:
    """Her time has passed; an offer that she has not answered yet keeps its own deadline."""
    locked = _lock(entry)
    is_due = locked.status == WaitingStatus.WAITING and locked.wanted_until <= clock()
    if is_due and queries.live_offer_of(locked) is None:
        _close(locked, lifecycle.RUN_LATE, by=audit.SYSTEM)
        notifications.ended(locked)


def _lock(entry: WaitingEntry) -> WaitingEntry:
    """The row as it is now, locked, with its contact and whoever put her in line."""
    locked: WaitingEntry = (
        queries.entries()
        .select_for_update(of=("self",), no_key=True)
        .select_related("contact")
        .get(pk=entry.pk)
    )
    return locked
