"""What every page of a CPTS knows of its reader's membership."""

from __future__ import annotations

from django.http import HttpRequest
from django.utils import timezone

from members import rules


def standing(request: HttpRequest) -> dict[str, str]:
    """`standing`: good, grace or lapsed; absent outside a CPTS. Asks the database nothing."""
    membership = getattr(request, "membership", None)
    if membership is None:
        return {}
    return {"standing": rules.standing(membership, timezone.localdate()).value}
