"""The state machines of the association, as tables; docs/lifecycles.md is drawn from them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from cpts_portal.core.audit import System
from cpts_portal.core.lifecycle import Lifecycle, transition
from members import rules
from members.models import Ad, Application, ImportBatch, Meeting, Survey


@dataclass(frozen=True)
class Applicant:
    """Whoever filled in the form or holds the private link of one application."""

    application_id: int
    label: str = "applicant"
    user_id: None = None


def is_the_applicant(by: Any, application: Application) -> bool:
    return isinstance(by, Applicant) and by.application_id == application.pk


def is_the_applicant_or_governs(by: Any, application: Application) -> bool:
    return is_the_applicant(by, application) or rules.governs(by, application)


def is_author_or_coordinator(by: Any, ad: Ad) -> bool:
    return getattr(by, "pk", None) == ad.author_id or rules.is_coordinator(by, ad)


def is_coordinator_or_portal(by: Any, subject: Any) -> bool:
    return rules.is_coordinator(by, subject) or isinstance(by, System)


# --- Applications ---------------------------------------------------------------------------
A = Application.Status
SUBMIT = transition("submit", {A.DRAFT}, A.SUBMITTED, is_the_applicant, _("Déposer"))
ADMIT = transition("admit", {A.SUBMITTED}, A.ADMITTED, rules.governs, _("Admettre"))
REFUSE = transition("refuse", {A.SUBMITTED}, A.REFUSED, rules.governs, _("Refuser"))
WITHDRAW = transition(
    "withdraw", {A.SUBMITTED}, A.WITHDRAWN, is_the_applicant_or_governs, _("Retirer")
)

# --- Meetings -------------------------------------------------------------------------------
M = Meeting.Status
HOLD_MEETING = transition("hold", {M.PLANNED}, M.HELD, rules.governs, _("Tenir la réunion"))
CANCEL_MEETING = transition("cancel", {M.PLANNED}, M.CANCELLED, rules.governs, _("Annuler"))

# --- Ads ------------------------------------------------------------------------------------
FILL_AD = transition(
    "fill", {Ad.Status.PUBLISHED}, Ad.Status.FILLED, is_author_or_coordinator, _("C’est pourvu")
)
WITHDRAW_AD = transition(
    "withdraw",
    {Ad.Status.PUBLISHED},
    Ad.Status.WITHDRAWN,
    is_author_or_coordinator,
    _("Retirer l’annonce"),
)

# --- Imports --------------------------------------------------------------------------------
B = ImportBatch.Status
READ = transition("read", {B.UPLOADED}, B.READ, is_coordinator_or_portal, _("Lire le fichier"))
FAIL = transition("fail", {B.UPLOADED}, B.FAILED, is_coordinator_or_portal, _("Déclarer illisible"))
APPLY = transition("apply", {B.READ}, B.APPLIED, rules.is_coordinator, _("Importer"))
UNDO = transition("undo", {B.APPLIED}, B.UNDONE, rules.is_coordinator, _("Annuler l’import"))
DISCARD = transition(
    "discard", {B.READ, B.FAILED}, B.DISCARDED, is_coordinator_or_portal, _("Abandonner")
)

# --- Surveys --------------------------------------------------------------------------------
S = Survey.Status
OPEN_SURVEY = transition("open", {S.DRAFT}, S.OPEN, rules.governs, _("Ouvrir"))
CLOSE_SURVEY = transition("close", {S.OPEN}, S.CLOSED, is_coordinator_or_portal, _("Clore"))
PUBLISH_SURVEY = transition(
    "publish", {S.CLOSED}, S.PUBLISHED, rules.governs, _("Publier les résultats")
)

LIFECYCLES = (
    Lifecycle("members.Application", A, A.DRAFT, (SUBMIT, ADMIT, REFUSE, WITHDRAW)),
    Lifecycle("members.Meeting", M, M.PLANNED, (HOLD_MEETING, CANCEL_MEETING)),
    Lifecycle("members.Ad", Ad.Status, Ad.Status.PUBLISHED, (FILL_AD, WITHDRAW_AD)),
    Lifecycle("members.ImportBatch", B, B.UPLOADED, (READ, FAIL, APPLY, UNDO, DISCARD)),
    Lifecycle("members.Survey", S, S.DRAFT, (OPEN_SURVEY, CLOSE_SURVEY, PUBLISH_SURVEY)),
)
