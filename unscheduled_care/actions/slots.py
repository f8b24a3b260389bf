"""A professional offers slots and takes them back; the ones claimed warn whom they concern."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _

from cpts_portal.core import audit
from cpts_portal.core.constraints import told_politely
from cpts_portal.core.refusals import NotPermitted, Refused
from members.models import Membership
from members.rules import may_take_part
from unscheduled_care import lifecycle, rules
from unscheduled_care.actions import claims
from unscheduled_care.models import (
    OUTCOMES,
    Absence,
    Availability,
    BusyTime,
    Claim,
    ClaimStatus,
    Hold,
    Slot,
    SlotStatus,
)
from unscheduled_care.rules.weeks import Stretch, overlaps

MOST_IN_A_ROW = 8
"""Slots offered by one gesture, one after the other."""


class Claimed(Refused):
    """Somebody has an appointment then: withdrawing has to be confirmed."""


@dataclass(frozen=True)
class Terms:
    """Where, how and to whom: the columns that a slot and a weekly template share."""

    kind: str
    practice_id: int | None = None
    radius_km: int | None = None
    acts: Sequence[str] = ()
    channels: Sequence[str] = ("members",)
    professions: Sequence[str] = ()
    give_back_minutes: int = 0

    def columns(self) -> dict[str, Any]:
        listed = {name: list(getattr(self, name)) for name in ("acts", "channels", "professions")}
        plain = ("kind", "practice_id", "radius_km", "give_back_minutes")
        return {name: getattr(self, name) for name in plain} | listed


@dataclass(frozen=True)
class Withdrawn:
    """How many slots were taken back: free ones, and appointments."""

    free: int = 0
    claimed: int = 0


def ask_keeps_agenda(professional: Membership, *, by: Any) -> None:
    """Refuse whoever may not offer in that professional's name, or a membership that lapsed."""
    held = Slot(professional=professional, cpts_id=professional.cpts_id)
    if not (rules.is_clinician(professional) and rules.keeps_agenda(by, held)):
        raise NotPermitted(_("Vous ne proposez pas de créneau au nom de cette personne."))
    member = Membership.objects.with_standing().get(pk=professional.pk)
    if not may_take_part(member, timezone.localdate()):
        raise Refused(
            _("L’adhésion de ce professionnel n’est plus à jour : il lit, sans proposer.")
        )


def writer(by: Any) -> Membership:
    """The member whose hand it is, acting for somebody or not."""
    member: Membership = getattr(by, "delegate", by)
    return member


# --- Offering -------------------------------------------------------------------------------
@transaction.atomic
def offer(
    professional: Membership,
    terms: Terms,
    *,
    starts_at: datetime,
    minutes: int,
    key: uuid.UUID,
    by: Any,
    count: int = 1,
) -> list[Slot]:
    """Put one slot, or `count` in a row, on the board; the same `key` again answers the same.

    Raises NotPermitted, then Refused: past, over 60 days ahead, over another slot, absent.
    """
    ask_keeps_agenda(professional, by=by)
    made = _rows(professional, terms, starts_at, minutes, key, by, min(count, MOST_IN_A_ROW))
    Membership.objects.select_for_update(of=("self",), no_key=True).get(pk=professional.pk)
    known = list(Slot.objects.filter(key__in=[slot.key for slot in made]))
    if known:
        return known
    _ask_present(professional, (made[0].starts_at, made[-1].ends_at))
    busy = busy_times([professional.pk], made[0].starts_at, made[-1].ends_at)
    for slot in made:
        slot.is_hidden = overlaps((slot.starts_at, slot.ends_at), busy.get(professional.pk, []))
    with told_politely(Slot):
        Slot.objects.bulk_create(made)
    audit.record_all(made, "offer", by=by, target=SlotStatus.OPEN)
    return made


def _rows(
    professional: Membership,
    terms: Terms,
    starts_at: datetime,
    minutes: int,
    key: uuid.UUID,
    by: Any,
    count: int,
) -> list[Slot]:
    length = timedelta(minutes=minutes)
    starts = [starts_at.astimezone(UTC) + length * position for position in range(count)]
    return [
        Slot(
            cpts_id=professional.cpts_id,
            professional=professional,
            starts_at=start,
            ends_at=start + length,
            closes_at=start - timedelta(minutes=terms.give_back_minutes),
            offered_by=writer(by),
            key=uuid.uuid5(key, str(position)),
            **terms.columns(),
        )
        for position, start in enumerate(starts)
    ]


def _ask_present(professional: Membership, stretch: Stretch) -> None:
    if Absence.objects.overlapping(*stretch).filter(membership=professional).exists():
        raise Refused(_("Une absence est notée à cette heure : annulez-la d’abord."))


def busy_times(
    professionals: Sequence[int], first: datetime, last: datetime
) -> dict[int, list[Stretch]]:
    """By professional, when their own calendars say that they are busy between two moments."""
    found: dict[int, list[Stretch]] = {}
    rows = BusyTime.objects.filter(
        feed__membership__in=professionals, starts_at__lt=last, ends_at__gt=first
    )
    for owner, starts_at, ends_at in rows.values_list("feed__membership", "starts_at", "ends_at"):
        found.setdefault(owner, []).append((starts_at, ends_at))
    return found


# --- Taking back ----------------------------------------------------------------------------
@transaction.atomic
def withdraw(slot: Slot, *, reason: str, by: Any, is_confirmed: bool = False) -> Slot:
    """Take a slot to come off the board for good; its claim goes with it, and is told.

    `reason` is one of Slot.WithdrawReason. Raises NotPermitted, then Refused; Claimed when
    somebody has the appointment and `is_confirmed` is not said.
    """
    booked = _lock_claim_of(slot)
    _end_holds(Slot.objects.filter(pk=slot.pk))
    locked: Slot = Slot.objects.select_for_update(of=("self",), no_key=True).get(pk=slot.pk)
    source = lifecycle.WITHDRAW.apply(locked, by=by)
    if Claim.objects.filter(slot=locked, status__in=OUTCOMES).exists():
        raise _begun()
    if source == SlotStatus.CLAIMED and not (is_confirmed and booked):
        raise Claimed(
            _("Ce créneau est réservé : confirmez, et la personne qui l’a pris sera prévenue.")
        )
    _write(Slot.objects.filter(pk=locked.pk), reason)
    audit.record(locked, "withdraw", by=by, source=source, target=locked.status, reason=reason)
    if booked:
        claims.withdraw_with_slot(booked, by=by)
    locked.refresh_from_db()
    return locked


def _lock_claim_of(slot: Slot) -> Claim | None:
    """The live claim first, then the slot: the order in which a cancellation locks them too."""
    booked = Claim.objects.filter(slot=slot, status=ClaimStatus.BOOKED).first()
    if booked is None:
        return None
    locked = claims.lock_claim(booked)
    return locked if locked.status == ClaimStatus.BOOKED else None


def _end_holds(slots: QuerySet[Slot]) -> None:
    """Whoever keeps one of them on the phone is let go: it will not be claimed."""
    live = Hold.objects.filter(slot__in=slots, claim=None, expires_at__gt=Now())
    live.update(expires_at=Now())


def _begun() -> Refused:
    """Its hour has come, or its patient was seen early."""
    return Refused(_("Ce créneau a commencé : il ne se retire plus."))


def _write(slots: QuerySet[Slot], reason: str) -> int:
    """Mark as withdrawn those that have not begun; raises Refused when there is none."""
    changed = slots.filter(starts_at__gt=Now()).update(
        status=SlotStatus.WITHDRAWN, withdrawn_at=Now(), withdraw_reason=reason
    )
    if not changed:
        raise _begun()
    return changed


def withdraw_free(slots: QuerySet[Slot], *, reason: str, by: Any) -> int:
    """Take back those that nobody has claimed and that have not begun, in a few statements.

    In the caller's transaction; the rule has been asked of what they belong to.
    """
    free = slots.filter(status=SlotStatus.OPEN, starts_at__gt=Now())
    _end_holds(free)
    locked = list(free.select_for_update(of=("self",), no_key=True).order_by("pk"))
    if locked:
        _write(Slot.objects.filter(pk__in=[slot.pk for slot in locked]), reason)
        audit.record_all(locked, "withdraw", by=by, target=SlotStatus.WITHDRAWN, reason=reason)
    return len(locked)


def withdraw_range(
    professional: Membership, starts_at: datetime, ends_at: datetime, *, reason: str, by: Any
) -> Withdrawn:
    """Empty a stretch of somebody's agenda, appointments included; in the caller's transaction.

    One that was freed meanwhile goes too; a patient seen early has been seen, and hers stays.
    """
    within = slots_within(professional, starts_at, ends_at)
    free = withdraw_free(within, reason=reason, by=by)
    left = within.exclude(status=SlotStatus.WITHDRAWN).filter(starts_at__gt=Now())
    taken = list(left.exclude(claims__status__in=OUTCOMES).order_by("pk"))
    for slot in taken:
        withdraw(slot, reason=reason, by=by, is_confirmed=True)
    return Withdrawn(free=free, claimed=len(taken))


def slots_within(
    professional: Membership, starts_at: datetime, ends_at: datetime
) -> QuerySet[Slot]:
    rows: QuerySet[Slot] = Slot.objects.filter(
        professional=professional, starts_at__lt=ends_at, ends_at__gt=starts_at
    )
    return rows


def lock_weeks(professional: Membership) -> list[Availability]:
    """The running templates of somebody, locked: nothing is made of them meanwhile."""
    running = Availability.objects.filter(professional=professional, stopped_at=None)
    return list(running.select_for_update(of=("self",), no_key=True).order_by("pk"))
