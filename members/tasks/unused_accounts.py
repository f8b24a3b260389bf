"""What the clock does for accounts that nobody uses; the nightly erasures close them."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from members.actions import unused_accounts as actions


@shared_task(name="members.warn_unused_accounts", ignore_result=True)
def warn_unused_accounts() -> int:
    """Once a day; how many accounts will be closed within 60 days."""
    return actions.warn_unused(timezone.now())
