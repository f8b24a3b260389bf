"""The register of members: who is one, since when, up to date or not.

A CPTS has some hundreds of members: the register is read whole, in a constant number of queries,
then searched, counted and sorted here, since standing and accents are no columns.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.db.models import Prefetch
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cpts_portal.core.models import AuditEntry
from cpts_portal.core.territory import fold
from members import rules
from members.models import (
    Delegation,
    Membership,
    MembershipQuerySet,
    Role,
    Subscription,
)

PAGE = 50
HISTORY = 50
LEFT = "left"
STANDINGS = {
    "": _("Tous"),
    "good": _("À jour"),
    "grace": _("En grâce"),
    "lapsed": _("Échue"),
    LEFT: _("Partis"),
}
SORTS = {"name": _("nom"), "college": _("collège"), "since": _("arrivée"), "until": _("échéance")}
CHIPS = {
    "good": ("t-till", "circle-check", _("à jour")),
    "grace": ("t-mira", "clock", _("en grâce")),
    "lapsed": ("t-fram", "circle-alert", _("échue")),
    LEFT: ("", "log-out", _("parti")),
}
"""Class, drawing and word of each standing."""


@dataclass(frozen=True)
class Filters:
    """What is asked of the register; "" for no matter."""

    q: str = ""
    standing: str = ""
    college: str = ""
    profession: str = ""
    role: str = ""
    sort: str = "name"

    @property
    def is_asked(self) -> bool:
        return replace(self, sort="name") != Filters()


@dataclass(frozen=True)
class Row:
    """One line: a membership and what is computed of it."""

    member: Membership
    standing: str

    @property
    def name(self) -> str:
        """As a register sorts it: family name first."""
        user = self.member.user
        return f"{user.last_name} {user.first_name}".strip() or str(user)

    @property
    def chip(self) -> tuple[str, str, Any]:
        return CHIPS[self.standing]

    @property
    def until(self) -> date | None:
        """Last day paid for; the last day of all for one who has left."""
        return self.member.ends_on if self.standing == LEFT else self.member.covered_until

    def value_of(self, facet: str) -> str:
        member = self.member
        values = {
            "standing": self.standing,
            "college": str(member.college_id or ""),
            "profession": member.profession_id or "",
            "role": member.role,
        }
        return values[facet]


@dataclass(frozen=True)
class Choice:
    """One answer of a filter, with how many rows it would leave."""

    value: str
    label: Any
    count: int
    is_chosen: bool


@dataclass(frozen=True)
class Register:
    """One page of the register, and its filters with their counts."""

    rows: list[Row]
    total: int
    number: int
    pages: int
    facets: dict[str, list[Choice]]


def register(filters: Filters, number: int = 1) -> Register:
    everybody = _everybody()
    found = sorted_rows(_narrowed(everybody, filters), filters.sort)
    pages = max(1, -(-len(found) // PAGE))
    number = min(max(1, number), pages)
    return Register(
        rows=found[(number - 1) * PAGE : number * PAGE],
        total=len(found),
        number=number,
        pages=pages,
        facets={name: _facet(name, everybody, filters) for name in LABELS},
    )


def all_rows(filters: Filters) -> list[Row]:
    """What an export takes: every page."""
    return sorted_rows(_narrowed(_everybody(), filters), filters.sort)


def _everybody() -> list[Row]:
    """The latest place of each person; an earlier one is read in her file."""
    today = timezone.localdate()
    latest: dict[int, Membership] = {}
    for member in (
        Membership.objects.with_standing()
        .select_related("user", "profession", "college")
        .filter(user__erased_at=None)
        .order_by("starts_on", "pk")
    ):
        latest[member.user_id] = member
    return [Row(member, standing_of(member, today)) for member in latest.values()]


def standing_of(member: Membership, today: date) -> str:
    if member.ends_on is not None and member.ends_on < today:
        return LEFT
    return rules.standing(member, today).value


def _narrowed(rows: Iterable[Row], filters: Filters, *, but: str = "") -> list[Row]:
    """The rows that answer every filter `but` one; without a standing, those who have not left."""
    asked = {name: getattr(filters, name) for name in LABELS if name != but}
    words = fold(filters.q).split()
    return [row for row in rows if _answers(row, asked) and _is_named(row, words)]


def _answers(row: Row, asked: dict[str, str]) -> bool:
    if asked.get("standing") == "" and row.standing == LEFT:
        return False
    return all(not value or row.value_of(facet) == value for facet, value in asked.items())


def _is_named(row: Row, words: list[str]) -> bool:
    """Every word begins a word of the name, of the structure, or is the RPPS number."""
    member = row.member
    told = [*fold(f"{row.name} {member.organisation}").split(), member.rpps]
    return all(any(part.startswith(word) for part in told) for word in words)


KEYS: dict[str, Callable[[Row], Any]] = {
    "name": lambda row: fold(row.name),
    "college": lambda row: (
        row.member.college.position if row.member.college else 99,
        fold(str(row.member.college or "")),
        fold(row.name),
    ),
    "since": lambda row: (-row.member.starts_on.toordinal(), fold(row.name)),
    "until": lambda row: (row.until or date.min, fold(row.name)),
}


def sorted_rows(rows: list[Row], sort: str) -> list[Row]:
    return sorted(rows, key=KEYS[sort])


# --- Filters ----------------------------------------------------------------------------------
LABELS: dict[str, Callable[[Row], Any]] = {
    "standing": lambda row: STANDINGS[row.standing],
    "college": lambda row: row.member.college,
    "profession": lambda row: row.member.profession,
    "role": lambda row: Role(row.member.role).label,
}


def _facet(name: str, everybody: list[Row], filters: Filters) -> list[Choice]:
    """Each answer with its count, given every other filter; the standings always in full."""
    left = _narrowed(everybody, filters, but=name)
    counts = Counter(row.value_of(name) for row in left)
    chosen = getattr(filters, name)
    if name == "standing":
        counts[""] = sum(count for value, count in counts.items() if value != LEFT)
        labels: dict[str, Any] = dict(STANDINGS)
    else:
        known = {row.value_of(name): LABELS[name](row) for row in everybody}
        labels = {value: known[value] for value in sorted(known, key=lambda v: fold(str(known[v])))}
        labels.pop("", None)
    return [
        Choice(value, label, counts[value], value == chosen)
        for value, label in labels.items()
        if counts[value] or value == chosen or name == "standing"
    ]


# --- One member -------------------------------------------------------------------------------
def file_of() -> MembershipQuerySet:
    """What the page of one member shows, whether she is still one or not."""
    years = Subscription.objects.select_related("college", "recorded_by__user")
    delegations = Delegation.objects.select_related("principal__user", "delegate__user")
    found: MembershipQuerySet = (
        Membership.objects.with_standing()
        .select_related("user", "cpts", "profession", "college")
        .prefetch_related(
            "skills",
            "languages",
            "places__practice__commune",
            "mandates__group",
            Prefetch("subscriptions", years),
            Prefetch("delegations_given", delegations),
            Prefetch("delegations_held", delegations),
        )
    )
    return found


def other_places_of(member: Membership) -> list[Membership]:
    """The same person's other places in this CPTS, latest first."""
    found = Membership.objects.filter(user_id=member.user_id).exclude(pk=member.pk)
    return list(found.select_related("college").order_by("-starts_on"))


VERBS = {
    "join": _("Inscription"),
    "correct": _("Fiche corrigée"),
    "end": _("Fin de l’adhésion"),
    "hand_over": _("Passation"),
    "change_role": _("Rôle changé"),
    "change_college": _("Collège changé"),
    "invite": _("Invitation envoyée"),
    "revoke_invitation": _("Invitation retirée"),
    "accept_invitation": _("Invitation acceptée"),
    "join_practice": _("Lieu d’exercice ajouté"),
    "leave_practice": _("Lieu d’exercice retiré"),
    "set_main_practice": _("Lieu principal changé"),
    "edit_profile": _("Profil modifié"),
    "set_public_fields": _("Annuaire public : choix modifiés"),
    "open": _("Année ouverte"),
    "pay": _("Paiement noté"),
    "waive": _("Année exonérée"),
    "take_back_payment": _("Paiement annulé"),
    "follow_college": _("Cotisation du nouveau collège"),
}
WITH_REASON = frozenset(
    "hand_over change_college pay waive take_back_payment follow_college".split()
)
"""Verbs whose reason is a sentence for people; others keep names of fields or ids."""


@dataclass(frozen=True)
class Step:
    """One line of a member's history."""

    entry: AuditEntry

    @property
    def words(self) -> Any:
        return VERBS.get(self.entry.verb, self.entry.verb)

    @property
    def detail(self) -> str:
        entry = self.entry
        if entry.verb == "change_role":
            return f"{Role(entry.source).label} → {Role(entry.target).label}"
        if entry.verb == "end":
            return str(dict(Membership.EndReason.choices).get(entry.target, ""))
        return entry.reason if entry.verb in WITH_REASON else ""

    @property
    def author(self) -> Any:
        return self.entry.by or _("le portail")


def history_of(member: Membership) -> list[Step]:
    """What was done to this place and to its years, latest first."""
    years = [str(year.pk) for year in member.subscriptions.all()]
    traces = AuditEntry.objects.filter(
        subject_kind="members.membership", subject_id=str(member.pk)
    ) | AuditEntry.objects.filter(subject_kind="members.subscription", subject_id__in=years)
    told = traces.exclude(verb="read").select_related("by", "behalf")
    return [Step(entry) for entry in told.order_by("-at", "-pk")[:HISTORY]]
