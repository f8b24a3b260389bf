"""GPs' lists of referrals, ready to print: worded once a page, read without encrypted columns."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypedDict

from django.db.models import Case, Q, When
from django.utils import timezone
from django.utils.translation import gettext as _

from cpts_portal.core.templatetags.portal import day
from patients.models import HOLDING, LIVE, GPRequest, Patient, Referral, ReferralStatus, Status
from patients.queries.referrals import DATED_FACTS, FACT_COLUMNS, kilometres
from patients.rules import REASON_LABELS

HISTORY = timedelta(days=90)
LINES_AT_MOST = 50
TAGS_AT_MOST = 3
COLUMNS = (
    *("pk", "gp_id", "status", "distance_km", "expires_at", "request__status", "request__age_band"),
    *("request__first_visit_on", "request__priority_reasons", "request__commune__name"),
    *("request__patient_id", "request__patient__civility", "request__patient__first_name"),
    *("request__patient__last_name", "request__patient__erased_at"),
    *(f"request__{column}" for column in FACT_COLUMNS.values()),
)


class Line(TypedDict):
    """One referral: anonymous while it waits, named once reserved."""

    pk: int
    who: str
    age: str
    place: str
    commune: str
    state: str
    tags: list[str]
    hours_left: int
    is_named: bool
    status: str


@dataclass(frozen=True)
class ReferralBoard:
    """A GP's referrals by what they ask of him, and the patients that they name."""

    waiting: list[Line] = field(default_factory=list)
    reserved: list[Line] = field(default_factory=list)
    accepted: list[Line] = field(default_factory=list)
    past: list[Line] = field(default_factory=list)
    named_ids: list[int] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        return not (self.waiting or self.reserved or self.accepted or self.past)


@dataclass(frozen=True)
class _Words:
    now: datetime
    bands: dict[str, str] = field(default_factory=lambda: _said(GPRequest.AgeBand.choices))
    civilities: dict[str, str] = field(default_factory=lambda: _said(Patient.Civility.choices))
    statuses: dict[str, str] = field(default_factory=lambda: _said(ReferralStatus.choices))
    reasons: dict[str, str] = field(default_factory=lambda: _said(REASON_LABELS.items()))
    texts: dict[str, str] = field(
        default_factory=lambda: {
            "late": _("délai passé, revenue à la coordination"),
            "declared": _("médecin traitant déclaré"),
            "visit": _("rendez-vous %s"),
            "no_visit": _("rendez-vous à fixer"),
            "erased": _("Identité effacée"),
        }
    )


def _said(pairs: Any) -> dict[str, str]:
    return {key: str(label) for key, label in pairs}


def referral_boards(gp_ids: Iterable[int]) -> dict[int, ReferralBoard]:
    """Unanswered and still in time, kept, taken on, and the last 90 days' others, by GP.

    Fifty a GP on the average, the past being left out first; one query for all of them.
    """
    words = _Words(timezone.now())
    boards = {gp_id: ReferralBoard() for gp_id in gp_ids}
    urgency = Case(When(status__in=LIVE, then=0), When(status="accepted", then=1), default=2)
    order = (urgency, "-expires_at", "pk")
    asked = Q(status__in=HOLDING) | Q(proposed_at__gte=words.now - HISTORY)
    theirs = Referral.objects.filter(asked, gp__in=boards).order_by(*order).values("pk")
    chosen = theirs[: LINES_AT_MOST * len(boards)]
    for values in Referral.objects.filter(pk__in=chosen).order_by(*order).values(*COLUMNS):
        _put(boards[values["gp_id"]], values, words)
    return boards


def _put(board: ReferralBoard, values: dict[str, Any], words: _Words) -> None:
    """Below the rest of its kind; what waits comes soonest deadline first."""
    line = _line(values, words)
    if line["status"] == ReferralStatus.PROPOSED:
        board.waiting.insert(0, line)
    elif line["status"] == ReferralStatus.RESERVED:
        board.reserved.insert(0, line)
    elif line["status"] == ReferralStatus.ACCEPTED:
        board.accepted.append(line)
    else:
        board.past.append(line)
    if line["is_named"]:
        board.named_ids.append(values["request__patient_id"])


def _line(values: dict[str, Any], words: _Words) -> Line:
    is_late = values["status"] in LIVE and values["expires_at"] <= words.now
    status = values["status"] if values["status"] in HOLDING and not is_late else "past"
    is_named = status in (ReferralStatus.RESERVED, ReferralStatus.ACCEPTED)
    age = words.bands[values["request__age_band"]]
    commune, distance = values["request__commune__name"], kilometres(values["distance_km"])
    return Line(
        pk=values["pk"],
        who=_name(values, words) if is_named else age[:1].upper() + age[1:],
        age=age,
        place=f"{commune} · {distance}" if distance else commune,
        commune=commune,
        state=words.texts["late"] if is_late else _state(values, words),
        tags=_tags(values, words) if status in LIVE else [],
        hours_left=int(max(timedelta(), values["expires_at"] - words.now).total_seconds() // 3600),
        is_named=is_named,
        status=status,
    )


def _name(values: dict[str, Any], words: _Words) -> str:
    if values["request__patient__erased_at"]:
        return words.texts["erased"]
    civility = words.civilities.get(values["request__patient__civility"], "")
    first, last = values["request__patient__first_name"], values["request__patient__last_name"]
    return " ".join(part for part in (civility, first, last) if part)


def _state(values: dict[str, Any], words: _Words) -> str:
    """Where it stands, for those that ask for no answer."""
    if values["status"] in LIVE:
        return ""
    if values["status"] != ReferralStatus.ACCEPTED:
        return words.statuses[values["status"]]
    if values["request__status"] == Status.DECLARED:
        return words.texts["declared"]
    visit = values["request__first_visit_on"]
    return words.texts["visit"] % day(visit) if visit else words.texts["no_visit"]


def _tags(values: dict[str, Any], words: _Words) -> list[str]:
    told = [code for code, column in FACT_COLUMNS.items() if values[f"request__{column}"]]
    told += [code for code in DATED_FACTS if code in values["request__priority_reasons"]]
    return [words.reasons[code] for code in told[:TAGS_AT_MOST]]
