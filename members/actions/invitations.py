"""The key of an account: sent, sent again, revoked, and turned once by its holder."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any

from allauth.account.models import EmailAddress
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cpts_portal.core import audit
from cpts_portal.core.refusals import NotPermitted, Refused
from members import rules
from members.actions.accounts import save_account
from members.models import Invitation, Membership, User
from members.notifications import invitations as notifications
from members.queries import invitations as queries

INVITATION_LASTS = timedelta(days=7)


@transaction.atomic
def invite(membership: Membership, *, email: str, by: Any) -> Invitation:
    """Post the link that opens her account, valid a week; a live one is revoked first.

    Raises NotPermitted for the account of a coordinator sent by who cannot make one, then Refused
    for somebody who has an account already, or who has left.
    """
    membership = _lock_member(membership)
    if not rules.may_give_role(by, membership, membership.role):
        raise NotPermitted(_("Seule la coordination invite une personne de la coordination."))
    if not rules.may_be_invited(membership, timezone.localdate()):
        raise Refused(_("Cette personne a déjà son compte, ou n’est plus membre."))
    now = timezone.now()
    _revoke_live(membership)
    token = secrets.token_urlsafe(16)
    invitation = Invitation.objects.create(
        cpts=membership.cpts,
        membership=membership,
        email=email.strip().lower(),
        token_hash=queries.token_hash(token),
        created_by=by if isinstance(by, Membership) else None,
        created_at=now,
        expires_at=now + INVITATION_LASTS,
    )
    audit.record(membership, "invite", by=by)
    notifications.invitation_sent(invitation, token)
    return invitation


def _lock_member(membership: Membership) -> Membership:
    locked: Membership = (
        Membership.objects.select_for_update(of=("self",), no_key=True)
        .select_related("cpts", "user")
        .get(pk=membership.pk)
    )
    return locked


def _revoke_live(membership: Membership) -> int:
    live = Invitation.objects.filter(membership=membership, accepted_at=None, revoked_at=None)
    return live.update(revoked_at=timezone.now())


@transaction.atomic
def revoke(membership: Membership, *, by: Membership) -> int:
    """Close the live invitation of a member; raises Refused when there is none."""
    membership = _lock_member(membership)
    revoked = _revoke_live(membership)
    if not revoked:
        raise Refused(_("Cette invitation a déjà servi, ou n’est plus valable."))
    audit.record(membership, "revoke_invitation", by=by)
    return revoked


def invite_never_invited(*, by: Membership) -> int:
    """Invite whoever has no account, no invitation yet, and an address; how many were.

    A transaction each: two coordinators who click together send one invitation a person.
    """
    return sum(_invite_first(membership, by=by) for membership in queries.never_invited())


@transaction.atomic
def _invite_first(membership: Membership, *, by: Membership) -> bool:
    is_another_s = not rules.may_give_role(by, membership, membership.role)
    if is_another_s or _lock_member(membership).invitations.exists():
        return False
    invite(membership, email=membership.contact_email, by=by)
    return True


# --- Its holder ---------------------------------------------------------------------------------
@transaction.atomic
def accept(invitation: Invitation, *, username: str, password: str) -> User:
    """Make the placeholder an account: its e-mail is proved by the link, its password chosen.

    Raises Refused for a key that no longer opens, an e-mail or an identifier that is taken.
    """
    invitation = _lock_open(invitation)
    if queries.account_of(invitation.email) is not None:
        raise Refused(_("Vous avez déjà un compte sur ce portail : connectez-vous."))
    user = invitation.membership.user
    user.username, user.email = username, invitation.email
    user.set_password(password)
    try:
        with transaction.atomic():
            save_account(user)
            EmailAddress.objects.filter(user=user).update(verified=True)
    except IntegrityError:
        raise Refused(_("Cet identifiant vient d’être pris : choisissez-en un autre.")) from None
    _settle(invitation)
    return user


@transaction.atomic
def claim(invitation: Invitation, *, user: User) -> Membership:
    """Move the membership to the account that the invited e-mail already has on the portal.

    Raises Refused for a key that no longer opens, another account, or a place held already.
    """
    invitation = _lock_open(invitation)
    if queries.account_of(invitation.email) != user:
        raise Refused(_("Cette invitation est pour un autre compte : déconnectez-vous d’abord."))
    membership = invitation.membership
    placeholder = membership.user
    try:
        with transaction.atomic():
            Membership.objects.filter(user=placeholder).update(user=user)
    except IntegrityError:
        raise Refused(
            _("Vous êtes déjà membre de cette CPTS avec ce compte : rien n’est à faire.")
        ) from None
    membership.user = user
    placeholder.delete()
    _settle(invitation)
    return membership


def _lock_open(invitation: Invitation) -> Invitation:
    """The invitation as it is now, its member locked; raises Refused unless it still opens."""
    membership = _lock_member(invitation.membership)
    found: Invitation = Invitation.objects.get(pk=invitation.pk)
    found.membership = membership
    is_open = found.is_open_at(timezone.now())
    if not (is_open and rules.may_be_invited(membership, timezone.localdate())):
        raise Refused(_("Cette invitation a déjà servi, ou n’est plus valable."))
    return found


def _settle(invitation: Invitation) -> None:
    invitation.accepted_at = timezone.now()
    invitation.save(update_fields=["accepted_at"])
    audit.record(invitation.membership, "accept_invitation", by=invitation.membership)
