"""Two answers for machines: are we alive (`/healthz`), does everything turn (`/readyz`)."""

import contextlib
from collections.abc import Callable
from datetime import timedelta
from typing import TypedDict

import redis
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.db.models import Min, Q
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from cpts_portal.core.models import Heartbeat, Message

BEAT = "beat"
BEAT_SILENT_AFTER = timedelta(minutes=3)
MESSAGE_LATE_AFTER = timedelta(minutes=15)


class Check(TypedDict, total=False):
    """`age` is in seconds, absent when there is nothing to be old."""

    ok: bool
    age: int


@require_safe
@never_cache
@login_not_required
def healthz(request: HttpRequest) -> HttpResponse:
    """Alive: this process answers. Asks nothing of the others, or they would take it down."""
    return HttpResponse("ok", content_type="text/plain")


@require_safe
@never_cache
@login_not_required
def readyz(request: HttpRequest) -> JsonResponse:
    """200 when every check is well, else 503; ages and yes or no, never a name or an address."""
    checks = {name: _safely(check) for name, check in CHECKS.items()}
    is_ready = all(check["ok"] for check in checks.values())
    return JsonResponse({"ready": is_ready, "checks": checks}, status=200 if is_ready else 503)


def check_database() -> Check:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return {"ok": True}


def check_broker() -> Check:
    client = redis.Redis.from_url(
        settings.CELERY_BROKER_URL, socket_timeout=1, socket_connect_timeout=1
    )
    with contextlib.closing(client):
        return {"ok": bool(client.ping())}


def check_beat() -> Check:
    """Beat has beaten lately, and a worker has taken its beat up."""
    beaten_at = Heartbeat.objects.filter(name=BEAT).values_list("beaten_at", flat=True).first()
    if beaten_at is None:
        return {"ok": False}
    age = timezone.now() - beaten_at
    return {"ok": age <= BEAT_SILENT_AFTER, "age": int(age.total_seconds())}


def check_messages() -> Check:
    """No message that is due has waited too long."""
    now = timezone.now()
    due = Q(status=Message.Status.WAITING, not_before__lte=now)
    abandoned = Q(status=Message.Status.SENDING, leased_until__lte=now)
    oldest = Message.objects.filter(due | abandoned).aggregate(oldest=Min("not_before"))["oldest"]
    if oldest is None:
        return {"ok": True}
    age = now - oldest
    return {"ok": age <= MESSAGE_LATE_AFTER, "age": int(age.total_seconds())}


CHECKS: dict[str, Callable[[], Check]] = {
    "database": check_database,
    "broker": check_broker,
    "beat": check_beat,
    "messages": check_messages,
}


def _safely(check: Callable[[], Check]) -> Check:
    """A check that cannot be made is a check that fails."""
    try:
        return check()
    except (DatabaseError, redis.RedisError):
        return {"ok": False}
