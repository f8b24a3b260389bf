"""How an invitation is found, and what its pages and the desk show."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db.models import Exists, OuterRef, Prefetch, Q
from django.utils import timezone

from cpts_portal.core.fields import keyed_hash
from cpts_portal.core.scoping import scopes_disabled
from cpts_portal.core.territory import fold
from members import rules
from members.models import Invitation, Membership, MembershipQuerySet, User
from members.rules import InvitationState


def token_hash(token: str) -> str:
    return keyed_hash(token)


def invitation_of(token: str) -> Invitation | None:
    """The invitation of this token, whatever its state and its CPTS: the token is the right."""
    with scopes_disabled():
        found: Invitation | None = (
            Invitation.objects.select_related("cpts", "membership__user", "created_by__user")
            .filter(token_hash=token_hash(token))
            .first()
        )
    return found


def account_of(email: str) -> User | None:
    """Whose account bears this address, open or closed; an unproved second address is nobody's."""
    proved = EmailAddress.objects.filter(email__iexact=email, verified=True)
    return User.objects.filter(Q(email__iexact=email) | Q(pk__in=proved.values("user"))).first()


def free_username(user: User) -> str:
    """« maud.lorcy », or with a number when somebody bears it already."""
    words = re.findall(r"[a-z0-9]+", fold(f"{user.first_name} {user.last_name}"))
    base = ".".join(words)[:50] or "membre"
    taken = set(User.objects.filter(username__istartswith=base).values_list("username", flat=True))
    numbered = (f"{base}{number}" for number in range(2, len(taken) + 3))
    return next(name for name in (base, *numbered) if name not in taken)


def waiting_members() -> MembershipQuerySet:
    """Members without an account of their own yet, with `sent`, their invitations, latest first."""
    found: MembershipQuerySet = (
        Membership.objects.filter(
            Q(ends_on=None) | Q(ends_on__gte=timezone.localdate()),
            user__email=None,
            user__password__startswith=UNUSABLE_PASSWORD_PREFIX,
            user__erased_at=None,
        )
        .select_related("user", "cpts")
        .prefetch_related(
            Prefetch("invitations", Invitation.objects.order_by("-created_at"), to_attr="sent")
        )
        .order_by("user__last_name", "user__first_name", "pk")
    )
    return found


def never_invited() -> list[Membership]:
    """Those of them whom nobody has written to yet, and who can be."""
    sent = Invitation.objects.filter(membership=OuterRef("pk"))
    return list(waiting_members().exclude(email="").filter(~Exists(sent)))


def invitation_at(key: Any) -> Invitation | None:
    """The invitation that a session has opened; its holder may be of no CPTS yet."""
    with scopes_disabled():
        found: Invitation | None = (
            Invitation.objects.select_related("cpts", "membership__user", "created_by__user")
            .filter(pk=key)
            .first()
        )
    return found


@dataclass(frozen=True)
class Pending:
    """A member without account, and the last invitation sent to her."""

    member: Membership
    last: Invitation | None
    state: InvitationState | None

    @property
    def email(self) -> str:
        return self.last.email if self.last else self.member.contact_email

    @property
    def is_open(self) -> bool:
        return self.state is InvitationState.OPEN

    @property
    def can_be_sent_first(self) -> bool:
        return self.last is None and bool(self.email)


def pending(now: datetime) -> list[Pending]:
    return [_pending(member, now) for member in waiting_members()]


def _pending(member: Any, now: datetime) -> Pending:
    last = next(iter(member.sent), None)
    return Pending(member, last, rules.invitation_state(last, now) if last else None)
