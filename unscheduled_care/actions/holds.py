"""A slot kept a few minutes for whoever is on the phone; PostgreSQL and its clock decide.

Of two people the first wins: the slot's row is locked, so that the second waits for the first and
is then told, and two holds of one slot never share an instant, by `hold_one_at_a_time`.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext as _
from psycopg.errors import ExclusionViolation

from cpts_portal.core.refusals import NotPermitted, Refused
from members.models import Role
from unscheduled_care import rules
from unscheduled_care.actions.steps import Gone, ask_reach, ask_standing
from unscheduled_care.models import Claim, Hold, Slot
from unscheduled_care.queries.terms import terms_of

MOST_HOLDS = 3
MOST_AT_THE_DESK = 12
"""Slots kept at once by one person: so that nobody empties the board by leafing through it."""
MOST_AGAIN, WHILE = 4, timedelta(hours=1)
"""How often one person may keep the same slot and let it go: a slot is not squatted all day."""
DESK = (Role.COORDINATOR, Role.SECRETARY)


@transaction.atomic
def hold(slot: Slot, *, by: Any) -> Hold:
    """Keep a free slot for the CPTS's delay; of two people, the first wins.

    Asked again by its holder, it answers the same hold. Raises NotPermitted, Refused, Gone.
    """
    ask_reach(by, slot)
    ask_standing(by)
    free = _locked_if_free(slot)
    kept = list(live_holds(by))
    for mine in kept:
        if mine.slot_id == slot.pk:
            return mine
    if free is None:
        raise Gone(slot)
    if len(kept) >= (MOST_AT_THE_DESK if by.role in DESK else MOST_HOLDS):
        raise Refused(_("Vous gardez déjà plusieurs créneaux : libérez-en un d’abord."))
    if _let_go(slot, by) >= MOST_AGAIN:
        raise Refused(
            _("Vous avez gardé plusieurs fois ce créneau sans le réserver : laissez-le à d’autres.")
        )
    return _written(slot, by=by, seconds=terms_of(slot.cpts).hold_seconds)


def _let_go(slot: Slot, by: Any) -> int:
    """How often `by` has kept it lately and not claimed it."""
    again = Hold.objects.filter(slot=slot, holder_id=by.pk, is_for_waiting=False, claim=None)
    return again.filter(starts_at__gt=Now() - WHILE).count()


def keep(slot: Slot, *, by: Any, seconds: int, is_for_waiting: bool = False) -> Hold:
    """Write the hold of a slot that is still claimable, in the caller's transaction.

    Raises Gone. With `is_for_waiting` it is the portal that keeps it, for whoever is in line.
    """
    if _locked_if_free(slot) is None:
        raise Gone(slot)
    return _written(slot, by=by, seconds=seconds, is_for_waiting=is_for_waiting)


def _locked_if_free(slot: Slot) -> Slot | None:
    """The row under lock, if it is claimable and held by nobody.

    Two insertions at once would each wait for the other until PostgreSQL kills one: hence the lock.
    """
    free = Slot.objects.claimable().with_hold().filter(pk=slot.pk)
    found: Slot | None = free.select_for_update(of=("self",), no_key=True).first()
    return None if found is None or found.is_held else found


def _written(slot: Slot, *, by: Any, seconds: int, is_for_waiting: bool = False) -> Hold:
    """The new row; Gone when somebody kept the slot while its lock was waited for."""
    lasts = timedelta(seconds=seconds)
    try:
        with transaction.atomic():
            made: Hold = Hold.objects.create(
                cpts_id=slot.cpts_id,
                slot=slot,
                holder_id=by.pk,
                held_by=getattr(by, "delegate", by),
                expires_at=Now() + lasts,
                is_for_waiting=is_for_waiting,
            )
    except IntegrityError as error:
        if not isinstance(error.__cause__, ExclusionViolation):
            raise
        raise Gone(slot) from error
    made.expires_at = made.starts_at + lasts
    return made


def live_holds(by: Any) -> QuerySet[Hold]:
    """What `by` keeps now, not claimed yet, by the database's clock."""
    rows: QuerySet[Hold] = Hold.objects.filter(
        holder_id=by.pk, expires_at__gt=Now(), claim=None, is_for_waiting=False
    )
    return rows.select_related("slot")


@transaction.atomic
def extend(hold: Hold, *, by: Any) -> Hold:
    """Once, by the same delay again. Raises NotPermitted, Gone when it has run out, Refused."""
    locked = lock_hold(hold, by=by)
    if locked.is_extended:
        raise Refused(_("Ce créneau a déjà été gardé plus longtemps une fois."))
    lasts = timedelta(seconds=terms_of(locked.slot.cpts).hold_seconds)
    Hold.objects.filter(pk=locked.pk).update(expires_at=F("expires_at") + lasts, is_extended=True)
    locked.expires_at += lasts
    locked.is_extended = True
    return locked


@transaction.atomic
def release(hold: Hold, *, by: Any) -> None:
    """Give it back at once; nothing to do when it has run out, or became a claim, already."""
    if not rules.is_holder(by, hold):
        raise NotPermitted(_("Ce créneau n’est pas gardé par vous."))
    if not Claim.objects.filter(hold=hold).exists():
        Hold.objects.filter(pk=hold.pk, expires_at__gt=Now()).update(expires_at=Now())


def run_out() -> str:
    return _("Le temps est écoulé : gardez à nouveau ce créneau.")


def lock_hold(hold: Hold, *, by: Any) -> Hold:
    """The row under lock, still live by the database's clock; its slot is the one `hold` came with.

    What a slot tells does not change, and its status is asked by whoever writes it. Raises
    NotPermitted, then Gone.
    """
    if not rules.is_holder(by, hold):
        raise NotPermitted(_("Ce créneau n’est pas gardé par vous."))
    rows = Hold.objects.filter(pk=hold.pk, expires_at__gt=Now())
    live: Hold | None = next(iter(rows.select_for_update(no_key=True)), None)
    if live is None:
        raise Gone(hold.slot, run_out())
    live.slot = hold.slot
    return live
