"""What a person is told about her own account; allauth has rendered the words."""

from __future__ import annotations

import uuid

from django.db import transaction
from django.utils.translation import get_language

from cpts_portal.core import outbox
from cpts_portal.core.models import Message


@transaction.atomic
def account_mail(*, recipient: str, event: str, title: str, body: str) -> None:
    """Post one e-mail of allauth's; `event` is its template's name, such as password_reset_key."""
    outbox.post(
        channel=Message.Channel.EMAIL,
        recipient=recipient,
        purpose=f"account_{event}",
        occurrence=uuid.uuid4().hex,
        template="members/notifications/account",
        context={"title": title, "body": body},
        language=get_language() or "fr",
    )
