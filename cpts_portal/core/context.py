"""What every template may use."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest


def portal(request: HttpRequest) -> dict[str, Any]:
    return {
        "is_demo": settings.DEMO,
        "cpts": getattr(request, "cpts", None),
        "membership": getattr(request, "membership", None),
    }
