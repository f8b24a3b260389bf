"""What the actions share: who may still take part, the patient's contact, a slot set free."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _

from cpts_portal.core import audit, wake
from cpts_portal.core.fields import keyed_hash
from cpts_portal.core.refusals import NotPermitted, Refused
from members.models import Membership, Role
from members.rules import may_take_part
from unscheduled_care import lifecycle, rules
from unscheduled_care.models import Claim, Hold, Reason, Slot, SlotStatus
from unscheduled_care.queries.feeds import busy_then
from unscheduled_care.queries.reach import reach_of

OFFER_FREED = "unscheduled_care.offer_freed"
DOORS: dict[str, str] = {
    Role.COORDINATOR: Claim.Door.DESK,
    Role.SECRETARY: Claim.Door.SECRETARY,
    Role.PARTNER: Claim.Door.SAS,
}


class Gone(Refused):
    """The slot is not to be had any more; `slot` is where alternatives are looked for."""

    def __init__(self, slot: Slot, sentence: str = "") -> None:
        super().__init__(sentence or _("Ce créneau vient d’être pris."))
        self.slot = slot


def clock() -> datetime:
    """What time it is for PostgreSQL, the one clock that decides about slots."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement_timestamp()")
        now: datetime = cursor.fetchone()[0]
    return now


@dataclass(frozen=True)
class PatientWords:
    """What is asked of a patient, once: `phone` is E.164, `age_band` and the others are coded."""

    reason: Reason
    age_band: str
    own_gp: str
    mobility: str
    has_consented: bool
    sex: str = ""
    first_name: str = ""
    phone: str = ""
    email: str = ""
    language: str = "fr"

    def care(self) -> dict[str, Any]:
        """The columns that say nothing of who it is."""
        return {
            "reason": self.reason,
            "age_band": self.age_band,
            "own_gp": self.own_gp,
            "mobility": self.mobility,
            "sex": self.sex,
            "has_consented": self.has_consented,
        }

    def contact(self) -> dict[str, Any]:
        return {
            "first_name": self.first_name,
            "phone": self.phone,
            "phone_hash": phone_hash(self.phone),
            "email": self.email,
            "language": self.language,
        }


def phone_hash(phone: str) -> str:
    """What an E.164 number is found by; "" for none."""
    return keyed_hash(phone) if phone else ""


def lock_phone(hashed: str) -> None:
    """One number at a time until the transaction ends, so that two tabs cannot pass together."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [hashed])


def new_token() -> str:
    """The key of a private link: 128 random bits, kept hashed."""
    return secrets.token_urlsafe(16)


def token_hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def ask_standing(by: Any) -> None:
    """Refuse whoever would offer or claim with a membership that has lapsed.

    One who was read with her standing, as each request reads its own member, is not read again.
    """
    is_told = "covered_until" in vars(by)
    member = by if is_told else Membership.objects.with_standing().get(pk=by.pk)
    if not may_take_part(member, timezone.localdate()):
        raise Refused(
            _("Votre adhésion n’est plus à jour : vous lisez, sans proposer ni réserver.")
        )


def ask_reach(by: Any, slot: Slot) -> None:
    """Refuse who may not claim that slot, free or not."""
    if not rules.reaches(reach_of(by), slot):
        raise NotPermitted(_("Ce créneau ne vous est pas ouvert."))


def free_slot(slot: Slot, *, by: Any) -> None:
    """Put a claimed slot back on the board at once, and tell those who wait in line.

    Nothing when it has begun meanwhile, or was withdrawn; hidden if its professional is busy then.
    The hold ends before the slot is touched, in the order in which a claim locks them, so that the
    two never wait for each other.
    """
    Hold.objects.filter(slot=slot, expires_at__gt=Now()).update(expires_at=Now())
    freed = Slot.objects.filter(pk=slot.pk, status=SlotStatus.CLAIMED, starts_at__gt=Now()).update(
        status=SlotStatus.OPEN, is_hidden=busy_then()
    )
    if freed:
        lifecycle.FREE.apply(slot, by=by)
        audit.record(slot, "free", by=by, source=SlotStatus.CLAIMED, target=slot.status)
        wake.after_commit(OFFER_FREED, slot.pk)


def door_of(by: Any) -> str:
    """The door through which `by` claims: see `Claim.Door`; a delegate comes by her own."""
    role = str(getattr(by, "label", "") or by.role)
    return DOORS.get(role, Claim.Door.MEMBER)
