"""The portal's pages, and beside them a view that claims with one update and one insert.

It stands behind the same middleware: session, person, second factor, CPTS. It reads no form, asks
nothing, tells nobody and traces nothing.
"""

from __future__ import annotations

from django.db import transaction
from django.db.models.functions import Now
from django.http import HttpResponse
from django.urls import path
from django.views.decorators.http import require_POST

from cpts_portal.core.http import PortalRequest
from cpts_portal.urls import handler500
from cpts_portal.urls import urlpatterns as portal
from unscheduled_care.models import Claim, Slot, SlotStatus

__all__ = ["handler500", "urlpatterns"]


@require_POST
@transaction.atomic
def bare_claim(request: PortalRequest, cpts: str, slot: int, hold: int) -> HttpResponse:
    sold = Slot.objects.filter(pk=slot, status=SlotStatus.OPEN, starts_at__gt=Now())
    if not sold.update(status=SlotStatus.CLAIMED):
        return HttpResponse(status=409)
    Claim.objects.create(
        cpts_id=request.cpts.pk,
        slot_id=slot,
        hold_id=hold,
        claimer_id=request.membership.pk,
        reason_id="fievre",
        age_band="30-49",
        own_gp="no",
        has_consented=True,
    )
    return HttpResponse(status=302)


urlpatterns = [path("<slug:cpts>/bare/<int:slot>/<int:hold>/", bare_claim), *portal]
