"""What waits for me today, by role."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from cpts_portal.core.http import PortalRequest
from members.models import Role

FIRST_PAGES = {
    Role.COORDINATOR: "patients:request_list",
    Role.PROFESSIONAL: "patients:referral_list",
}


@require_safe
def today(request: PortalRequest, cpts: str) -> HttpResponse:
    role = Role(request.membership.role)
    if role in FIRST_PAGES:
        return redirect(FIRST_PAGES[role], cpts=cpts)
    return render(request, f"board/today_{role}.html", {})
