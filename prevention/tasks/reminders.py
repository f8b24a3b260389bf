"""Each minute: what is planned is put right, what is due leaves, a town's worth at a time."""

from __future__ import annotations

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from cpts_portal.core.scoping import scopes_disabled
from prevention.actions.deliveries import reconcile_near
from prevention.actions.sending import send_due


@shared_task(name="prevention.send_deliveries", ignore_result=True)
def send_deliveries() -> int:
    """Of all CPTSs; the limit leaves room for codes and other messages that people wait for."""
    now = timezone.now()
    with scopes_disabled():
        reconcile_near(now)
        return send_due(now, settings.REMINDERS_PER_MINUTE)
