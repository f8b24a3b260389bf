"""A kept slot becomes a claim; what is cancelled is free again at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.db import IntegrityError, connection, transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from cpts_portal.core import audit, inserts
from cpts_portal.core.lifecycle import Transition
from cpts_portal.core.models import Message
from cpts_portal.core.refusals import NotPermitted, Refused
from unscheduled_care import lifecycle, rules
from unscheduled_care.actions.holds import run_out
from unscheduled_care.actions.steps import (
    Gone,
    PatientWords,
    ask_standing,
    clock,
    door_of,
    free_slot,
    new_token,
    phone_hash,
    token_hash,
)
from unscheduled_care.models import Claim, ClaimContact, ClaimStatus, Hold, Slot, SlotStatus
from unscheduled_care.notifications import claims as notifications

PARIS = ZoneInfo("Europe/Paris")
EARLY = timedelta(minutes=10)
TOO_LATE = {"claim_within_its_hold", "claim_of_a_slot_to_come"}
"""What the trigger of `models.triggers` says of a claim whose minutes are over."""


class SameDay(Refused):
    """The same phone has another claim that day: to be confirmed, not forbidden."""


@transaction.atomic
def claim(hold: Hold, words: PatientWords, *, by: Any, is_another: bool = False) -> Claim:
    """Take the kept slot for a patient; patient and professional are told.

    What was kept is kept: whether the slot is open to `by` was asked by `hold`. Sent twice, it
    answers the same claim. `is_another` confirms a second claim of the same phone on one day.
    Raises Refused, NotPermitted, Gone when the hold has run out, SameDay.
    """
    if not rules.is_holder(by, hold):
        raise NotPermitted(_("Ce créneau n’est pas gardé par vous."))
    ask_standing(by)
    return book(hold, words, by=by, door=door_of(by), is_another=is_another)


def book(hold: Hold, words: PatientWords, *, by: Any, door: str, is_another: bool) -> Claim:
    """Write the claim of a hold, in the caller's transaction; or answer the one it has.

    Whether the slot is hidden or closed was asked when it was held; that its hour has not come is
    asked by the update, that it is still kept by the trigger which lets the claim in. Raises Gone,
    Refused, SameDay.
    """
    slot = hold.slot
    sold = _sold(slot)
    if sold is None:
        return _already_made(hold)
    slot.status = SlotStatus.CLAIMED
    _ask_same_day(slot, words, is_another=is_another)
    made = _new_claim(hold, words, sold, door=door)
    token = new_token()
    made.contact = ClaimContact(
        pk=sold.contact_id,
        cpts_id=slot.cpts_id,
        claim=made,
        link_hash=token_hash(token),
        **words.contact(),
    )
    _write(made, by=by, told=notifications.claim_made(made, token, by=by))
    return made


class Sold(NamedTuple):
    """Keys for the rows that follow, and PostgreSQL's clock when the slot was taken."""

    claim_id: int
    contact_id: int
    at: datetime


SELL = """
    UPDATE unscheduled_care_slot SET status = 'claimed'
    WHERE id = %s AND cpts_id = %s AND status = 'open' AND starts_at > statement_timestamp()
    RETURNING nextval('unscheduled_care_claim_id_seq') AS claim_id,
        nextval('unscheduled_care_claimcontact_id_seq') AS contact_id,
        statement_timestamp() AS at
"""


def _sold(slot: Slot) -> Sold | None:
    """Of two who claim it, one gets an answer: the other waits for the row, then finds it taken."""
    with connection.cursor() as cursor:
        cursor.execute(SELL, [slot.pk, slot.cpts_id])
        row = cursor.fetchone()
    return Sold(*row) if row else None


def _new_claim(hold: Hold, words: PatientWords, sold: Sold, *, door: str) -> Claim:
    return Claim(
        pk=sold.claim_id,
        cpts_id=hold.cpts_id,
        slot=hold.slot,
        hold=hold,
        claimer_id=hold.holder_id,
        door=door,
        searched_at=hold.starts_at,
        claimed_at=sold.at,
        **words.care(),
    )


def _write(made: Claim, *, by: Any, told: Sequence[Message]) -> None:
    """Claim, contact, trace and messages at once: what is most claimed is claimed at busy hours.

    Raises Gone when the hold was released or ran out, by PostgreSQL's own word.
    """
    trace = audit.entry(made, "claim", by=by, target=made.status)
    try:
        inserts.insert([made], [made.contact], [trace], unless_there=told)
    except IntegrityError as error:
        diagnosis: Any = getattr(error.__cause__, "diag", None)
        if getattr(diagnosis, "constraint_name", "") not in TOO_LATE:
            raise
        raise Gone(made.slot, run_out()) from error


def _already_made(hold: Hold) -> Claim:
    """The claim that the first of two clicks made of this hold; else Gone says why."""
    first: Claim | None = Claim.objects.filter(hold=hold).first()
    if first is not None:
        return first
    is_live = Hold.objects.filter(pk=hold.pk, expires_at__gt=Now()).exists()
    raise Gone(hold.slot, "" if is_live else run_out())


def _ask_same_day(slot: Slot, words: PatientWords, *, is_another: bool) -> None:
    """The very same is refused, any other is to be confirmed."""
    same = _of_the_same_day(slot, phone_hash(words.phone)) if words.phone else []
    for found in same:
        if _is_the_very_same(found, words):
            raise Refused(
                _(
                    "Cette personne a déjà ce rendez-vous le même jour, à %(hour)s. Pour une autre"
                    " personne du même numéro, indiquez son prénom."
                )
                % {"hour": _hour(found.slot.starts_at)}
            )
    if same and not is_another:
        raise SameDay(
            _(
                "Ce numéro a déjà un rendez-vous ce jour-là, à %(hour)s. Confirmez qu’il en faut"
                " un autre."
            )
            % {"hour": _hour(same[0].slot.starts_at)}
        )


KNOWN = """
    SELECT pg_advisory_xact_lock(hashtext(%s));
    SELECT claim_id FROM unscheduled_care_claimcontact WHERE cpts_id = %s AND phone_hash = %s
"""


def _of_the_same_day(slot: Slot, hashed: str) -> list[Claim]:
    """One phone at a time is judged, as by `lock_phone`, so that two tabs cannot pass together.

    Nearly every number is a new one, hence a first question by hand that costs next to nothing.
    """
    with connection.cursor() as cursor:
        cursor.execute(KNOWN, [hashed, slot.cpts_id, hashed])
        while cursor.nextset():
            pass  # the lock answers first
        known = [pk for (pk,) in cursor.fetchall()]
    return list(_that_day(slot.starts_at).filter(pk__in=known)) if known else []


def _that_day(moment: datetime) -> QuerySet[Claim]:
    since, until = _day_of(moment)
    booked: QuerySet[Claim] = Claim.objects.filter(
        status=ClaimStatus.BOOKED, slot__starts_at__gte=since, slot__starts_at__lt=until
    )
    return booked.select_related("contact", "slot").order_by("slot__starts_at")


def _is_the_very_same(found: Claim, words: PatientWords) -> bool:
    return (found.reason_id, found.age_band, found.contact.first_name.casefold()) == (
        words.reason.pk,
        words.age_band,
        words.first_name.casefold(),
    )


def _day_of(moment: datetime) -> tuple[datetime, datetime]:
    """The Paris day of a moment, 23 or 25 hours on the nights when clocks change."""
    day = moment.astimezone(PARIS).date()
    return (
        datetime.combine(day, time(), PARIS),
        datetime.combine(day + timedelta(days=1), time(), PARIS),
    )


def _hour(moment: datetime) -> str:
    return f"{moment.astimezone(PARIS):%-H\u00a0h\u00a0%M}"


def lock_claim(claim: Claim) -> Claim:
    """The row as it is now, locked, with its slot and whom it concerns."""
    locked: Claim = (
        Claim.objects.select_for_update(of=("self",), no_key=True)
        .select_related(
            "cpts",
            "contact",
            "claimer__user",
            "slot__cpts",
            "slot__professional__user",
            "slot__practice__commune",
        )
        .get(pk=claim.pk)
    )
    return locked


@transaction.atomic
def cancel(claim: Claim, *, reason: str, by: Any) -> Claim:
    """Cancel a claim whose hour has not come; the slot is open again at once.

    `reason` is one of Claim.CancelReason. Raises NotPermitted, then Refused.
    """
    locked = lock_claim(claim)
    _step(locked, lifecycle.CANCEL, by=by, reason=reason)
    if locked.slot.starts_at <= clock():
        raise Refused(_("L’heure de ce rendez-vous est passée : dites plutôt ce qu’il est devenu."))
    Claim.objects.filter(pk=locked.pk).update(
        status=locked.status,
        cancelled_at=Now(),
        cancel_reason=reason,
        sequence=F("sequence") + 1,
    )
    free_slot(locked.slot, by=by)
    notifications.claim_cancelled(locked, by=by)
    return locked


@transaction.atomic
def withdraw_with_slot(claim: Claim, *, by: Any) -> Claim:
    """Cancel because the slot itself goes: patient and claimer are warned, nothing is freed."""
    locked = lock_claim(claim)
    _step(locked, lifecycle.CANCEL, by=audit.SYSTEM, reason=Claim.CancelReason.WITHDRAWN)
    Claim.objects.filter(pk=locked.pk).update(
        status=locked.status,
        cancelled_at=Now(),
        cancel_reason=Claim.CancelReason.WITHDRAWN,
        sequence=F("sequence") + 1,
    )
    notifications.slot_withdrawn(locked, by=by)
    return locked


OUTCOMES: dict[str, Transition] = {
    step.verb: step
    for step in (lifecycle.SEE, lifecycle.MISS, lifecycle.NOT_THERE, lifecycle.REDIRECT)
}


@transaction.atomic
def note_outcome(claim: Claim, *, verb: str, by: Any) -> Claim:
    """Say what became of it, once its hour has come; a slip of the finger is corrected by another.

    `verb` is a key of OUTCOMES. A patient who is early may be seen early. Raises Refused,
    NotPermitted.
    """
    locked = lock_claim(claim)
    _step(locked, OUTCOMES[verb], by=by)
    if locked.slot.starts_at > clock() + EARLY:
        raise Refused(_("Ce rendez-vous n’a pas encore eu lieu."))
    Claim.objects.filter(pk=locked.pk).update(status=locked.status, outcome_at=Now())
    return locked


def _step(claim: Claim, step: Transition, *, by: Any, reason: str = "") -> None:
    """Apply to a locked claim and trace; the caller writes."""
    source = step.apply(claim, by=by)
    audit.record(claim, step.verb, by=by, source=source, target=claim.status, reason=reason)
