"""What a member is told of her year; the words are in templates/members/notifications/."""

from __future__ import annotations

from datetime import date

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from cpts_portal.core import outbox
from cpts_portal.core.models import Message
from members import rules
from members.models import Membership


def renewal_due(membership: Membership, *, step: int, today: date) -> bool:
    """Remind of the year to renew, once per step and year; whether a mail was posted.

    Asks `with_standing`. Nothing leaves for a member without an address.
    """
    assert membership.college is not None
    recipient = membership.contact_email
    if not recipient:
        return False
    ends_on = rules.due_on(membership)
    path = reverse("members:membership_mine", args=[membership.cpts.slug])
    posted = outbox.post(
        channel=Message.Channel.EMAIL,
        recipient=recipient,
        purpose="members.renewal",
        occurrence=f"{membership.pk}:{ends_on.isoformat()}:{step}",
        template="members/notifications/renewal",
        context={
            "url": f"{settings.PUBLIC_URL}{path}",
            "member": membership,
            "college": membership.college,
            "ends_on": ends_on,
            "good_until": membership.good_until,
            "is_first": membership.covered_until is None,
            "is_over": ends_on < today,
            "is_lapsed": not rules.may_take_part(membership, today),
        },
        subject=membership,
        not_before=outbox.polite_time(timezone.now()),
    )
    return posted is not None


@outbox.needed("members.renewal")
def _is_still_due(message: Message) -> bool:
    """Still a member who has to renew, and the same year as when it was written."""
    membership = (
        Membership.objects.current()
        .filter(pk=message.subject_id, college__isnull=False)
        .with_standing()
        .first()
    )
    if membership is None:
        return False
    _pk, ends_on, _step = message.occurrence.split(":")
    return rules.due_on(membership).isoformat() == ends_on
