"""What the clock does for those without a GP: their requests are tied to their claims."""

from __future__ import annotations

from celery import shared_task

from cpts_portal.core.scoping import scopes_disabled
from unscheduled_care.actions import gp_searches as actions


@shared_task(name="unscheduled_care.link_gp_requests", ignore_result=True)
def link_gp_requests() -> int:
    with scopes_disabled():
        return actions.link_filed()
