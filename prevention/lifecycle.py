"""The state machines of the app, as tables; docs/lifecycles.md is drawn from them."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from cpts_portal.core.lifecycle import Lifecycle, transition
from prevention.models import (
    CampaignStatus,
    MaterialOrder,
    PlanStatus,
    RecallStatus,
    RegistrationStatus,
    SessionStatus,
    Volunteer,
)
from prevention.rules.campaigns import keeps_shift, may_end_session, runs_campaigns
from prevention.rules.materials import may_cancel_order, serves_orders
from prevention.rules.recalls import settles_recall
from prevention.rules.registrations import (
    may_answer_offer,
    may_end_registration,
    moves_the_line,
    notes_presence,
)
from prevention.rules.reminders import writes_plans
from prevention.rules.rota import may_relieve

# --- Campaign -------------------------------------------------------------------------------
PUBLISH = transition(
    "publish", {CampaignStatus.DRAFT}, CampaignStatus.PUBLISHED, runs_campaigns, _("Publier")
)
CLOSE = transition(
    "close", {CampaignStatus.PUBLISHED}, CampaignStatus.CLOSED, runs_campaigns, _("Terminer")
)
CAMPAIGN = Lifecycle("prevention.campaign", CampaignStatus, CampaignStatus.DRAFT, (PUBLISH, CLOSE))

# --- Session --------------------------------------------------------------------------------
CANCEL_SESSION = transition(
    "cancel", {SessionStatus.PLANNED}, SessionStatus.CANCELLED, runs_campaigns, _("Annuler")
)
HOLD_SESSION = transition(
    "hold", {SessionStatus.PLANNED}, SessionStatus.HELD, may_end_session, _("Clôturer")
)
SESSION = Lifecycle(
    "prevention.session", SessionStatus, SessionStatus.PLANNED, (CANCEL_SESSION, HOLD_SESSION)
)

# --- Registration ---------------------------------------------------------------------------
SEAT = transition(
    "seat",
    {RegistrationStatus.WAITING},
    RegistrationStatus.CONFIRMED,
    moves_the_line,
    _("Donner une place"),
)
OFFER = transition(
    "offer",
    {RegistrationStatus.WAITING},
    RegistrationStatus.OFFERED,
    moves_the_line,
    _("Proposer la place"),
)
ACCEPT = transition(
    "accept",
    {RegistrationStatus.OFFERED},
    RegistrationStatus.CONFIRMED,
    may_answer_offer,
    _("Prendre la place"),
)
RUN_LATE = transition(
    "run_late",
    {RegistrationStatus.OFFERED},
    RegistrationStatus.LATE,
    moves_the_line,
    _("Délai passé"),
)
CANCEL = transition(
    "cancel",
    {RegistrationStatus.CONFIRMED, RegistrationStatus.WAITING, RegistrationStatus.OFFERED},
    RegistrationStatus.CANCELLED,
    may_end_registration,
    _("Annuler l’inscription"),
)
_AT_THE_DOOR = {
    RegistrationStatus.CONFIRMED,
    RegistrationStatus.ATTENDED,
    RegistrationStatus.ABSENT,
}
ATTEND = transition(
    "attend", _AT_THE_DOOR, RegistrationStatus.ATTENDED, notes_presence, _("Présente")
)
MISS = transition("miss", _AT_THE_DOOR, RegistrationStatus.ABSENT, notes_presence, _("Absente"))
UNNOTE = transition(
    "unnote", _AT_THE_DOOR, RegistrationStatus.CONFIRMED, notes_presence, _("Effacer")
)
REGISTRATION = Lifecycle(
    "prevention.registration",
    RegistrationStatus,
    RegistrationStatus.WAITING,
    (SEAT, OFFER, ACCEPT, RUN_LATE, CANCEL, ATTEND, MISS, UNNOTE),
)

# --- Volunteer ------------------------------------------------------------------------------
LEAVE_SHIFT = transition(
    "leave",
    {Volunteer.Status.BOOKED},
    Volunteer.Status.LEFT,
    keeps_shift,
    _("Me retirer"),
)
SWAP_SHIFT = transition(
    "swap",
    {Volunteer.Status.BOOKED},
    Volunteer.Status.SWAPPED,
    may_relieve,
    _("Remplacer"),
)
VOLUNTEER = Lifecycle(
    "prevention.volunteer", Volunteer.Status, Volunteer.Status.BOOKED, (LEAVE_SHIFT, SWAP_SHIFT)
)

# --- Reminder plan --------------------------------------------------------------------------
ACTIVATE = transition(
    "activate",
    {PlanStatus.DRAFT, PlanStatus.STOPPED},
    PlanStatus.ACTIVE,
    writes_plans,
    _("Activer"),
)
STOP_PLAN = transition("stop", {PlanStatus.ACTIVE}, PlanStatus.STOPPED, writes_plans, _("Arrêter"))
PLAN = Lifecycle("prevention.reminderplan", PlanStatus, PlanStatus.DRAFT, (ACTIVATE, STOP_PLAN))

# --- Recall ---------------------------------------------------------------------------------
_RECALLS = {RecallStatus.PENDING, RecallStatus.DONE, RecallStatus.REFUSED}
DO_RECALL = transition("do", _RECALLS, RecallStatus.DONE, settles_recall, _("Fait"))
REFUSE_RECALL = transition(
    "refuse", {RecallStatus.PENDING}, RecallStatus.REFUSED, settles_recall, _("Refuse")
)
RECALL = Lifecycle(
    "prevention.recallentry",
    RecallStatus,
    RecallStatus.PENDING,
    (DO_RECALL, REFUSE_RECALL),
)

# --- Material -------------------------------------------------------------------------------
_ASKED = {MaterialOrder.Status.ASKED}
SERVE = transition("serve", _ASKED, MaterialOrder.Status.SERVED, serves_orders, _("Remettre"))
REFUSE_ORDER = transition(
    "refuse", _ASKED, MaterialOrder.Status.REFUSED, serves_orders, _("Refuser")
)
CANCEL_ORDER = transition(
    "cancel", _ASKED, MaterialOrder.Status.CANCELLED, may_cancel_order, _("Annuler")
)
ORDER = Lifecycle(
    "prevention.materialorder",
    MaterialOrder.Status,
    MaterialOrder.Status.ASKED,
    (SERVE, REFUSE_ORDER, CANCEL_ORDER),
)
LIFECYCLES = (CAMPAIGN, SESSION, REGISTRATION, VOLUNTEER, PLAN, RECALL, ORDER)
