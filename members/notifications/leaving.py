"""Who is told that a member has left by herself."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.urls import reverse

from cpts_portal.core import outbox
from cpts_portal.core.models import Message
from members.models import Membership


def member_left(membership: Membership, coordinators: list[Membership]) -> None:
    url = f"{settings.PUBLIC_URL}{reverse('board:today', args=[membership.cpts.slug])}"
    for address in {each.contact_email for each in coordinators} - {""}:
        _post(membership, address, "member_left", url=url)


def departure_confirmed(membership: Membership, **told: Any) -> None:
    if membership.contact_email:
        _post(membership, membership.contact_email, "departure_confirmed", **told)


def _post(membership: Membership, address: str, event: str, **told: Any) -> None:
    outbox.post(
        channel=Message.Channel.EMAIL,
        recipient=address,
        purpose=f"members.{event}",
        occurrence=str(membership.pk),
        template=f"members/notifications/{event}",
        context={"member": membership, **told},
        subject=membership,
    )
