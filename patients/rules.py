"""Who may, and how urgent: pure predicates over loaded rows, no query, no write."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from cpts_portal.core.audit import PatientOf, System
from members.models import Membership, Role
from patients.models import ContactAttempt, GPRequest, Intake, Referral


def is_coordinator(by: Any, subject: Any) -> bool:
    """The coordination of the subject's own CPTS."""
    return getattr(by, "role", None) == Role.COORDINATOR and by.cpts_id == subject.cpts_id


def is_the_patient(by: Any, request: GPRequest) -> bool:
    """Whoever holds the private link of this very request."""
    return isinstance(by, PatientOf) and by.request_id == request.pk


def is_coordinator_or_patient(by: Any, request: GPRequest) -> bool:
    return is_coordinator(by, request) or is_the_patient(by, request)


def is_coordinator_or_portal(by: Any, subject: Any) -> bool:
    return is_coordinator(by, subject) or isinstance(by, System)


def is_addressed_gp(by: Any, referral: Referral) -> bool:
    return getattr(by, "pk", None) == referral.gp_id and by.cpts_id == referral.cpts_id


def is_coordinator_or_professional(by: Any, request: GPRequest) -> bool:
    """Professionals act on a request only through their referral, which the action checks first."""
    same = getattr(by, "cpts_id", None) == request.cpts_id
    return same and by.role in (Role.COORDINATOR, Role.PROFESSIONAL)


# --- How urgent -----------------------------------------------------------------------------
RuleSet = list[dict[str, Any]]
FactHolds = Callable[[GPRequest, int | None, date], bool]

LAST_CLASS = 5
HOSPITAL_DAYS = 30
TREATMENT_DAYS = 15
SENIOR_AGE = 70


def left_hospital_recently(request: GPRequest, age: int | None, today: date) -> bool:
    left = request.left_hospital_on
    return left is not None and (today - left).days < HOSPITAL_DAYS


def treatment_ends_soon(request: GPRequest, age: int | None, today: date) -> bool:
    """Also true of a treatment already run out."""
    ends = request.treatment_ends_on
    return ends is not None and (ends - today).days < TREATMENT_DAYS


FACTS: dict[str, FactHolds] = {
    "end_of_life": lambda request, age, today: request.needs_end_of_life_care,
    "left_hospital": left_hospital_recently,
    "treatment_ends": treatment_ends_soon,
    "ald": lambda request, age, today: request.has_ald,
    "aged_70": lambda request, age, today: age is not None and age >= SENIOR_AGE,
    "c2s": lambda request, age, today: request.has_c2s,
    "home_bound": lambda request, age, today: request.is_home_bound,
    "pregnant": lambda request, age, today: request.is_pregnant,
    "disability": lambda request, age, today: request.is_disabled,
    "gp_retired": lambda request, age, today: request.no_gp_reason == "retired",
    "under_6": lambda request, age, today: age is not None and age < 6,
    "psychiatric": lambda request, age, today: request.is_under_psychiatric_care,
}
"""What a rule may ask of a request; age in whole years, None once the birth date is erased."""

REASON_LABELS: dict[str, Any] = {
    "end_of_life": _("soins palliatifs"),
    "left_hospital": _("sortie d’hôpital récente"),
    "treatment_ends": _("traitement bientôt terminé"),
    "ald": _("ALD"),
    "aged_70": _("70 ans ou plus"),
    "c2s": _("C2S ou AME"),
    "home_bound": _("ne peut pas se déplacer"),
    "pregnant": _("grossesse"),
    "disability": _("handicap"),
    "gp_retired": _("médecin parti à la retraite"),
    "under_6": _("moins de 6 ans"),
    "psychiatric": _("suivi psychiatrique"),
}

DEFAULT_RULES: RuleSet = [
    {"class": 1, "when": [["end_of_life"], ["left_hospital"], ["treatment_ends"]]},
    {"class": 2, "when": [["ald", "aged_70"], ["ald", "c2s"], ["ald", "home_bound"]]},
    {"class": 3, "when": [["ald"], ["pregnant"], ["disability"]]},
    {"class": 4, "when": [["aged_70"], ["c2s"], ["gp_retired"]]},
]


def score(
    request: GPRequest, rules: RuleSet, age: int | None, today: date
) -> tuple[int, list[str]]:
    """The most urgent class whose conditions hold, and the facts that hold it up.

    No rule held gives the last class, without a reason. The order of `rules` changes nothing.
    """
    held = {name for name, holds in FACTS.items() if holds(request, age, today)}
    met = [
        (rule["class"], when) for rule in rules for when in rule["when"] if held.issuperset(when)
    ]
    urgency = min((found for found, when in met), default=LAST_CLASS)
    because = {fact for found, when in met if found == urgency for fact in when}
    return urgency, [name for name in FACTS if name in because]


def validate_rules(rules: Any) -> None:
    """Refuse rules that `score` could not read; raises ValidationError naming the first fault."""
    if not isinstance(rules, list):
        raise ValidationError(_("Les règles sont une liste."))
    for rule in rules:
        _validate_rule(rule)


def _validate_rule(rule: Any) -> None:
    if not isinstance(rule, dict) or set(rule) != {"class", "when"}:
        raise ValidationError(_("Une règle a une classe et des conditions, rien d’autre."))
    if rule["class"] not in range(1, LAST_CLASS + 1) or isinstance(rule["class"], bool):
        raise ValidationError(_("Une classe va de 1 à 5."))
    if not isinstance(rule["when"], list) or not all(
        isinstance(facts, list) and facts for facts in rule["when"]
    ):
        raise ValidationError(_("Chaque condition nomme au moins un fait."))
    for name in (name for facts in rule["when"] for name in facts):
        if not isinstance(name, str) or name not in FACTS:
            raise ValidationError(_("Fait inconnu : %(name)s."), params={"name": name})


AGE_BANDS = ((6, "0-5"), (18, "6-17"), (30, "18-29"), (50, "30-49"), (70, "50-69"), (85, "70-84"))


def age_band(age: int) -> GPRequest.AgeBand:
    """The band shown in place of the birth date; `age` in whole years."""
    value = next((band for limit, band in AGE_BANDS if age < limit), "85+")
    return GPRequest.AgeBand(value)


def is_coordinator_professional_or_portal(by: Any, request: GPRequest) -> bool:
    """Whoever may put a request back in the queue: its coordination, its GP, a passed deadline."""
    return is_coordinator_or_professional(by, request) or isinstance(by, System)


def may_take_back(by: Any, referral: Referral) -> bool:
    """The coordination; the portal; the patient herself, when she ends her request."""
    if isinstance(by, PatientOf):
        return by.request_id == referral.request_id
    return is_coordinator_or_portal(by, referral)


UNREACHABLE_ATTEMPTS = 3
UNREACHABLE_WAYS = 2
UNREACHABLE_SPAN = timedelta(days=30)


def may_be_called_unreachable(attempts: Sequence[ContactAttempt]) -> bool:
    """Three attempts over 30 days or more, by two ways at least, all since the last answer."""
    answered = [attempt.at for attempt in attempts if attempt.has_answered]
    vain = [a for a in attempts if not a.has_answered and (not answered or a.at > max(answered))]
    if len(vain) < UNREACHABLE_ATTEMPTS or len({a.way for a in vain}) < UNREACHABLE_WAYS:
        return False
    moments = [attempt.at for attempt in vain]
    return max(moments) - min(moments) >= UNREACHABLE_SPAN


def has_intake(member: Membership) -> bool:
    """Terms for new patients belong to whoever may be a médecin traitant."""
    profession = member.profession
    return member.role == Role.PROFESSIONAL and bool(
        profession and profession.can_be_treating_doctor
    )


ADULT_FOR_INTAKE = 16


def is_child(request: GPRequest, today: date) -> bool:
    """Under 16, the age from which a person chooses her médecin traitant alone."""
    age = request.patient.age_on(today)
    if age is None:
        return request.age_band == GPRequest.AgeBand.UNDER_6
    return age < ADULT_FOR_INTAKE


def is_beyond_her_reach(request: GPRequest, distance_km: float | None) -> bool:
    """Farther than she says that she can travel: a reason to come after the others, no obstacle.

    A person who stays at home is visited there; an unknown distance is beyond nobody's reach.
    """
    return not request.is_home_bound and distance_km is not None and distance_km > request.travel_km


def intake_obstacle(
    intake: Intake, request: GPRequest, *, taken: int, distance_km: float | None, today: date
) -> str:
    """Why this GP's terms exclude this person, as a code; "" when they do not.

    `taken` counts his patients of the month and the referrals he has not answered yet. An unknown
    distance excludes nobody.
    """
    obstacles = {
        "paused": intake.paused_until is not None and intake.paused_until >= today,
        "full": taken >= intake.monthly_quota,
        "too_far": distance_km is not None and distance_km > intake.radius_km,
        "home_visits": request.is_home_bound and not intake.takes_home_visits,
        "children": is_child(request, today) and not intake.takes_children,
        "ald": request.has_ald and not intake.takes_ald,
        "psychiatric": request.is_under_psychiatric_care and not intake.takes_psychiatric,
    }
    return next((code for code, stands in obstacles.items() if stands), "")
