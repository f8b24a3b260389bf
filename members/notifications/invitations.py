"""What an invited member receives; the words are in templates/members/notifications/."""

from __future__ import annotations

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from cpts_portal.core import outbox
from cpts_portal.core.models import Message
from members.models import Invitation


def invitation_sent(invitation: Invitation, token: str) -> None:
    """The secret link, once: it is kept nowhere else."""
    path = reverse("members:invitation_show", args=[token])
    outbox.post(
        channel=Message.Channel.EMAIL,
        recipient=invitation.email,
        purpose="members.invitation",
        occurrence=str(invitation.pk),
        template="members/notifications/invitation",
        context={
            "url": f"{settings.PUBLIC_URL}{path}",
            "author": invitation.created_by.user if invitation.created_by else None,
            "expires_at": invitation.expires_at,
        },
        subject=invitation,
    )


@outbox.needed("members.invitation")
def _is_still_open(message: Message) -> bool:
    invitation = Invitation.objects.filter(pk=message.subject_id).first()
    return invitation is not None and invitation.is_open_at(timezone.now())
