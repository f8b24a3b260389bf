"""What waits for me today, by role."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from cpts_portal.board.queries import figures as queries
from cpts_portal.board.queries.today import governance, principals_with_referrals
from cpts_portal.core.http import PortalRequest
from cpts_portal.core.small_numbers import SMALLEST_SHOWN, shown_count
from members.models import Membership, Role
from members.rules import sees_small_numbers


@require_safe
def today(request: PortalRequest, cpts: str) -> HttpResponse:
    """Coordinators and professionals have a queue of their own; the others a page here."""
    membership: Membership = request.membership
    if membership.role == Role.COORDINATOR:
        return redirect("patients:request_list", cpts=cpts)
    if membership.role == Role.PROFESSIONAL:
        return redirect("patients:referral_list", cpts=cpts)
    if membership.role in (Role.BOARD, Role.FUNDER):
        context = _figures(membership)
        if membership.role == Role.BOARD:
            context["governance"] = governance()
        return render(request, "board/today_figures.html", context)
    if membership.role == Role.SECRETARY:
        context = {
            "principals": principals_with_referrals(membership),
            "professionals": queries.professionals_beside(membership),
        }
        return render(request, "board/today_secretary.html", context)
    return render(request, "board/today_partner.html")


def _figures(membership: Membership) -> dict[str, Any]:
    figures = queries.request_figures()
    is_masked = not sees_small_numbers(membership)
    hides_wait = is_masked and figures.declared_in_a_year < SMALLEST_SHOWN
    return {
        "is_masked": is_masked,
        "received": shown_count(figures.received_this_month, is_masked=is_masked),
        "in_progress": shown_count(figures.in_progress, is_masked=is_masked),
        "declared": shown_count(figures.declared_this_month, is_masked=is_masked),
        "median_wait_days": None if hides_wait else figures.median_wait_days,
    }
