"""A slot kept a few minutes for whoever is on the phone; PostgreSQL and its clock decide."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from cpts_portal.core.refusals import NotPermitted, Refused
from members.models import Role
from unscheduled_care import rules
from unscheduled_care.actions.steps import Gone, ask_reach, ask_standing
from unscheduled_care.models import Claim, Hold, Slot
from unscheduled_care.queries.terms import terms_of

MOST_HOLDS = 3
MOST_AT_THE_DESK = 12


@transaction.atomic
def hold(slot: Slot, *, by: Any) -> Hold:
    """Keep a free slot for the CPTS's delay; of two people, the first wins.

    Asked again by its holder, it answers the same hold. Raises NotPermitted, Refused, Gone.
    """
    ask_reach(by, slot)
    ask_standing(by)
    mine = live_holds(by).filter(slot=slot).first()
    if mine is not None:
        return mine
    most = MOST_AT_THE_DESK if by.role in (Role.COORDINATOR, Role.SECRETARY) else MOST_HOLDS
    if live_holds(by).count() >= most:
        raise Refused(_("Vous gardez déjà plusieurs créneaux : libérez-en un d’abord."))
    return keep(slot, by=by, seconds=terms_of(slot.cpts).hold_seconds)


def keep(slot: Slot, *, by: Any, seconds: int, is_for_waiting: bool = False) -> Hold:
    """Write the hold of a slot that is still claimable, in the caller's transaction."""
    if not Slot.objects.claimable().filter(pk=slot.pk).exists():
        raise Gone(slot)
    try:
        with transaction.atomic():
            made: Hold = Hold.objects.create(
                cpts_id=slot.cpts_id,
                slot=slot,
                holder_id=by.pk,
                held_by=getattr(by, "delegate", None) or getattr(by, "principal", by),
                expires_at=Now() + timedelta(seconds=seconds),
                is_for_waiting=is_for_waiting,
            )
    except IntegrityError as error:
        raise Gone(slot) from error
    made.refresh_from_db(fields=["starts_at", "expires_at"])
    return made


def live_holds(by: Any) -> QuerySet[Hold]:
    """What `by` keeps now, not claimed yet, by the database's clock."""
    rows: QuerySet[Hold] = Hold.objects.filter(
        holder_id=by.pk, expires_at__gt=Now(), claim=None, is_for_waiting=False
    )
    return rows.select_related("slot")


@transaction.atomic
def extend(hold: Hold, *, by: Any) -> Hold:
    """Once, by the same delay again; refused when it has run out."""
    locked = lock_hold(hold, by=by)
    if locked.is_extended:
        raise Refused(_("Ce créneau a déjà été gardé plus longtemps une fois."))
    seconds = terms_of(locked.cpts).hold_seconds
    Hold.objects.filter(pk=locked.pk).update(
        expires_at=F("expires_at") + timedelta(seconds=seconds), is_extended=True
    )
    locked.refresh_from_db(fields=["expires_at", "is_extended"])
    return locked


@transaction.atomic
def release(hold: Hold, *, by: Any) -> None:
    """Give it back at once; nothing to do when it has run out already."""
    if not rules.is_holder(by, hold):
        raise NotPermitted(_("Ce créneau n’est pas gardé par vous."))
    has_claim = Claim.objects.filter(hold=hold).exists()
    if not has_claim:
        Hold.objects.filter(pk=hold.pk, expires_at__gt=Now()).update(expires_at=Now())


def lock_hold(hold: Hold, *, by: Any) -> Hold:
    """The hold under lock, still live by the database's clock; raises NotPermitted, then Gone."""
    if not rules.is_holder(by, hold):
        raise NotPermitted(_("Ce créneau n’est pas gardé par vous."))
    live: Hold | None = (
        Hold.objects.select_for_update(of=("self",), no_key=True)
        .select_related("slot__cpts", "slot__professional__user", "slot__practice__commune")
        .filter(pk=hold.pk, expires_at__gt=Now())
        .first()
    )
    if live is None:
        raise Gone(hold.slot, _("Le temps est écoulé : gardez à nouveau ce créneau."))
    return live
