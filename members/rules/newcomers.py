"""How long a path lasts, when a newcomer may be introduced, who may accompany her."""

from __future__ import annotations

from datetime import date, timedelta

from members.models import Membership, Role, Welcome

PATH_LASTS = timedelta(days=365)
"""A path that nobody has finished ends by itself."""

INTRODUCED_WITHIN = timedelta(days=14)
"""Later than this after her arrival, a newcomer is no longer news."""


def is_path_running(welcome: Welcome, today: date) -> bool:
    return welcome.finished_at is None and welcome.started_on > today - PATH_LASTS


def may_still_be_introduced(welcome: Welcome, today: date) -> bool:
    """Not introduced yet, and still news; her consent is another matter."""
    return welcome.introduced_at is None and welcome.started_on >= today - INTRODUCED_WITHIN


def is_to_be_introduced(welcome: Welcome, today: date) -> bool:
    """On the day or just after, if she agrees; never before she has come."""
    has_come = welcome.started_on <= today
    return welcome.may_introduce and has_come and may_still_be_introduced(welcome, today)


def may_accompany(mentor: Membership, welcome: Welcome) -> bool:
    """Somebody else, of the same CPTS, who is at home in it."""
    is_other = mentor.pk != welcome.membership_id and mentor.cpts_id == welcome.cpts_id
    return is_other and mentor.role != Role.FUNDER
