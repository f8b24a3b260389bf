"""What the clock does for the waiting list; deadlines are true without it."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from cpts_portal.core.scoping import open_scope, scopes_disabled
from members.models import Cpts
from unscheduled_care.actions import waiting as actions
from unscheduled_care.actions.steps import OFFER_FREED
from unscheduled_care.models import Slot, WaitingEntry
from unscheduled_care.queries import waiting as queries


@shared_task(name=OFFER_FREED, ignore_result=True)
def offer_freed(slot_id: int) -> bool:
    """Offer a slot that has just been freed to the first in line, if it suits anybody."""
    with scopes_disabled():
        cpts_id = Slot.objects.filter(pk=slot_id).values_list("cpts", flat=True).first()
    with open_scope(cpts=cpts_id):
        return actions.offer_next(Slot(pk=slot_id), now=timezone.now()) is not None


@shared_task(name="unscheduled_care.move_lines", ignore_result=True)
def move_lines() -> int:
    """Each minute, write down what the clock has ended, offer what is free; how many offers."""
    with scopes_disabled():
        waiting = WaitingEntry.objects.filter(status="waiting").values("cpts")
        moving = list(Cpts.objects.filter(is_active=True, pk__in=waiting))
    return sum(_move_in(cpts) for cpts in moving)


def _move_in(cpts: Cpts) -> int:
    with open_scope(cpts=cpts):
        for offer in queries.late_offers():
            actions.note_late(offer)
        for entry in queries.past_their_time():
            actions.end_late(entry)
        now = timezone.now()
        offered = [actions.offer_next(slot, now=now) for slot in queries.free_slots()]
    return sum(offer is not None for offer in offered)
