"""What the worker does for everyone: deliver, sweep, beat, erase."""

from __future__ import annotations

from uuid import UUID

from celery import shared_task
from django.utils import timezone

from cpts_portal.core import outbox, retention
from cpts_portal.core.models import Heartbeat

MOST_BATCHES = 50


@shared_task(name="core.deliver")
def deliver(*message_ids: str) -> None:
    outbox.deliver(*map(UUID, message_ids))


@shared_task(name="core.deliver_due")
def deliver_due() -> None:
    """One batch; one task for a hundred messages costs the broker 45 times less than a hundred."""
    outbox.deliver_due()


@shared_task(name="core.sweep_messages")
def sweep_messages() -> None:
    """Find what the queue lost, what waited for its hour, and what a dead worker left."""
    due = outbox.due_at(timezone.now())[: MOST_BATCHES * outbox.BATCH].count()
    for _batch in range(-(-due // outbox.BATCH)):
        deliver_due.delay()


@shared_task(name="core.beat")
def beat() -> None:
    """Show that beat beats and that a worker listens."""
    now = timezone.now()
    Heartbeat.objects.update_or_create(name="beat", defaults={"beaten_at": now})


@shared_task(name="core.erase_due")
def erase_due() -> None:
    """The night's erasures; a run that is killed is finished by the next."""
    retention.run(timezone.now())
