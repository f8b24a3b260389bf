"""Accounts that nobody uses: warned twice, then closed."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db import transaction
from django.db.models import CharField, Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Cast, Coalesce
from django.utils import timezone

from cpts_portal.core import audit
from cpts_portal.core.models import Message
from cpts_portal.core.scoping import scopes_disabled
from members import sessions
from members.models import Membership, User
from members.notifications import unused_accounts as notifications

FIRST_WARNING, LAST_WARNING = timedelta(days=60), timedelta(days=15)
HEEDED = LAST_WARNING - timedelta(days=1)
"""How long the last warning has been out before an account is closed, whatever stood still."""


def _in_use() -> QuerySet[Any]:
    """Accounts that a person opens with a password, with `used_at`; not the staff's."""
    opened = User.objects.filter(is_active=True, is_staff=False, is_superuser=False)
    has_password = ~Q(password__startswith=UNUSABLE_PASSWORD_PREFIX)
    return opened.filter(has_password).annotate(used_at=Coalesce("last_login", "date_joined"))


def to_close(before: datetime) -> QuerySet[User]:
    """Unused since then, and warned a fortnight ago; one without e-mail cannot be."""
    warning = Message.objects.filter(
        purpose=notifications.LAST,
        subject_kind=audit.kind_of(User()),
        subject_id=Cast(OuterRef("pk"), CharField()),
        created_at__gt=OuterRef("used_at"),
        created_at__lte=timezone.now() - HEEDED,
    )
    return _in_use().filter(Q(email=None) | Exists(warning), used_at__lt=before)


@transaction.atomic
def close(user: User) -> None:
    """Take its keys away and tell. A member of today keeps her place and asks for a password."""
    with scopes_disabled():
        is_member = Membership.objects.current().filter(user=user).exists()
    user.is_active = is_member
    user.set_unusable_password()
    user.save(update_fields=["is_active", "password"])
    sessions.end_all(user)
    if not is_member:
        Authenticator.objects.filter(user=user).delete()
    audit.record(user, "close_unused", by=audit.SYSTEM)
    notifications.account_closed(user, is_member=is_member)


def warn_unused(now: datetime) -> int:
    """Warn each owner 60 and 15 days before, once each; how many are within 60 days."""
    lasts = timedelta(days=settings.RETENTION_DAYS["unused_account"])
    soon: list[Any] = list(
        _in_use().filter(used_at__lt=now - lasts + FIRST_WARNING).exclude(email=None)
    )
    for user in soon:
        is_last = user.used_at < now - lasts + LAST_WARNING
        closes_at = max(user.used_at + lasts, now + (LAST_WARNING if is_last else FIRST_WARNING))
        with transaction.atomic():
            notifications.unused_account(user, is_last=is_last, closes_at=closes_at)
    return len(soon)
