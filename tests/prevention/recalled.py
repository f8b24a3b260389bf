"""Words and short cuts of the tests about recall lists."""

from __future__ import annotations

import uuid
from typing import Any

from django.urls import reverse
from django.utils import timezone

from members.models import Membership
from prevention.actions import recalls as actions
from prevention.actions.recalls import RecalledWords
from prevention.models import Delivery, RecallEntry, RecallList
from tests.prevention.makers import PlanFactory, RecallListFactory


def open_flu(coordinator: Membership) -> RecallList:
    """From 65 on; a reminder leaves in three days."""
    found: RecallList = RecallListFactory(
        campaign__cpts=coordinator.cpts,
        campaign__created_by=coordinator,
        campaign__is_for_professionals=True,
        title="Grippe 2026",
        min_age=65,
    )
    PlanFactory(campaign=found.campaign, audience="recalled", recall_list=found, offset_days=3)
    return found


def words(**told: Any) -> RecalledWords:
    return RecalledWords(
        **{
            "first_name": "Gaston",
            "last_name": "Delattre",
            "age_band": "75+",
            "has_agreed": True,
            "agreed_on": timezone.localdate(),
            "phone": "+33639981234",
            **told,
        }
    )


def typed(**told: Any) -> dict[str, Any]:
    """The same in the form."""
    return {
        "last_name": "Delattre",
        "first_name": "Gaston",
        "age_band": "75+",
        "phone": "06 39 98 12 34",
        "agreed_on": timezone.localdate().isoformat(),
        "has_agreed": "on",
        "key": str(uuid.uuid4()),
        **told,
    }


def add(flu: RecallList, by: Any, **told: Any) -> RecallEntry:
    return actions.add(flu, words(**told), by=by, key=uuid.uuid4())


def address(name: str, flu: RecallList, *more: int) -> str:
    return reverse(f"prevention:{name}", args=[flu.cpts.slug, *more])


def planned(entry: RecallEntry) -> list[str]:
    return [one.status for one in Delivery.objects.filter(recall_entry=entry)]
