"""Who is told that the desk has mended what is hers everywhere."""

from __future__ import annotations

from cpts_portal.core import outbox
from cpts_portal.core.models import AuditEntry, Message
from members.models import Membership


def name_corrected(membership: Membership, *, trace: AuditEntry) -> None:
    """To the person, at each of her addresses, once for the correction that left this trace."""
    for address in membership.own_addresses:
        outbox.post(
            channel=Message.Channel.EMAIL,
            recipient=address,
            purpose="members.name_corrected",
            occurrence=f"{membership.pk}/{trace.pk}",
            template="members/notifications/name_corrected",
            context={"member": membership},
            subject=membership,
        )
