"""Where newcomers are on their path, who accompanies them, who their neighbours are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import QuerySet

from cpts_portal.core.distances import distance_km
from cpts_portal.core.models import Commune
from members.models import (
    Document,
    InstallationAid,
    Membership,
    Practice,
    PracticeMember,
    Role,
    Welcome,
    WelcomeStep,
)
from members.queries import documents
from members.rules.newcomers import INTRODUCED_WITHIN, PATH_LASTS


@dataclass(frozen=True)
class Line:
    """One step of the checklist on one path; `done_at` is None while it is to do."""

    step: WelcomeStep
    done_at: datetime | None


@dataclass(frozen=True)
class Path:
    welcome: Welcome
    lines: Sequence[Line]

    @property
    def done(self) -> int:
        return sum(line.done_at is not None for line in self.lines)

    @property
    def total(self) -> int:
        return len(self.lines)

    @property
    def next_step(self) -> WelcomeStep | None:
        return next((line.step for line in self.lines if line.done_at is None), None)


def welcomes() -> QuerySet[Welcome]:
    """Of the open CPTS, with what a path shows."""
    found: QuerySet[Welcome] = Welcome.objects.select_related(
        "membership__user", "membership__profession", "mentor__user", "cpts"
    )
    return found.prefetch_related("ticks")


def steps() -> QuerySet[WelcomeStep]:
    """The checklist in use, in its order."""
    found: QuerySet[WelcomeStep] = WelcomeStep.objects.filter(is_active=True)
    return found


def _running(today: date) -> QuerySet[Welcome]:
    found = welcomes().filter(finished_at=None, started_on__gt=today - PATH_LASTS)
    found = found.filter(membership__in=Membership.objects.current())
    return found.order_by("-started_on", "-pk")


def _paths(found: Iterable[Welcome]) -> list[Path]:
    checklist = list(steps())
    return [_path(welcome, checklist) for welcome in found]


def _path(welcome: Welcome, checklist: Iterable[WelcomeStep]) -> Path:
    done = {tick.step_id: tick.done_at for tick in welcome.ticks.all()}
    return Path(welcome, [Line(step, done.get(step.pk)) for step in checklist])


def path_of(member: Membership) -> Path | None:
    """Her own, running or over; None for a member who never had one."""
    welcome = welcomes().filter(membership=member).first()
    return _path(welcome, steps()) if welcome else None


def path(welcome: int) -> Path | None:
    found = welcomes().filter(pk=welcome).first()
    return _path(found, steps()) if found else None


def running_paths(today: date) -> list[Path]:
    """Everybody who is on the way, the last come first."""
    return _paths(_running(today))


def paths_with(mentor: Membership, today: date) -> list[Path]:
    """Those whom this member accompanies."""
    return _paths(_running(today).filter(mentor=mentor))


def without_path(today: date) -> QuerySet[Membership]:
    """Members for whom a path may be opened, the last come first."""
    members: QuerySet[Membership] = Membership.objects.current().exclude(role=Role.FUNDER)
    others = members.exclude(welcome__in=_running(today).values("pk"))
    return others.select_related("user", "profession").order_by("-starts_on", "user__last_name")


def possible_mentors(welcome: Welcome) -> QuerySet[Membership]:
    """The running members but the newcomer herself, by name."""
    members: QuerySet[Membership] = Membership.objects.current().exclude(role=Role.FUNDER)
    others = members.exclude(pk=welcome.membership_id).select_related("user", "profession")
    return others.order_by("user__last_name", "user__first_name", "pk")


def kit() -> QuerySet[Document]:
    """What one is given on arriving."""
    return documents.published(Document.Kind.KIT).order_by("position", "title")


# --- Neighbours -----------------------------------------------------------------------------
def to_introduce(today: date) -> QuerySet[Welcome]:
    """Come within the last fortnight, willing, not introduced yet."""
    found = welcomes().filter(may_introduce=True, introduced_at=None)
    return found.filter(
        started_on__range=(today - INTRODUCED_WITHIN, today),
        membership__in=Membership.objects.current(),
    )


def main_place_of(member: Membership) -> Practice | None:
    place = PracticeMember.objects.filter(membership=member, is_main=True)
    found = place.select_related("practice__commune").first()
    return found.practice if found else None


def neighbours_of(member: Membership, practice: Practice, *, within_km: int) -> list[Membership]:
    """Members whose main place is in the same commune as `practice`, or near as the crow flies."""
    others = Membership.objects.current().exclude(pk=member.pk).exclude(role=Role.FUNDER)
    places = PracticeMember.objects.filter(is_main=True, membership__in=others).select_related(
        "membership__user", "practice__commune"
    )
    return [
        place.membership
        for place in places.order_by("pk")
        if _is_near(practice, place.practice, within_km)
    ]


def _is_near(one: Practice, other: Practice, within_km: int) -> bool:
    if one.commune_id == other.commune_id:
        return True
    here, there = _position(one), _position(other)
    distance = distance_km(here.latitude, here.longitude, there.latitude, there.longitude)
    return distance is not None and distance <= within_km


def _position(practice: Practice) -> Practice | Commune:
    """The place itself when it is known, else the centre of its commune."""
    return practice if practice.latitude is not None else practice.commune


# --- Aids -----------------------------------------------------------------------------------
def aids() -> QuerySet[InstallationAid]:
    """What one may ask for today."""
    found: QuerySet[InstallationAid] = InstallationAid.objects.filter(is_active=True)
    return found
