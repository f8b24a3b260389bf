"""A session is planned, moved, repeated on other days, cancelled, closed with its figures."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from cpts_portal.core import audit
from cpts_portal.core.constraints import told_politely
from cpts_portal.core.models import Commune
from cpts_portal.core.refusals import Refused
from members.models import Membership, Practice
from prevention import lifecycle
from prevention.actions.campaigns import ask_runs, lock_open
from prevention.actions.deliveries import reconcile
from prevention.actions.registrations import cancel_for_session, settle_line
from prevention.models import Campaign, Session, SessionStatus, Shift, Volunteer
from prevention.notifications import rota as notifications
from prevention.notifications.registrations import session_moved
from prevention.queries import rota
from prevention.queries.sessions import has_people_noted, in_full
from prevention.rules.sessions import carried, has_begun, is_to_come, same_hour_on

MOVED = ("starts_at", "ends_at", "place_name", "address", "commune_id")
"""What those who come must learn when it changes."""


class NobodyNoted(Refused):
    """Nobody is noted as having come: closing it so has to be confirmed."""


@dataclass(frozen=True)
class SessionWords:
    """What the coordination writes about a session; `communes` are INSEE codes, empty for all."""

    starts_at: datetime
    ends_at: datetime
    place_name: str
    address: str
    commune: Commune
    capacity: int
    practice: Practice | None = None
    title: str = ""
    is_accessible: bool = False
    access_note: str = ""
    is_for_professionals: bool = False
    min_age: int | None = None
    max_age: int | None = None
    sex: str = ""
    communes: tuple[str, ...] = ()

    def columns(self) -> dict[str, Any]:
        told = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return {**told, "communes": list(self.communes)}


def fingerprint(session: Session) -> str:
    """Of what its form shows: whoever saves a stale page is told, and overwrites nothing."""
    told = [repr(getattr(session, name)) for name in (*_WRITTEN, "commune_id", "practice_id")]
    return sha256("|".join(told).encode()).hexdigest()[:16]


_WRITTEN = (
    *("starts_at", "ends_at", "place_name", "address", "capacity", "title", "is_accessible"),
    *("access_note", "is_for_professionals", "min_age", "max_age", "sex", "communes"),
)


def lock(session: Session) -> Session:
    """The session as it is now; whoever registers or volunteers waits for her turn."""
    locked: Session = in_full().select_for_update(of=("self",), no_key=True).get(pk=session.pk)
    return locked


# --- Planning ---------------------------------------------------------------------------------
@transaction.atomic
def create(campaign: Campaign, words: SessionWords, *, by: Membership, key: uuid.UUID) -> Session:
    """Plan a session of a campaign that is not over; the same `key` again answers the same.

    Raises NotPermitted, then Refused: campaign over, hour already past.
    """
    campaign = lock_open(campaign, by=by)
    known: Session | None = Session.objects.filter(key=key).first()
    if known is not None:
        return known
    _ask_ahead(words.starts_at)
    planned = Session(
        cpts_id=campaign.cpts_id, campaign=campaign, created_by=by, key=key, **words.columns()
    )
    planned.save(force_insert=True)
    audit.record(planned, "plan", by=by, target=planned.status)
    return planned


def _ask_ahead(starts_at: datetime) -> None:
    if starts_at <= timezone.now():
        raise Refused(_("Cette heure est déjà passée : choisissez un moment à venir."))


@transaction.atomic
def duplicate(
    session: Session, days: Sequence[date], *, by: Membership, key: uuid.UUID
) -> list[Session]:
    """The same session, at the same Paris hours and with its shifts, on other days.

    The same `key` again answers the same. Raises NotPermitted, then Refused, naming the day:
    past, already planned, or without that hour; then nothing is planned.
    """
    campaign = lock_open(session.campaign, by=by)
    source = in_full().prefetch_related("shifts").get(pk=session.pk)
    first_day = timezone.localdate(source.starts_at)
    made = []
    for day in sorted(set(days)):
        day_key = uuid.uuid5(key, day.isoformat())
        known = Session.objects.filter(key=day_key).first()
        made.append(known or _repeat(source, campaign, (day - first_day).days, by, day_key))
    return made


def _repeat(
    source: Session, campaign: Campaign, days: int, by: Membership, key: uuid.UUID
) -> Session:
    copied = {name: getattr(source, name) for name in (*_WRITTEN, "commune_id", "practice_id")}
    hours = _hours(source, days)
    _ask_free(source, campaign, hours[0])
    again = Session(
        cpts_id=source.cpts_id,
        campaign=campaign,
        created_by=by,
        key=key,
        **{**copied, "starts_at": hours[0], "ends_at": hours[1]},
    )
    again.save(force_insert=True)
    Shift.objects.bulk_create(
        _carry(Shift(cpts_id=again.cpts_id, task=one.task, wanted=one.wanted), one, source, again)
        for one in source.shifts.all()
    )
    audit.record(again, "plan", by=by, target=again.status)
    return again


def _hours(source: Session, days: int) -> tuple[datetime, datetime]:
    hours = same_hour_on(source.starts_at, days), same_hour_on(source.ends_at, days)
    if hours[0] is None or hours[1] is None:
        raise Refused(_("L’une des nuits choisies saute cette heure : l’heure change."))
    return hours[0], hours[1]


def _ask_free(source: Session, campaign: Campaign, starts_at: datetime) -> None:
    """Raise Refused for a day that is past, or on which this very session is planned already."""
    day = date_format(timezone.localtime(starts_at), "j F Y")
    if starts_at <= timezone.now():
        raise Refused(_("Le %(day)s à cette heure est déjà passé.") % {"day": day})
    twins = Session.objects.filter(
        campaign=campaign, starts_at=starts_at, place_name=source.place_name
    )
    if twins.exclude(status=SessionStatus.CANCELLED).exists():
        raise Refused(
            _("Le %(day)s, la même séance est déjà prévue à cette heure et à cet endroit.")
            % {"day": day}
        )


def _carry(shift: Shift, like: Shift, before: Session, after: Session) -> Shift:
    """Give a shift the hours of `like`, moved with its session; one as long as it stays so."""
    shift.session = after
    if (like.starts_at, like.ends_at) == (before.starts_at, before.ends_at):
        shift.starts_at, shift.ends_at = after.starts_at, after.ends_at
        return shift
    length = like.ends_at - like.starts_at
    shift.starts_at = carried(like.starts_at, before=before.starts_at, after=after.starts_at)
    shift.ends_at = shift.starts_at + length
    return shift


# --- Changing ---------------------------------------------------------------------------------
@transaction.atomic
def edit(session: Session, words: SessionWords, *, by: Membership, seen: str = "") -> Session:
    """Write it anew; those who come and help are told of another hour or place.

    `seen` is the fingerprint of what was on the screen. Raises NotPermitted, then Refused: changed
    meanwhile, not planned any more, moved into the past, fewer seats than people.
    """
    ask_runs(by)
    locked = lock(session)
    _ask_editable(locked, words, seen)
    before = in_full().get(pk=locked.pk)
    for name, value in words.columns().items():
        setattr(locked, name, value)
    is_news = is_to_come(before, timezone.now()) and any(
        getattr(before, name) != getattr(locked, name) for name in MOVED
    )
    locked.sequence += is_news
    with told_politely(Session):
        locked.save(update_fields=[*words.columns(), "sequence"])
    audit.record(locked, "edit", by=by)
    if is_news or locked.capacity > before.capacity:
        settle_line(locked)
    if is_news:
        _move(before, locked, by=by)
    return locked


def _ask_editable(locked: Session, words: SessionWords, seen: str) -> None:
    if locked.status != SessionStatus.PLANNED:
        raise Refused(
            _("Cette séance est %(state)s : elle ne se modifie plus.")
            % {"state": locked.get_status_display()}
        )
    if seen and seen != fingerprint(locked):
        raise Refused(
            _("Quelqu’un a modifié cette séance entre-temps : rouvrez la page et comparez.")
        )
    if words.starts_at != locked.starts_at or words.ends_at != locked.ends_at:
        _ask_moved_ahead(locked, words)
    if words.is_for_professionals != locked.is_for_professionals and locked.taken:
        raise Refused(
            _("Des personnes sont inscrites : on ne change plus à qui la séance est ouverte.")
        )


def _ask_moved_ahead(locked: Session, words: SessionWords) -> None:
    """A session that has begun may end later; none is moved to an hour that is gone."""
    now = timezone.now()
    if words.ends_at <= now or (words.starts_at != locked.starts_at and words.starts_at <= now):
        raise Refused(
            _("Une séance ne se déplace pas dans le passé : choisissez une heure à venir.")
        )


def _move(before: Session, after: Session, *, by: Membership) -> None:
    """Carry the shifts along, free those who are expected elsewhere then, and tell everybody."""
    for shift in Shift.objects.select_for_update(no_key=True).filter(session=after).order_by("pk"):
        _carry(shift, shift, before, after).save(update_fields=["starts_at", "ends_at"])
    released = _release_overlaps(after, by=by)
    notifications.shifts_released(after, released)
    notifications.shifts_moved(after)
    session_moved(after)
    reconcile(sessions=[after.pk])


def _release_overlaps(session: Session, *, by: Membership) -> list[Volunteer]:
    """Nobody is in two places at once: who keeps another shift at the new hours leaves this one."""
    released = []
    volunteers = list(rota.booked([session]))
    members = Membership.objects.filter(pk__in=[one.membership_id for one in volunteers])
    list(members.select_for_update(of=("self",), no_key=True).order_by("pk"))
    for volunteer in volunteers:
        shift = volunteer.shift
        others = rota.overlapping(volunteer.membership, shift.starts_at, shift.ends_at)
        if others.exclude(pk=volunteer.pk).exists():
            end_shift(volunteer, by=by, reason="overlap")
            released.append(volunteer)
    return released


def end_shift(volunteer: Volunteer, *, by: Any, reason: str = "") -> Volunteer:
    """She keeps it no more; in the caller's transaction. Raises NotPermitted, then Refused."""
    source = lifecycle.LEAVE_SHIFT.apply(volunteer, by=by)
    volunteer.seeks_swap, volunteer.ended_at = False, timezone.now()
    volunteer.save(update_fields=["status", "seeks_swap", "ended_at"])
    audit.record(volunteer, "leave", by=by, source=source, target=volunteer.status, reason=reason)
    return volunteer


# --- Ending -----------------------------------------------------------------------------------
@transaction.atomic
def cancel(session: Session, *, reason: str, by: Membership) -> Session:
    """It will not take place: registrations end, and everybody is told.

    `reason` is one of Session.CancelReason. Raises NotPermitted, then Refused: over already.
    """
    locked = lock(session)
    source = lifecycle.CANCEL_SESSION.apply(locked, by=by)
    now = timezone.now()
    if locked.ends_at <= now:
        raise Refused(_("Cette séance est passée : clôturez-la avec ses chiffres."))
    locked.cancelled_at, locked.cancel_reason = now, reason
    locked.sequence += 1
    locked.save(update_fields=["status", "cancelled_at", "cancel_reason", "sequence"])
    audit.record(locked, "cancel", by=by, source=source, target=locked.status, reason=reason)
    cancel_for_session(locked, by=by)
    notifications.shifts_cancelled(locked)
    reconcile(sessions=[locked.pk])
    return locked


@transaction.atomic
def hold(session: Session, *, by: Any, is_confirmed: bool = False) -> Session:
    """Close it with the figures it has: it took place.

    Raises NotPermitted, then Refused: not begun; NobodyNoted when nobody is noted as having come
    and `is_confirmed` is not said.
    """
    locked = lock(session)
    source = lifecycle.HOLD_SESSION.apply(locked, by=by)
    now = timezone.now()
    if not has_begun(locked, now):
        raise Refused(_("Cette séance n’a pas commencé : elle ne se clôture pas encore."))
    if not (is_confirmed or has_people_noted(locked)):
        raise NobodyNoted(
            _("Personne n’est noté présent : pointez d’abord les personnes venues, ou confirmez.")
        )
    locked.held_at = now
    locked.save(update_fields=["status", "held_at"])
    audit.record(locked, "hold", by=by, source=source, target=locked.status)
    return locked
