"""How long a session lives: 30 idle minutes, and an absolute end fixed when it begins.

What a page asks by itself, to stay fresh, is no use of it: such requests say so in a header.

The session row itself keeps both: its expiry date is the idle limit (`SESSION_COOKIE_AGE`), and
`ends_at` the absolute one. A page view writes to it at most once in five minutes, so that idle
time is judged to within five minutes, never beyond thirty.
"""

from __future__ import annotations

from typing import Any

from allauth.usersessions.models import UserSession
from django.http import HttpRequest
from django.utils import timezone

from members import rules
from members.queries import people as queries

ENDS_AT = "ends_at"
SEEN_AT = "seen_at"
RENEW_AFTER = 5 * 60
AUTOMATIC = "X-Automatic"


def keep(request: HttpRequest) -> bool:
    """Whether the session may go on; fixes its end when it is new, renews its idle time."""
    now = timezone.now().timestamp()
    if ENDS_AT not in request.session:
        _start(request, now)
    if now >= request.session[ENDS_AT]:
        return False
    is_used = AUTOMATIC not in request.headers
    if is_used and now - request.session[SEEN_AT] >= RENEW_AFTER:
        request.session[SEEN_AT] = now
        UserSession.objects.create_from_request(request)
    return True


def _start(request: Any, now: float) -> None:
    age = rules.session_age(request.user, queries.memberships_of(request.user))
    request.session[SEEN_AT] = now
    request.session[ENDS_AT] = now + age.total_seconds()


def end_others(request: HttpRequest, user: Any) -> None:
    """Log every other browser of `user` out, at once."""
    others = UserSession.objects.filter(user=user)
    for session in others.exclude(session_key=request.session.session_key or ""):
        session.end()


def end_all(user: Any) -> None:
    """Log every browser of `user` out, at once."""
    for session in UserSession.objects.filter(user=user):
        session.end()
