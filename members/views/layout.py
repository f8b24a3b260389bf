"""Which frame a page that everybody reads is drawn in."""

from __future__ import annotations

from cpts_portal.core.http import PortalRequest
from members.models import Role


def base_for(request: PortalRequest) -> str:
    """Professionals have tabs and a bottom bar, whoever works at a desk has the rail."""
    if request.membership.role == Role.PROFESSIONAL:
        return "base_pro.html"
    return "base_app.html"
