"""Many members written down at once: the same rows as `memberships.join`, few statements."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction

from cpts_portal.core import audit
from cpts_portal.core.constraints import told_politely
from cpts_portal.core.models import Commune
from cpts_portal.core.territory import fold
from members.actions import subscriptions
from members.actions.memberships import Newcomer, place_for, placeholder_of
from members.models import (
    College,
    Cpts,
    Membership,
    Practice,
    PracticeMember,
    Subscription,
    User,
    Welcome,
)

BATCH = 1000
"""Rows of one statement."""


@dataclass(frozen=True)
class Enrolment:
    """One newcomer of a list; `year_from` is the first day of the year opened for her."""

    newcomer: Newcomer
    role: str
    college: College | None
    starts_on: date
    year_from: date


@dataclass(frozen=True)
class Workplace:
    """Where the member at `at` of a list works."""

    at: int
    name: str
    kind: str
    address: str
    commune: Commune


@transaction.atomic
def join_all(cpts: Cpts, enrolments: Sequence[Enrolment], *, by: Any) -> list[Membership]:
    """A place for each, in their order, all or nobody; no message leaves.

    Raises what `memberships.join` raises.
    """
    members = [
        place_for(
            cpts, one.newcomer, role=one.role, college=one.college, starts_on=one.starts_on, by=by
        )
        for one in enrolments
    ]
    users = [placeholder_of(one.newcomer) for one in enrolments]
    User.objects.bulk_create(users, batch_size=BATCH)
    for member, user in zip(members, users, strict=True):
        member.user = user
    with told_politely(Membership):
        Membership.objects.bulk_create(members, batch_size=BATCH)
    _trace(members, by=by)
    _open_years(members, enrolments, by=by)
    Welcome.objects.bulk_create(
        (Welcome(cpts=cpts, membership=one, started_on=one.starts_on) for one in members),
        batch_size=BATCH,
    )
    return members


def _trace(members: Sequence[Membership], *, by: Any) -> None:
    for role in sorted({one.role for one in members}):
        joined = [one for one in members if one.role == role]
        audit.record_all(joined, "join", by=by, target=role)


def _open_years(members: Sequence[Membership], enrolments: Sequence[Enrolment], *, by: Any) -> None:
    years = [
        subscriptions.year_from(member, starts_on=one.year_from, by=by)
        for member, one in zip(members, enrolments, strict=True)
        if member.college is not None
    ]
    Subscription.objects.bulk_create(years, batch_size=BATCH)
    for last_day in sorted({year.ends_on for year in years}):
        opened = [year for year in years if year.ends_on == last_day]
        audit.record_all(opened, "open", by=by, target=last_day.isoformat())


@transaction.atomic
def place_all(
    cpts: Cpts, members: Sequence[Membership], workplaces: Sequence[Workplace], *, by: Any
) -> dict[int, Practice]:
    """Where each new member works, her main place: a practice known by its name and commune, or
    one written down for all who share name and address. The new ones, by the first who has it.
    """
    known = {
        (fold(practice.name), practice.commune_id): practice for practice in Practice.objects.all()
    }
    fresh: dict[tuple[str, ...], tuple[int, Practice]] = {}
    chosen: list[tuple[int, Practice]] = []
    for one in workplaces:
        practice = known.get((fold(one.name), one.commune.pk)) if one.name else None
        if practice is None:
            practice = fresh.setdefault(_key(one), (one.at, _practice(cpts, one)))[1]
        chosen.append((one.at, practice))
    written = [practice for _at, practice in fresh.values()]
    Practice.objects.bulk_create(written, batch_size=BATCH)
    audit.record_all(written, "add_practice", by=by)
    PracticeMember.objects.bulk_create(
        (PracticeMember(cpts=cpts, membership=members[at], practice=one) for at, one in chosen),
        batch_size=BATCH,
    )
    return dict(fresh.values())


def _key(one: Workplace) -> tuple[str, ...]:
    """Two lines that say neither name nor address do not say that they work together."""
    if not (one.name or one.address):
        return ("", "", one.commune.pk, str(one.at))
    return (fold(one.name), fold(one.address), one.commune.pk)


def _practice(cpts: Cpts, one: Workplace) -> Practice:
    kind = str(Practice.Kind(one.kind).label)
    name = one.name or f"{kind[:1].upper()}{kind[1:]}, {one.address or one.commune.name}"[:120]
    return Practice(cpts=cpts, name=name, kind=one.kind, address=one.address, commune=one.commune)
