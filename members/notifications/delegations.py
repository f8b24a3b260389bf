"""Who is told that somebody acts for somebody; the words are in members/notifications/."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from cpts_portal.core import outbox
from cpts_portal.core.models import Message
from members import rules
from members.models import Delegation, Membership


def delegation_granted(delegation: Delegation, *, by: Membership) -> None:
    """To both, but for whoever has just done it."""
    for member in _both_but(delegation, by):
        _tell(
            member, delegation, "delegation_granted", is_delegate=_is_delegate(member, delegation)
        )


def delegation_revoked(delegation: Delegation, *, by: Membership) -> None:
    for member in _both_but(delegation, by):
        _tell(
            member, delegation, "delegation_revoked", is_delegate=_is_delegate(member, delegation)
        )


def delegation_ending(delegation: Delegation) -> None:
    """To the professional, once, before it ends."""
    _tell(delegation.principal, delegation, "delegation_ending", is_delegate=False)


def _both_but(delegation: Delegation, by: Membership) -> list[Membership]:
    return [each for each in (delegation.principal, delegation.delegate) if each.pk != by.pk]


def _is_delegate(member: Membership, delegation: Delegation) -> bool:
    return member.pk == delegation.delegate_id


def _tell(member: Membership, delegation: Delegation, event: str, **told: Any) -> None:
    if not member.contact_email:
        return
    path = reverse("members:delegation_list", args=[delegation.cpts.slug])
    outbox.post(
        channel=Message.Channel.EMAIL,
        recipient=member.contact_email,
        purpose=f"members.{event}",
        occurrence=f"{delegation.pk}/{member.pk}",
        template=f"members/notifications/{event}",
        context={"delegation": delegation, "url": f"{settings.PUBLIC_URL}{path}", **told},
        subject=delegation,
    )


@outbox.needed("members.delegation_granted")
def _is_still_granted(message: Message) -> bool:
    return _runs(message)


@outbox.needed("members.delegation_ending")
def _is_still_ending(message: Message) -> bool:
    return _runs(message)


def _runs(message: Message) -> bool:
    delegation = Delegation.objects.filter(pk=message.subject_id).first()
    return delegation is not None and not rules.is_delegation_over(delegation, timezone.localdate())
