"""Acting for somebody else: every deed is traced to both."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import Http404
from django.utils import timezone

from members import rules
from members.models import Cpts, Delegation, Membership, Profession, User


@dataclass(frozen=True)
class ActingFor:
    """`delegate` doing what `principal` may do; passed as `by` wherever a membership is.

    Rules see the principal (`pk`, `role`, `profession`); traces see the delegate (`user_id`,
    `label`) and, beside her, for whom (`behalf_id`).
    """

    delegate: Membership
    principal: Membership

    @property
    def pk(self) -> int:
        return self.principal.pk

    @property
    def id(self) -> int:
        return self.principal.pk

    @property
    def cpts(self) -> Cpts:
        return self.principal.cpts

    @property
    def cpts_id(self) -> int:
        return self.principal.cpts_id

    @property
    def role(self) -> str:
        return self.principal.role

    @property
    def profession(self) -> Profession | None:
        return self.principal.profession

    @property
    def user(self) -> User:
        return self.delegate.user

    @property
    def user_id(self) -> int:
        return self.delegate.user_id

    @property
    def behalf_id(self) -> int:
        return self.principal.user_id

    @property
    def label(self) -> str:
        return self.delegate.role


def principals_of(delegate: Membership) -> list[Membership]:
    """Those for whom this member may act today, by name.

    A role changed since the delegation was given ends it: nobody borrows the coordination's.
    """
    if delegate.role not in rules.DELEGATES:
        return []
    today = timezone.localdate()
    running = Delegation.objects.filter(
        delegate=delegate, revoked_at=None, starts_on__lte=today, ends_on__gte=today
    )
    return list(
        Membership.objects.current()
        .filter(delegations_given__in=running, role__in=rules.PRINCIPALS)
        .select_related("user", "profession", "cpts")
        .order_by("user__last_name", "user__first_name")
        .distinct()
    )


def acting(by: Membership, principal: Membership) -> Membership | ActingFor:
    """Who does it: the principal herself, or `by` for her; anybody else gets a 404."""
    if by.pk == principal.pk:
        return by
    if principal.pk not in {member.pk for member in principals_of(by)}:
        raise Http404
    return ActingFor(delegate=by, principal=principal)
