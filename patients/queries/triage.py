"""All there is to know about one request, on one screen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cpts_portal.core.audit import kind_of
from cpts_portal.core.models import AuditEntry
from cpts_portal.core.templatetags.portal import day
from members.models import Membership
from patients import lifecycle, rules
from patients.models import (
    ContactAttempt,
    GPRequest,
    Note,
    Referral,
    ReferralStatus,
    Status,
)
from patients.queries.referrals import GpOption, gps_for
from patients.queries.rows import priority_names

TIMELINE_AT_MOST = 100


@dataclass(frozen=True)
class Event:
    """One line of the timeline; `said` is a person's own words, `what` the portal's."""

    at: datetime
    what: str
    who: str = ""
    said: str = ""


@dataclass(frozen=True, kw_only=True)
class Dossier:
    """One request as the coordination sees it now."""

    request: GPRequest
    age: int | None
    priority: str
    reasons: list[str]
    referral: Referral | None
    options: list[GpOption]
    timeline: list[Event]
    verbs: set[str]
    endings: list[tuple[str, str]]
    is_unreachable: bool
    has_late_referral: bool

    @property
    def may_be_referred(self) -> bool:
        """Whether to show who can take this person, ready to be asked or soon to be."""
        return bool(self.verbs & {"refer", "qualify"})


def requests_in_full() -> QuerySet[GPRequest]:
    found: QuerySet[GPRequest] = GPRequest.objects.select_related(
        "patient", "commune", "cpts", "assigned_to__user"
    )
    return found


def dossier(request: GPRequest, *, by: Membership) -> Dossier:
    """The page of one request; a referral past its deadline counts as returned, worker or not."""
    now = timezone.now()
    referrals = list(request.referrals.select_related("gp__user").order_by("-proposed_at"))
    attempts = list(request.attempts.select_related("by__user"))
    holding = next((r for r in referrals if r.status in HOLDING_NOW), None)
    is_late = holding is not None and holding.is_late_at(now)
    if is_late:
        request.status, holding = Status.QUALIFIED, None
    verbs = lifecycle.REQUEST.open_to(request, by=by)
    is_unreachable = rules.may_be_called_unreachable(attempts)
    names = priority_names()
    return Dossier(
        request=request,
        age=request.patient.age_on(timezone.localdate()),
        priority=names[request.rank],
        reasons=[str(rules.REASON_LABELS.get(code, code)) for code in request.priority_reasons],
        referral=holding,
        options=gps_for(request) if verbs & {"refer", "qualify"} else [],
        timeline=timeline(request, referrals, attempts),
        verbs=verbs,
        endings=open_endings(verbs, is_unreachable=is_unreachable),
        is_unreachable=is_unreachable,
        has_late_referral=is_late,
    )


HOLDING_NOW = (ReferralStatus.PROPOSED, ReferralStatus.RESERVED, ReferralStatus.ACCEPTED)


def open_endings(verbs: set[str], *, is_unreachable: bool) -> list[tuple[str, str]]:
    """(verb, label) of the ends that may be chosen now."""
    return [
        (ending.verb, str(ending.label))
        for ending in lifecycle.ENDINGS
        if ending.verb in verbs and (is_unreachable or ending != lifecycle.LOSE_TOUCH)
    ]


# --- Timeline -----------------------------------------------------------------------------------
REQUEST_TEXTS: dict[str, Any] = {
    "file": gettext_lazy("Demande enregistrée"),
    "ask": gettext_lazy("Complément demandé"),
    "complete": gettext_lazy("Complément reçu"),
    "correct_contact": gettext_lazy("Coordonnées corrigées"),
    "update_situation": gettext_lazy("Situation mise à jour"),
    "qualify": gettext_lazy("Demande qualifiée"),
    "set_first_visit": gettext_lazy("Premier rendez-vous fixé : %(reason)s"),
    "declare": gettext_lazy("Médecin traitant déclaré"),
    "withdraw": gettext_lazy("Demande retirée"),
    "find_alone": gettext_lazy("A trouvé un médecin"),
    "leave_area": gettext_lazy("Hors du territoire"),
    "lose_touch": gettext_lazy("Injoignable"),
    "mark_duplicate": gettext_lazy("Doublon"),
    "move_away": gettext_lazy("A déménagé"),
    "record_death": gettext_lazy("Personne décédée"),
    "reopen": gettext_lazy("Demande rouverte, à son rang"),
    "assign": gettext_lazy("Attribuée à %(reason)s"),
    "unassign": gettext_lazy("Plus attribuée"),
    "plan_call_back": gettext_lazy("À rappeler le %(reason)s"),
    "cancel_call_back": gettext_lazy("Rappel annulé"),
    "override_priority": gettext_lazy("Priorité corrigée : %(reason)s"),
    "rank_again": gettext_lazy("Priorité recalculée : %(reason)s"),
    "cancel_override": gettext_lazy("Priorité calculée rétablie"),
}
REFERRAL_TEXTS: dict[str, Any] = {
    "propose": gettext_lazy("Proposée au %(gp)s"),
    "reserve": gettext_lazy("Réservée par le %(gp)s"),
    "take": gettext_lazy("Acceptée par le %(gp)s"),
    "decline": gettext_lazy("Déclinée par le %(gp)s : %(reason)s"),
    "give_back": gettext_lazy("Rendue par le %(gp)s : %(reason)s"),
    "expire": gettext_lazy("Sans réponse du %(gp)s dans le délai"),
    "take_back": gettext_lazy("Reprise au %(gp)s"),
}
SAID = frozenset({"ask", "complete", *(ending.verb for ending in lifecycle.ENDINGS)})
TOLD_BY_THE_REFERRAL = frozenset({"refer", "accept", "return"})


def timeline(
    request: GPRequest, referrals: list[Referral], attempts: list[ContactAttempt]
) -> list[Event]:
    """Traces, notes and attempts in one list, newest first."""
    events = [*_traced(request, referrals), *map(_attempted, attempts), *_noted(request)]
    return sorted(events, key=lambda event: event.at, reverse=True)[:TIMELINE_AT_MOST]


def _traced(request: GPRequest, referrals: list[Referral]) -> list[Event]:
    by_id = {str(referral.pk): referral for referral in referrals}
    own = Q(subject_kind=kind_of(request), subject_id=str(request.pk))
    theirs = Q(subject_kind=kind_of(Referral()), subject_id__in=list(by_id))
    entries = AuditEntry.objects.filter(own | theirs).select_related("by", "behalf")
    told = entries.exclude(own & Q(verb__in=TOLD_BY_THE_REFERRAL)).order_by("-at")
    return [_event(entry, by_id.get(entry.subject_id)) for entry in told[:TIMELINE_AT_MOST]]


def _event(entry: AuditEntry, referral: Referral | None) -> Event:
    is_referral = entry.subject_kind == kind_of(Referral())
    texts = REFERRAL_TEXTS if is_referral and referral else REQUEST_TEXTS
    words = {
        "reason": _reason(entry),
        "gp": referral.gp.user.get_full_name() if is_referral and referral else "",
    }
    text = texts.get(entry.verb) or gettext_lazy("Demande mise à jour")
    said = entry.reason if entry.verb in SAID else ""
    return Event(entry.at, (str(text) % words).rstrip(" :\u00a0\u202f"), _author(entry), said)


def _reason(entry: AuditEntry) -> str:
    """The trace's reason as it is read: a day, a coded label, the words; "" once erased."""
    if entry.reason and entry.verb in ("set_first_visit", "plan_call_back"):
        return day(datetime.fromisoformat(entry.reason).date())
    return str(dict(Referral.DeclineReason.choices).get(entry.reason, entry.reason))


def _author(entry: AuditEntry) -> str:
    if entry.by is None:
        return _("la personne elle-même") if entry.by_label == "patient" else _("le portail")
    if entry.behalf is None:
        return entry.by.get_full_name()
    names = {"who": entry.by.get_full_name(), "principal": entry.behalf.get_full_name()}
    return _("%(who)s, pour %(principal)s") % names


def _attempted(attempt: ContactAttempt) -> Event:
    way = attempt.get_way_display()
    text = (
        _("Tentative par %(way)s : a répondu")
        if attempt.has_answered
        else _("Tentative par %(way)s : sans réponse")
    )
    return Event(attempt.at, text % {"way": way}, attempt.by.user.get_full_name())


def _noted(request: GPRequest) -> list[Event]:
    notes = Note.objects.filter(request=request).select_related("author__user")
    return [
        Event(note.at, _("Note de la coordination"), note.author.user.get_full_name(), note.body)
        for note in notes
    ]
