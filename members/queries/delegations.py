"""Who acts for whom, now and before."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from django.db.models import Q, QuerySet

from members import rules
from members.models import Delegation, Membership, MembershipQuerySet


@dataclass
class Shelf:
    """The delegations of one page: those that run, and those that are over."""

    running: list[Delegation] = field(default_factory=list)
    over: list[Delegation] = field(default_factory=list)

    def put(self, delegation: Delegation, today: date) -> None:
        is_over = rules.is_delegation_over(delegation, today)
        (self.over if is_over else self.running).append(delegation)


@dataclass
class Delegations:
    """What one member sees: given by her, held by her, and all of them for the coordination."""

    given: Shelf
    held: Shelf
    others: Shelf


def delegations_of(membership: Membership, today: date) -> Delegations:
    """One query; a coordinator sees everybody's, anybody else her own."""
    seen = Delegations(Shelf(), Shelf(), Shelf())
    for delegation in _seen_by(membership):
        if delegation.principal_id == membership.pk:
            seen.given.put(delegation, today)
        elif delegation.delegate_id == membership.pk:
            seen.held.put(delegation, today)
        else:
            seen.others.put(delegation, today)
    return seen


def _seen_by(membership: Membership) -> QuerySet[Delegation]:
    people = ("principal__user", "principal__profession", "delegate__user", "granted_by__user")
    rows: QuerySet[Delegation] = Delegation.objects.select_related(*people, "revoked_by__user")
    if not rules.is_coordinator(membership, membership):
        rows = rows.filter(Q(principal=membership) | Q(delegate=membership))
    return rows.order_by("ends_on", "pk")


def possible_delegates(besides: Membership | None = None) -> MembershipQuerySet:
    found: MembershipQuerySet = Membership.objects.current().filter(
        role__in=rules.DELEGATES, ends_on=None
    )
    if besides is not None:
        found = found.exclude(pk=besides.pk)
    return found.select_related("user", "profession").order_by(
        "user__last_name", "user__first_name"
    )


def possible_principals() -> MembershipQuerySet:
    found: MembershipQuerySet = Membership.objects.current().filter(role__in=rules.PRINCIPALS)
    return found.select_related("user", "profession").order_by(
        "user__last_name", "user__first_name"
    )
