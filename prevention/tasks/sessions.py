"""The night closes the sessions that nobody has closed."""

from __future__ import annotations

import structlog
from celery import shared_task
from django.utils import timezone

from cpts_portal.core.audit import SYSTEM
from cpts_portal.core.refusals import Refused
from cpts_portal.core.scoping import open_scope, scopes_disabled
from prevention.actions.sessions import hold
from prevention.models import Session
from prevention.queries.sessions import to_close_at

log = structlog.get_logger(__name__)


@shared_task(name="prevention.close_sessions", ignore_result=True)
def close_sessions() -> int:
    """Close, with the figures they have, those over for some days; how many."""
    with scopes_disabled():
        due = list(to_close_at(timezone.now()).values_list("cpts", "pk"))
    return sum(close_session(cpts_id, pk) for cpts_id, pk in due)


def close_session(cpts_id: int, pk: int) -> bool:
    """Whether it has been; not one that somebody has closed or cancelled meanwhile."""
    with open_scope(cpts=cpts_id):
        try:
            hold(Session.objects.get(pk=pk), by=SYSTEM, is_confirmed=True)
        except Refused as refusal:
            log.info("session_not_closed", session_id=pk, why=str(refusal))
            return False
    return True
