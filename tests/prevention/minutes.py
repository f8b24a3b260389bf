"""The minute of reminders at a moment of one's choice: a worker's own clock may say night."""

from __future__ import annotations

from datetime import datetime

from celery import shared_task

from cpts_portal.core.scoping import scopes_disabled
from prevention.actions.deliveries import reconcile_near
from prevention.actions.sending import send_due

SEND_AT = "tests.send_deliveries_at"
MANY = 100_000


@shared_task(name=SEND_AT, ignore_result=True)
def send_deliveries_at(moment: str) -> None:
    now = datetime.fromisoformat(moment)
    with scopes_disabled():
        reconcile_near(now)
        send_due(now, MANY)
