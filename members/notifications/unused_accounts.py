"""What the owner of an account that nobody uses is told; no CPTS speaks here, the portal does."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.urls import reverse

from cpts_portal.core import outbox
from cpts_portal.core.models import Message
from members.models import User

FIRST, LAST = "members.unused_account", "members.unused_account_soon"


def unused_account(user: Any, *, is_last: bool, closes_at: datetime) -> None:
    """Once a warning for each time of disuse; `user` bears `used_at`."""
    _post(
        user,
        LAST if is_last else FIRST,
        f"{user.pk}/{user.used_at:%Y-%m-%d}",
        "unused_account",
        closes_at=closes_at,
    )


def account_closed(user: User, *, is_member: bool) -> None:
    used_at = user.last_login or user.date_joined
    occurrence = f"{user.pk}/{used_at:%Y-%m-%d}"
    _post(user, "members.account_closed", occurrence, "account_closed", is_member=is_member)


def _post(user: User, purpose: str, occurrence: str, template: str, **told: Any) -> None:
    if not user.email:
        return
    name = "account_reset_password" if told.get("is_member") else "account_login"
    outbox.post(
        channel=Message.Channel.EMAIL,
        recipient=user.email,
        purpose=purpose,
        occurrence=occurrence,
        template=f"members/notifications/{template}",
        context={"url": f"{settings.PUBLIC_URL}{reverse(name)}", **told},
        subject=user,
    )


@outbox.needed(FIRST)
def _is_still_unused(message: Message) -> bool:
    return _is_unused(message)


@outbox.needed(LAST)
def _is_still_unused_at_last(message: Message) -> bool:
    return _is_unused(message)


def _is_unused(message: Message) -> bool:
    """Nobody has logged in since the warning was written, and the account is open."""
    user = User.objects.filter(pk=message.subject_id, is_active=True).first()
    return user is not None and (user.last_login or user.date_joined) < message.created_at
