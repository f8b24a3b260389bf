"""The two state machines of the app, as tables; docs/lifecycles.md is drawn from them."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from cpts_portal.core.lifecycle import Lifecycle, transition
from patients import rules
from patients.models import ENDED, IN_PROGRESS, TO_HANDLE, ReferralStatus, Status

ASK = transition(
    "ask",
    {Status.RECEIVED, Status.QUALIFIED},
    Status.TO_COMPLETE,
    rules.is_coordinator,
    _("Demander un complément"),
)
COMPLETE = transition(
    "complete",
    {Status.TO_COMPLETE},
    Status.RECEIVED,
    rules.is_coordinator_or_patient,
    _("Compléter"),
)
QUALIFY = transition(
    "qualify",
    {Status.RECEIVED, Status.TO_COMPLETE},
    Status.QUALIFIED,
    rules.is_coordinator,
    _("Qualifier"),
)
REFER = transition(
    "refer", {Status.QUALIFIED}, Status.REFERRED, rules.is_coordinator, _("Proposer à un médecin")
)
RETURN = transition(
    "return",
    {Status.REFERRED, Status.ACCEPTED, Status.FIRST_VISIT_SET},
    Status.QUALIFIED,
    rules.is_coordinator_professional_or_portal,
    _("Remettre dans la file"),
)
ACCEPT = transition(
    "accept",
    {Status.REFERRED},
    Status.ACCEPTED,
    rules.is_coordinator_or_professional,
    _("Accepter"),
)
SET_FIRST_VISIT = transition(
    "set_first_visit",
    {Status.ACCEPTED, Status.FIRST_VISIT_SET},
    Status.FIRST_VISIT_SET,
    rules.is_coordinator_or_professional,
    _("Fixer le premier rendez-vous"),
)
DECLARE = transition(
    "declare",
    {Status.ACCEPTED, Status.FIRST_VISIT_SET},
    Status.DECLARED,
    rules.is_coordinator,
    _("Médecin traitant déclaré"),
)
WITHDRAW = transition(
    "withdraw", IN_PROGRESS, Status.WITHDRAWN, rules.is_coordinator_or_patient, _("Retirer")
)
FIND_ALONE = transition(
    "find_alone",
    IN_PROGRESS,
    Status.FOUND_ALONE,
    rules.is_coordinator_or_patient,
    _("A trouvé un médecin"),
)
LEAVE_AREA = transition(
    "leave_area",
    TO_HANDLE,
    Status.OUT_OF_AREA,
    rules.is_coordinator,
    _("Hors du territoire"),
)
LOSE_TOUCH = transition(
    "lose_touch", TO_HANDLE, Status.UNREACHABLE, rules.is_coordinator, _("Injoignable")
)
MARK_DUPLICATE = transition(
    "mark_duplicate", TO_HANDLE, Status.DUPLICATE, rules.is_coordinator, _("Doublon")
)
MOVE_AWAY = transition(
    "move_away", IN_PROGRESS, Status.MOVED, rules.is_coordinator_or_patient, _("A déménagé")
)
RECORD_DEATH = transition(
    "record_death", IN_PROGRESS, Status.DECEASED, rules.is_coordinator, _("Personne décédée")
)
REOPEN = transition("reopen", ENDED, Status.RECEIVED, rules.is_coordinator, _("Rouvrir"))

ENDINGS = (
    WITHDRAW,
    FIND_ALONE,
    LEAVE_AREA,
    LOSE_TOUCH,
    MARK_DUPLICATE,
    MOVE_AWAY,
    RECORD_DEATH,
)

REQUEST = Lifecycle(
    "patients.gprequest",
    Status,
    Status.RECEIVED,
    (
        ASK,
        COMPLETE,
        QUALIFY,
        REFER,
        RETURN,
        ACCEPT,
        SET_FIRST_VISIT,
        DECLARE,
        *ENDINGS,
        REOPEN,
    ),
)

RESERVE = transition(
    "reserve",
    {ReferralStatus.PROPOSED},
    ReferralStatus.RESERVED,
    rules.is_addressed_gp,
    _("Réserver"),
)
TAKE = transition(
    "take",
    {ReferralStatus.RESERVED},
    ReferralStatus.ACCEPTED,
    rules.is_addressed_gp,
    _("Accepter"),
)
GIVE_BACK = transition(
    "give_back",
    {ReferralStatus.ACCEPTED},
    ReferralStatus.DECLINED,
    rules.is_addressed_gp,
    _("Rendre"),
)
DECLINE = transition(
    "decline",
    {ReferralStatus.PROPOSED, ReferralStatus.RESERVED},
    ReferralStatus.DECLINED,
    rules.is_addressed_gp,
    _("Décliner"),
)
EXPIRE = transition(
    "expire",
    {ReferralStatus.PROPOSED, ReferralStatus.RESERVED},
    ReferralStatus.EXPIRED,
    rules.is_coordinator_or_portal,
    _("Délai dépassé"),
)
TAKE_BACK = transition(
    "take_back",
    {ReferralStatus.PROPOSED, ReferralStatus.RESERVED, ReferralStatus.ACCEPTED},
    ReferralStatus.TAKEN_BACK,
    rules.may_take_back,
    _("Reprendre"),
)

REFERRAL = Lifecycle(
    "patients.referral",
    ReferralStatus,
    ReferralStatus.PROPOSED,
    (RESERVE, TAKE, DECLINE, GIVE_BACK, EXPIRE, TAKE_BACK),
)
LIFECYCLES = (REQUEST, REFERRAL)
