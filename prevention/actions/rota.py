"""Shifts of a session, taken in one tap, left, or handed to somebody else in another."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from cpts_portal.core import audit
from cpts_portal.core.constraints import told_politely
from cpts_portal.core.refusals import NotPermitted, Refused
from members.models import Membership
from members.rules import may_take_part
from prevention import lifecycle
from prevention.actions.campaigns import ask_runs
from prevention.actions.deliveries import reconcile
from prevention.actions.sessions import end_shift, lock
from prevention.models import Session, SessionStatus, Shift, Volunteer
from prevention.notifications import rota as notifications
from prevention.queries import rota as queries
from prevention.rules.campaigns import keeps_shift, may_volunteer
from prevention.rules.rota import may_relieve
from prevention.rules.sessions import wants_hands

BOOKED = Volunteer.Status.BOOKED


@dataclass(frozen=True)
class ShiftWords:
    """A task, its hours, and how many hands it wants."""

    task: str
    starts_at: datetime
    ends_at: datetime
    wanted: int = 1

    def columns(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__dataclass_fields__}


# --- The rota, by the desk --------------------------------------------------------------------
@transaction.atomic
def add_shift(session: Session, words: ShiftWords, *, by: Membership) -> Shift:
    """Say that hands are wanted; the same task at the same hours is the same shift.

    Raises NotPermitted, then Refused: the session is over, or its hour has passed.
    """
    locked = _lock_planned(session, by=by)
    known: Shift | None = Shift.objects.filter(
        session=locked, task=words.task, starts_at=words.starts_at, ends_at=words.ends_at
    ).first()
    if known is not None:
        return known
    _ask_ahead(words.ends_at)
    shift: Shift = Shift.objects.create(cpts_id=locked.cpts_id, session=locked, **words.columns())
    audit.record(shift, "add", by=by)
    return shift


@transaction.atomic
def edit_shift(shift: Shift, words: ShiftWords, *, by: Membership) -> Shift:
    """Write it anew. Raises NotPermitted, then Refused: fewer hands than it has, or other hours
    while somebody keeps it."""
    session = _lock_planned(shift.session, by=by)
    shift = Shift.objects.get(pk=shift.pk, session=session)
    hands = queries.hands_on(shift)
    if words.wanted < hands:
        raise Refused(
            _("Ce poste est tenu par %(hands)d personnes : retirez-en d’abord.") % {"hands": hands}
        )
    moves = (words.starts_at, words.ends_at) != (shift.starts_at, shift.ends_at)
    if moves and hands:
        raise Refused(
            _(
                "Quelqu’un tient ce poste à ces heures : retirez d’abord les personnes, ou ajoutez"
                " un autre poste."
            )
        )
    if moves:
        _ask_ahead(words.ends_at)
    for name, value in words.columns().items():
        setattr(shift, name, value)
    shift.save(update_fields=[*words.columns()])
    audit.record(shift, "edit", by=by)
    return shift


@transaction.atomic
def remove_shift(shift: Shift, *, by: Membership) -> None:
    """Hands are wanted no more. Raises NotPermitted, then Refused while somebody keeps it."""
    _lock_planned(shift.session, by=by)
    if queries.hands_on(shift):
        raise Refused(
            _("Quelqu’un tient ce poste : retirez d’abord les personnes, elles seront prévenues.")
        )
    audit.record(shift, "remove", by=by)
    Volunteer.objects.filter(shift=shift).update(replaces=None)
    Shift.objects.filter(pk=shift.pk).delete()


def _lock_planned(session: Session, *, by: Membership) -> Session:
    ask_runs(by)
    locked = lock(session)
    if locked.status != SessionStatus.PLANNED:
        raise Refused(
            _("Cette séance est %(state)s : ses postes ne changent plus.")
            % {"state": locked.get_status_display()}
        )
    return locked


def _ask_ahead(ends_at: datetime) -> None:
    if ends_at <= timezone.now():
        raise Refused(_("Cette heure est déjà passée : choisissez un moment à venir."))


# --- Taking -----------------------------------------------------------------------------------
@transaction.atomic
def take(shift: Shift, *, by: Membership) -> Volunteer:
    """Keep a shift oneself; a second tap answers the same.

    Raises NotPermitted, then Refused: over, full, or another shift at these hours.
    """
    return _book(shift, by, by=by)


@transaction.atomic
def add(shift: Shift, member: Membership, *, by: Membership) -> Volunteer:
    """The desk puts a member down, who is told; refused as `take`."""
    ask_runs(by)
    is_new = not _kept_by(shift, member).exists()
    volunteer = _book(shift, member, by=by)
    if is_new and member.pk != by.pk:
        notifications.shift_given(volunteer)
    return volunteer


def _book(shift: Shift, member: Membership, *, by: Membership) -> Volunteer:
    """Under the session's lock, then the member's: neither a shift nor a person is taken twice."""
    _ask_may_help(member, shift)
    shift, member = _lock_both(shift, member)
    known = _kept_by(shift, member).first()
    if known is not None:
        return known
    _ask_open(shift)
    if queries.hands_on(shift) >= shift.wanted:
        raise Refused(_("Ce poste vient d’être pourvu : merci, et voyez les autres."))
    volunteer = _written(shift, member)
    audit.record(volunteer, "take", by=by, target=volunteer.status)
    reconcile(sessions=[shift.session_id])
    return volunteer


def _kept_by(shift: Shift, member: Membership) -> QuerySet[Volunteer]:
    rows: QuerySet[Volunteer] = Volunteer.objects.filter(
        shift=shift, membership=member, status=BOOKED
    )
    return rows.select_related("shift__session", "membership")


def _ask_may_help(member: Membership, shift: Shift) -> None:
    if not may_volunteer(member, shift):
        raise NotPermitted(_("Les postes sont ouverts à celles et ceux qui travaillent à la CPTS."))
    known = Membership.objects.with_standing().get(pk=member.pk)
    if not may_take_part(known, timezone.localdate()):
        raise Refused(_("Cette adhésion n’est plus à jour : elle ne permet plus de s’engager."))


def _lock_both(shift: Shift, member: Membership) -> tuple[Shift, Membership]:
    """Always the session first: whoever moves it and whoever helps wait for each other."""
    session = lock(shift.session)
    fresh = Shift.objects.filter(pk=shift.pk).first()
    if fresh is None:
        raise Refused(_("Ce poste n’existe plus : voyez les autres."))
    fresh.session = session
    locked: Membership = (
        Membership.objects.select_for_update(of=("self",), no_key=True)
        .select_related("user")
        .get(pk=member.pk)
    )
    return fresh, locked


def _ask_open(shift: Shift) -> None:
    if not wants_hands(shift, timezone.now()):
        raise Refused(_("Cette séance est passée ou annulée : merci quand même."))


def _written(shift: Shift, member: Membership, *, replaces: Volunteer | None = None) -> Volunteer:
    """The row of who comes; raises Refused when she is expected elsewhere at these hours."""
    elsewhere = queries.overlapping(member, shift.starts_at, shift.ends_at).first()
    if elsewhere is not None:
        raise Refused(
            _(
                "Un autre poste est tenu à cette heure : « %(task)s ». On n’est pas à deux endroits"
                " à la fois."
            )
            % {"task": elsewhere.shift.task}
        )
    volunteer = Volunteer(cpts_id=shift.cpts_id, shift=shift, membership=member, replaces=replaces)
    with told_politely(Volunteer):
        volunteer.save(force_insert=True)
    return volunteer


# --- Leaving, being relieved ------------------------------------------------------------------
@transaction.atomic
def leave(volunteer: Volunteer, *, by: Membership) -> Volunteer:
    """The shift is open again; the desk learns it, or the member when the desk took her off.

    Raises NotPermitted, then Refused: left already, or the shift is over.
    """
    locked = _lock_volunteer(volunteer)
    _ask_keeps(locked, by=by)
    left = end_shift(locked, by=by)
    reconcile(sessions=[left.shift.session_id])
    if by.pk == left.membership_id:
        notifications.shift_left(left)
    else:
        notifications.shift_taken_back(left)
    return left


def release(volunteers: QuerySet[Volunteer], *, by: Any) -> int:
    """Free the shifts of somebody who leaves the CPTS, and tell the desk; how many.

    In the caller's transaction, which may hold the member's lock already: no session is locked.
    """
    rows = volunteers.select_related("shift__session__campaign__topic", "membership__user", "cpts")
    freed = [end_shift(one, by=by, reason="departure") for one in rows.order_by("pk")]
    for volunteer in freed:
        notifications.shift_left(volunteer)
    if freed:
        reconcile(sessions=[one.shift.session_id for one in freed])
    return len(freed)


@transaction.atomic
def seek_swap(volunteer: Volunteer, *, by: Membership) -> Volunteer:
    """She keeps it until somebody takes her place; those who help in the campaign are told."""
    locked = _lock_volunteer(volunteer)
    if _set_seeking(locked, by=by, is_sought=True):
        notifications.swap_sought(locked)
    return locked


@transaction.atomic
def keep(volunteer: Volunteer, *, by: Membership) -> Volunteer:
    """She comes after all."""
    locked = _lock_volunteer(volunteer)
    _set_seeking(locked, by=by, is_sought=False)
    return locked


@transaction.atomic
def relieve(volunteer: Volunteer, *, by: Membership) -> Volunteer:
    """Take the place of somebody who seeks it; both are told. A second tap answers the same.

    Raises NotPermitted, then Refused: sought no more, or another shift at these hours.
    """
    _ask_may_help(by, volunteer.shift)
    shift, member = _lock_both(volunteer.shift, by)
    volunteer = Volunteer.objects.select_related("shift", "membership__user").get(pk=volunteer.pk)
    known = Volunteer.objects.filter(replaces=volunteer, membership=member).first()
    if known is not None:
        return known
    _ask_open(shift)
    if may_relieve(by, volunteer) and not volunteer.seeks_swap:
        raise Refused(_("Cette personne ne cherche plus de remplaçant : merci quand même."))
    source = lifecycle.SWAP_SHIFT.apply(volunteer, by=by)
    volunteer.seeks_swap, volunteer.ended_at = False, timezone.now()
    volunteer.save(update_fields=["status", "seeks_swap", "ended_at"])
    audit.record(volunteer, "swap", by=by, source=source, target=volunteer.status)
    relief = _written(shift, member, replaces=volunteer)
    audit.record(relief, "take", by=by, target=relief.status)
    notifications.swap_found(volunteer, relief)
    reconcile(sessions=[shift.session_id])
    return relief


def _lock_volunteer(volunteer: Volunteer) -> Volunteer:
    """The row as it is now, its session held: two who act on one place wait for each other."""
    session = lock(volunteer.shift.session)
    locked: Volunteer = Volunteer.objects.select_related("shift", "membership__user").get(
        pk=volunteer.pk
    )
    locked.shift.session = session
    return locked


def _ask_keeps(volunteer: Volunteer, *, by: Membership) -> None:
    """Raise NotPermitted for a stranger, Refused once the shift is over."""
    if not keeps_shift(by, volunteer):
        raise NotPermitted(_("Ce poste est celui d’une autre personne."))
    _ask_open(volunteer.shift)


def _set_seeking(volunteer: Volunteer, *, by: Membership, is_sought: bool) -> bool:
    """Whether it has changed; raises NotPermitted, then Refused for a shift kept no more."""
    _ask_keeps(volunteer, by=by)
    if volunteer.status != BOOKED:
        raise Refused(_("Ce poste n’est plus le vôtre."))
    if volunteer.seeks_swap == is_sought:
        return False
    volunteer.seeks_swap = is_sought
    volunteer.save(update_fields=["seeks_swap"])
    audit.record(volunteer, "seek_swap" if is_sought else "keep", by=by)
    return True
