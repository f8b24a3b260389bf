"""Weekly templates become slots, two weeks ahead."""

from __future__ import annotations

from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from cpts_portal.core.scoping import open_scope
from members.models import Cpts
from unscheduled_care.actions.availabilities import DAYS_AHEAD, materialise
from unscheduled_care.models import Availability

BATCH = 200


@shared_task(name="unscheduled_care.materialise", ignore_result=True)
def materialise_weeks() -> int:
    """Make the slots that every CPTS lacks; how many. Safe to run twice, late, or side by side."""
    return sum(_materialise_in(cpts) for cpts in Cpts.objects.filter(is_active=True))


def _materialise_in(cpts: Cpts) -> int:
    """Some templates a transaction, a professional after the other."""
    today = timezone.localdate()
    with open_scope(cpts=cpts):
        running = Availability.objects.running_between(today, today + timedelta(days=DAYS_AHEAD))
        weeks = list(running.order_by("professional_id", "pk"))
        batches = [weeks[at : at + BATCH] for at in range(0, len(weeks), BATCH)]
        return sum(materialise(batch) for batch in batches)
