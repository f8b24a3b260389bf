"""Which rows nobody has done anything with since they were made: what an import may take back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from typing import Any

from django.db import models

from cpts_portal.core.models import AuditEntry
from members.models import Membership, Practice, Subscription

OWN = frozenset(
    {
        ("members.importrow", "membership"),
        ("members.importrow", "like"),
        ("members.invitation", "membership"),
        ("members.membershipevent", "pgh_obj"),
        ("members.practicemember", "membership"),
        ("members.rppsdifference", "membership"),
        ("members.subscription", "membership"),
        ("members.welcome", "membership"),
    }
)
"""What every new member has without anybody's doing, model and field."""
OWN_VERBS = ("join", "invite", "revoke_invitation")


def touched(members: Collection[Membership]) -> set[int]:
    """Those with an account of their own, a word of theirs, or something noted about them.

    Every table that points at a member is asked, those of the apps above too: flat in queries.
    """
    keys = [member.pk for member in members]
    return _with_account(keys) | _pointed_at(keys) | _noted(keys) | _paid(keys)


def _with_account(keys: Collection[int]) -> set[int]:
    members = Membership.objects.filter(pk__in=keys).select_related("user")
    return {one.pk for one in members if one.user.email or one.user.has_usable_password()}


def _pointed_at(keys: Collection[int]) -> set[int]:
    found: set[int] = set()
    for model, name in _pointers(Membership):
        if (model._meta.label_lower, name) not in OWN:
            rows = model._base_manager.filter(**{f"{name}__in": keys})
            found |= set(rows.values_list(name, flat=True))
    return found


def _pointers(target: type[models.Model]) -> Iterable[tuple[type[models.Model], str]]:
    for relation in target._meta.get_fields(include_hidden=True):
        if isinstance(relation, models.ManyToOneRel) and relation.field.concrete:
            yield relation.related_model, relation.field.name


def _noted(keys: Collection[int]) -> set[int]:
    about = _traces("members.membership", keys).exclude(verb__in=OWN_VERBS)
    return {int(key) for key in about.values_list("subject_id", flat=True)}


def _paid(keys: Collection[int]) -> set[int]:
    """A year paid, waived, changed, or a second one."""
    years = dict(
        Subscription.objects.filter(membership__in=keys).values_list("pk", "membership_id")
    )
    about = _traces("members.subscription", years).exclude(verb="open")
    noted = {years[int(key)] for key in about.values_list("subject_id", flat=True)}
    counted = Counter(years.values())
    return noted | {owner for owner, count in counted.items() if count > 1}


def _traces(kind: str, keys: Iterable[Any]) -> models.QuerySet[AuditEntry]:
    return AuditEntry.objects.filter(subject_kind=kind, subject_id__in=[str(key) for key in keys])


def empty_practices(keys: Collection[int]) -> list[int]:
    """Those of these practices where nobody works and that nothing else tells of."""
    found = set(Practice.objects.filter(pk__in=keys).values_list("pk", flat=True))
    for model, name in _pointers(Practice):
        rows = model._base_manager.filter(**{f"{name}__in": keys})
        found -= set(rows.values_list(name, flat=True))
    return sorted(found)
