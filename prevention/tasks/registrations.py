"""What the clock does for the lines; deadlines are true without it."""

from __future__ import annotations

from celery import shared_task

from cpts_portal.core.scoping import open_scope, scopes_disabled
from members.models import Cpts
from prevention.actions.registrations import settle_line
from prevention.queries.registrations import to_move


@shared_task(name="prevention.move_lines", ignore_result=True)
def move_lines() -> int:
    """Each minute, take back what was not answered and offer what is free; how many sessions."""
    with scopes_disabled():
        moving = list(Cpts.objects.filter(is_active=True, pk__in=to_move().values("cpts")))
    return sum(_move_in(cpts) for cpts in moving)


def _move_in(cpts: Cpts) -> int:
    with open_scope(cpts=cpts):
        sessions = list(to_move())
        for session in sessions:
            settle_line(session)
    return len(sessions)
