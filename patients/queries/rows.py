"""The queue's rows, ready to print.

Nothing in a row is translated or worded one by one: what a page repeats is prepared once in
`_Words`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypedDict

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from cpts_portal.core.templatetags.portal import bars_class, day_short
from members.models import Cpts
from patients.models import IN_PROGRESS, TO_HANDLE, GPRequest, Patient, Status
from patients.rules import REASON_LABELS

PAGE_SIZE = 50


class Row(TypedDict):
    """One line of the queue, ready to print: a template reads a dict twice as fast as an object."""

    reference: str
    name: str
    tags: list[tuple[str, str]]
    about: str
    commune: str
    days: str
    is_late: bool
    initials: str
    followed_by: str
    rank: int
    bars: str
    priority: str


@dataclass(frozen=True, kw_only=True)
class Page:
    """A page of rows and the patients it names."""

    rows: list[Row]
    patient_ids: list[int]
    number: int = 1
    has_next: bool = False


COLUMNS = (
    *("pk", "reference", "status", "source", "rank", "priority_reasons", "no_gp_reason"),
    *("age_band", "is_home_bound", "is_pregnant", "first_requested_at", "call_back_on"),
    *("first_visit_on", "commune__name", "patient_id", "patient__civility"),
    *("patient__first_name", "patient__last_name", "patient__birth_date", "patient__erased_at"),
    *("assigned_to__user__first_name", "assigned_to__user__last_name"),
)
TAGS_AT_MOST = 2
ABOUT_AT_MOST = 42
"""Characters that fit under a name at 1280 px."""
SAID_ELSEWHERE = frozenset(
    {"aged_70", "under_6", "gp_retired", "home_bound", "pregnant", "left_hospital"}
)
"""Reasons that the age, a tag or the last words of the line tell already."""


def priority_names() -> dict[int, str]:
    """The screen's three levels for the five classes: P1–P2, P3–P4, P5, as the bars show them."""
    names = {"p3": _("Prioritaire"), "p2": _("Fragile"), "p1": _("Standard")}
    return {rank: names[bars_class(rank)] for rank in range(1, 6)}


@dataclass(frozen=True)
class _Words:
    """What the rows of one page repeat, worded once in the reader's language."""

    today: date
    late: frozenset[int]
    sla_days: int
    reasons: dict[str, str] = field(default_factory=lambda: _said(REASON_LABELS.items()))
    why_none: dict[str, str] = field(default_factory=lambda: _said(GPRequest.NoGpReason.choices))
    bands: dict[str, str] = field(default_factory=lambda: _said(GPRequest.AgeBand.choices))
    states: dict[str, str] = field(default_factory=lambda: _said(Status.choices))
    civilities: dict[str, str] = field(default_factory=lambda: _said(Patient.Civility.choices))
    priorities: dict[int, str] = field(default_factory=priority_names)
    texts: dict[str, str] = field(
        default_factory=lambda: {
            "home": _("domicile"),
            "hospital": _("sortie hôpital"),
            "pregnant": _("grossesse"),
            "call": _("à rappeler"),
            "unanswered": _("sans réponse"),
            "set_visit": _("rendez-vous à fixer"),
            "phone": _("par téléphone"),
            "paper": _("sur papier"),
            "partner": _("par un partenaire"),
            "erased": _("Identité effacée"),
            "years": _("%d ans"),
            "visit": _("RDV le %s"),
        }
    )


def _said(pairs: Any) -> dict[Any, str]:
    return {key: str(label) for key, label in pairs}


def page_from(found: QuerySet[GPRequest], cpts: Cpts, late: list[int], number: int = 1) -> Page:
    values = list(found.values(*COLUMNS))
    shown = values[:PAGE_SIZE]
    words = _Words(timezone.localdate(), frozenset(late), cpts.sla_days)
    return Page(
        rows=[_row(line, words) for line in shown],
        patient_ids=[line["patient_id"] for line in shown],
        number=number,
        has_next=len(values) > PAGE_SIZE,
    )


def _row(line: dict[str, Any], words: _Words) -> Row:
    days = (words.today - timezone.localdate(line["first_requested_at"])).days
    is_waiting = line["status"] in TO_HANDLE or line["pk"] in words.late
    first, last = line["assigned_to__user__first_name"], line["assigned_to__user__last_name"]
    rank = line["rank"]
    return Row(
        reference=line["reference"],
        name=_name(line, words),
        tags=_tags(line, words)[:TAGS_AT_MOST],
        about=_about(line, words),
        commune=line["commune__name"],
        days=str(days),
        is_late=is_waiting and days > words.sla_days,
        initials=(first[:1] + last[:1]).upper() if last else "",
        followed_by=f"{first} {last}" if last else "",
        rank=rank,
        bars=bars_class(rank),
        priority=words.priorities[rank],
    )


def _name(line: dict[str, Any], words: _Words) -> str:
    if line["patient__erased_at"]:
        return words.texts["erased"]
    civility = words.civilities.get(line["patient__civility"], "")
    parts = (civility, line["patient__first_name"], line["patient__last_name"])
    return " ".join(part for part in parts if part)


def _about(line: dict[str, Any], words: _Words) -> str:
    born = line["patient__birth_date"]
    if born is None:
        age = words.bands[line["age_band"]]
    else:
        birthday_to_come = (words.today.month, words.today.day) < (born.month, born.day)
        age = words.texts["years"] % (words.today.year - born.year - birthday_to_come)
    told = [reason for reason in line["priority_reasons"] if reason not in SAID_ELSEWHERE]
    facts = [words.reasons.get(reason, reason) for reason in told]
    about = f"{age} · {', '.join(facts[:2])}" if facts else age
    fuller = f"{about}{', ' if facts else ' · '}{words.why_none[line['no_gp_reason']]}"
    return fuller if not facts or len(fuller) <= ABOUT_AT_MOST else about


def _tags(line: dict[str, Any], words: _Words) -> list[tuple[str, str]]:
    """(colour class, text), what asks for an act first."""
    texts = words.texts
    call_back_on = line["call_back_on"]
    tags = [
        _state_tag(line, words),
        ("t-mira", texts["call"]) if call_back_on and call_back_on <= words.today else None,
        ("t-lav", texts["home"]) if line["is_home_bound"] else None,
        ("t-fram", texts["hospital"]) if "left_hospital" in line["priority_reasons"] else None,
        ("t-fram", texts["pregnant"]) if line["is_pregnant"] else None,
        ("", texts[line["source"]]) if line["source"] in texts else None,
    ]
    return [tag for tag in tags if tag is not None]


def _state_tag(line: dict[str, Any], words: _Words) -> tuple[str, str] | None:
    status = line["status"]
    if line["pk"] in words.late:
        return "t-mira", words.texts["unanswered"]
    if status == Status.ACCEPTED:
        return "t-canard", words.texts["set_visit"]
    if status == Status.FIRST_VISIT_SET:
        return "t-till", words.texts["visit"] % day_short(line["first_visit_on"])
    if status == Status.TO_COMPLETE or status not in IN_PROGRESS:
        return "", words.states[status]
    return None
