"""What members are told once a week: how much waits for them, never what."""

from __future__ import annotations

from collections import Counter
from datetime import date

from django.conf import settings
from django.urls import reverse

from cpts_portal.board.queries.minutes import Ask, asks_of
from cpts_portal.core import outbox
from cpts_portal.core.models import Message
from members.models import Membership


def minutes_waiting(membership: Membership, asks: list[Ask], week: date) -> Message | None:
    """One e-mail a member and week, whatever asks for it; `week` is any day of it."""
    year, number, _day = week.isocalendar()
    counts = Counter(ask.kind for ask in asks)
    path = reverse("board:minutes", args=[membership.cpts.slug])
    return outbox.post(
        channel=Message.Channel.EMAIL,
        recipient=membership.contact_email,
        purpose="board.minutes",
        occurrence=f"{membership.pk}/{year}-{number:02d}",
        template="board/notifications/minutes",
        context={"counts": dict(counts), "total": len(asks), "url": f"{settings.PUBLIC_URL}{path}"},
        subject=membership,
    )


@outbox.needed("board.minutes")
def _is_something_waiting(message: Message) -> bool:
    """She may have answered everything since, or wish for quiet."""
    found = Membership.objects.current().filter(pk=message.subject_id, wants_minutes=True)
    membership = found.with_standing().select_related("cpts", "user").first()
    return membership is not None and bool(asks_of(membership))
