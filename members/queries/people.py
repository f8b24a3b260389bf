"""What the screens about people and communities show."""

from __future__ import annotations

from allauth.mfa.models import Authenticator

from cpts_portal.core.scoping import scopes_disabled
from members.models import Membership, MembershipQuerySet, User


def memberships_of(user: User) -> MembershipQuerySet:
    """A person's own places in every open CPTS: the one question asked across communities."""
    with scopes_disabled():
        found: MembershipQuerySet = Membership.objects.current().filter(
            user=user, cpts__is_active=True
        )
        return found.select_related("cpts").order_by("cpts__name")


def membership_at(user: User, slug: str) -> Membership | None:
    """The person's current place in the CPTS of that address, with its standing, in one query."""
    found = memberships_of(user).filter(cpts__slug=slug).select_related("cpts", "profession")
    membership = found.with_standing().first()
    if membership is not None:
        membership.user = user
    return membership


def has_second_factor(user: User) -> bool:
    """An authenticator application or a passkey; recovery codes alone do not count."""
    kinds = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]
    return bool(Authenticator.objects.filter(user_id=user.pk, type__in=kinds).exists())
