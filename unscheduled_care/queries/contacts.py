"""How a patient can be written to."""

from __future__ import annotations

from cpts_portal.core import outbox
from cpts_portal.core.models import Message
from patients.notifications import can_get_sms
from unscheduled_care.models import PatientContact


def ways_to(contact: PatientContact) -> list[tuple[str, str]]:
    """Channel and recipient, a mobile first; none for a landline alone: she is told by voice."""
    phone, ways = contact.phone, []
    if phone and can_get_sms(phone) and outbox.can_send(Message.Channel.SMS):
        ways.append((str(Message.Channel.SMS), phone))
    if contact.email:
        ways.append((str(Message.Channel.EMAIL), contact.email))
    return ways
