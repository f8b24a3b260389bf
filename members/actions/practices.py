"""Places of work: a new one, a known one, the main one, the one that is left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from cpts_portal.core import audit
from cpts_portal.core.models import Commune
from cpts_portal.core.refusals import NotPermitted, Refused
from members import rules
from members.actions.memberships import ask_running
from members.models import Language, Membership, OpeningHours, Practice, PracticeMember
from members.queries.practices import heir_of

SET_APART = frozenset({"languages", "hours"})
"""What has rows of its own."""


@dataclass(frozen=True)
class Place:
    """What is told of a practice; `hours` are (ISO weekday, opens, closes), in minutes of Paris."""

    name: str
    address: str
    commune: Commune
    kind: str = Practice.Kind.SURGERY
    phone: str = ""
    finess: str = ""
    is_wheelchair_accessible: bool = False
    does_home_visits: bool = False
    languages: Sequence[Language] = ()
    hours: Sequence[tuple[int, int, int]] = ()


@transaction.atomic
def save_place(
    membership: Membership, place: Place, *, by: Any, practice: Practice | None = None
) -> Practice:
    """Write down a new practice where she works, or correct `practice`, where she already does.

    The trace names what changed and keeps no value.
    """
    membership = _lock(membership, by)
    is_new = practice is None
    if practice is None:
        practice = Practice(cpts=membership.cpts)
    else:
        practice = _lock_hers(membership, practice)
    changed = _write(practice, place)
    if is_new:
        _place_of(membership, practice)
    if is_new or changed:
        verb = "add_practice" if is_new else "edit_practice"
        audit.record(practice, verb, by=by, reason="" if is_new else ", ".join(changed))
    return practice


@transaction.atomic
def join_place(membership: Membership, practice: Practice, *, by: Any) -> PracticeMember:
    """She works in this known practice; her first place is her main one. Twice is once."""
    membership = _lock(membership, by)
    place, is_new = _place_of(membership, practice)
    if is_new:
        audit.record(membership, "join_practice", by=by, target=str(practice.pk))
    return place


@transaction.atomic
def leave_place(membership: Membership, practice: Practice, *, by: Any) -> None:
    """She no longer works there; another place becomes the main one. The practice stays known."""
    membership = _lock(membership, by)
    place = membership.places.filter(practice=practice).first()
    if place is None:
        return
    heir = heir_of(place)
    place.delete()
    if heir is not None:
        heir.is_main = True
        heir.save(update_fields=["is_main"])
    audit.record(membership, "leave_practice", by=by, source=str(practice.pk))


@transaction.atomic
def set_main(membership: Membership, practice: Practice, *, by: Any) -> None:
    """Distances are counted from this place; raises Refused if she does not work there."""
    membership = _lock(membership, by)
    place = membership.places.filter(practice=practice).first()
    if place is None:
        raise not_there(membership, by=by)
    if place.is_main:
        return
    membership.places.filter(is_main=True).update(is_main=False)
    place.is_main = True
    place.save(update_fields=["is_main"])
    audit.record(membership, "set_main_practice", by=by, target=str(practice.pk))


def not_there(membership: Membership, *, by: Any) -> Refused:
    """What is said of a place that she has left since the page was shown."""
    if by.pk == membership.pk:
        return Refused(_("Vous n’exercez plus dans ce lieu."))
    return Refused(_("%(name)s n’exerce plus dans ce lieu.") % {"name": membership.user})


def _lock(membership: Membership, by: Any) -> Membership:
    """Her row, so that two windows do not make two main places; Refused once her place ended."""
    if not rules.keeps_profile(by, membership):
        raise NotPermitted(_("Seul ce membre écrit où il exerce."))
    locked: Membership = Membership.objects.select_for_update(no_key=True).get(pk=membership.pk)
    ask_running(locked)
    return locked


def _lock_hers(membership: Membership, practice: Practice) -> Practice:
    locked: Practice = Practice.objects.select_for_update(no_key=True).get(pk=practice.pk)
    if not membership.places.filter(practice=locked).exists():
        raise NotPermitted(_("Un lieu est décrit par ceux qui y exercent."))
    return locked


def _place_of(membership: Membership, practice: Practice) -> tuple[PracticeMember, bool]:
    has_main = membership.places.filter(is_main=True).exists()
    return PracticeMember.objects.get_or_create(
        membership=membership,
        practice=practice,
        defaults={"cpts_id": membership.cpts_id, "is_main": not has_main},
    )


def _write(practice: Practice, place: Place) -> list[str]:
    """Names of what changed. A position measured elsewhere is forgotten with the address."""
    told = {
        field.name: getattr(place, field.name)
        for field in fields(place)
        if field.name not in SET_APART
    }
    changed = [name for name, value in told.items() if getattr(practice, name, None) != value]
    for name, value in told.items():
        setattr(practice, name, value)
    if {"address", "commune"} & set(changed):
        practice.latitude = practice.longitude = None
    practice.save()
    return changed + _write_languages(practice, place) + _write_hours(practice, place)


def _write_languages(practice: Practice, place: Place) -> list[str]:
    if {one.pk for one in practice.languages.all()} == {one.pk for one in place.languages}:
        return []
    practice.languages.set(place.languages)
    return ["languages"]


def _write_hours(practice: Practice, place: Place) -> list[str]:
    told = {(one.weekday, one.opens, one.closes) for one in practice.hours.all()}
    if told == set(place.hours):
        return []
    practice.hours.all().delete()
    OpeningHours.objects.bulk_create(
        OpeningHours(practice=practice, cpts_id=practice.cpts_id, weekday=day, opens=a, closes=b)
        for day, a, b in place.hours
    )
    return ["hours"]
