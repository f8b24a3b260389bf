"""Who is told of an answer to an idea."""

from __future__ import annotations

from django.conf import settings
from django.urls import reverse

from cpts_portal.core import outbox
from cpts_portal.core.models import Message
from members.models import Suggestion


def suggestion_answered(suggestion: Suggestion) -> Message | None:
    """The author who signed; an unsigned idea has nobody to tell."""
    author = suggestion.author
    if author is None or not author.contact_email:
        return None
    path = reverse("members:suggestion_list", args=[suggestion.cpts.slug])
    return outbox.post(
        channel=Message.Channel.EMAIL,
        recipient=author.contact_email,
        purpose="members.suggestion_answered",
        occurrence=str(suggestion.pk),
        template="members/notifications/suggestion_answered",
        context={"url": f"{settings.PUBLIC_URL}{path}"},
        subject=suggestion,
    )
