"""The state machines of the app, as tables; docs/lifecycles.md is drawn from them."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from cpts_portal.core.lifecycle import Lifecycle, transition
from unscheduled_care import rules
from unscheduled_care.models import (
    ClaimStatus,
    NeedStatus,
    SlotStatus,
    WaitingStatus,
)

# --- Slot -----------------------------------------------------------------------------------
SELL = transition(
    "claim", {SlotStatus.OPEN}, SlotStatus.CLAIMED, rules.follows_its_claim, _("Réserver")
)
FREE = transition(
    "free", {SlotStatus.CLAIMED}, SlotStatus.OPEN, rules.follows_its_claim, _("Remettre au tableau")
)
WITHDRAW = transition(
    "withdraw",
    {SlotStatus.OPEN, SlotStatus.CLAIMED},
    SlotStatus.WITHDRAWN,
    rules.keeps_agenda,
    _("Retirer"),
)
SLOT = Lifecycle("unscheduled_care.slot", SlotStatus, SlotStatus.OPEN, (SELL, FREE, WITHDRAW))

# --- Claim ----------------------------------------------------------------------------------
CANCEL = transition(
    "cancel", {ClaimStatus.BOOKED}, ClaimStatus.CANCELLED, rules.may_cancel, _("Annuler")
)
_NOTED = {
    ClaimStatus.BOOKED,
    ClaimStatus.SEEN,
    ClaimStatus.NO_SHOW,
    ClaimStatus.ABSENT,
    ClaimStatus.REDIRECTED,
}
SEE = transition("see", _NOTED, ClaimStatus.SEEN, rules.notes_outcome, _("Vu"))
MISS = transition("miss", _NOTED, ClaimStatus.NO_SHOW, rules.notes_outcome, _("Non venu"))
NOT_THERE = transition(
    "not_there", _NOTED, ClaimStatus.ABSENT, rules.keeps_claim, _("Professionnel absent")
)
REDIRECT = transition(
    "redirect", _NOTED, ClaimStatus.REDIRECTED, rules.notes_outcome, _("Réorienté")
)
CLAIM = Lifecycle(
    "unscheduled_care.claim",
    ClaimStatus,
    ClaimStatus.BOOKED,
    (CANCEL, SEE, MISS, NOT_THERE, REDIRECT),
)

# --- Need -----------------------------------------------------------------------------------
TAKE_NEED = transition(
    "take", {NeedStatus.OPEN}, NeedStatus.TAKEN, rules.is_asked_profession, _("Je m’en charge")
)
WITHDRAW_NEED = transition(
    "withdraw", {NeedStatus.OPEN}, NeedStatus.WITHDRAWN, rules.keeps_need, _("Retirer")
)
END_NEED = transition(
    "end", {NeedStatus.OPEN}, NeedStatus.ENDED, rules.may_end_need, _("Délai passé")
)
NEED = Lifecycle(
    "unscheduled_care.careneed",
    NeedStatus,
    NeedStatus.OPEN,
    (TAKE_NEED, WITHDRAW_NEED, END_NEED),
)

# --- Waiting list ---------------------------------------------------------------------------
BOOK = transition(
    "book",
    {WaitingStatus.WAITING},
    WaitingStatus.BOOKED,
    rules.may_book_entry,
    _("Prendre le créneau"),
)
LEAVE_LINE = transition(
    "leave", {WaitingStatus.WAITING}, WaitingStatus.LEFT, rules.is_in_line, _("Me retirer")
)
REMOVE = transition(
    "remove", {WaitingStatus.WAITING}, WaitingStatus.REMOVED, rules.keeps_entry, _("Retirer")
)
RUN_LATE = transition(
    "run_late", {WaitingStatus.WAITING}, WaitingStatus.LATE, rules.may_close_entry, _("Délai passé")
)
WAITING = Lifecycle(
    "unscheduled_care.waitingentry",
    WaitingStatus,
    WaitingStatus.WAITING,
    (BOOK, LEAVE_LINE, REMOVE, RUN_LATE),
)
LIFECYCLES = (SLOT, CLAIM, NEED, WAITING)
