"""The kept slot becomes a claim."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from cpts_portal.core.http import PortalRequest
from cpts_portal.core.refusals import NotPermitted, Refused
from unscheduled_care.actions import claims as actions
from unscheduled_care.actions.steps import Gone
from unscheduled_care.forms.claims import ClaimForm, typed_in
from unscheduled_care.queries.claiming import reasons_for
from unscheduled_care.views.holds import (
    claimed_page,
    find_hold,
    gone_page,
    has_run_out,
    hold_page,
    takers,
)


@require_POST
@takers
def hold_claim(request: PortalRequest, cpts: str, hold: int) -> HttpResponse:
    """Book it for the patient: 422 to mend or to confirm, 409 when it cannot be, nothing lost."""
    kept, by = find_hold(request, hold)
    if claimed := claimed_page(request, kept):
        return claimed
    if has_run_out(kept):
        return gone_page(request, kept.slot, by=by, typed=typed_in(request.POST))
    chosen = reasons_for(kept.slot, request.POST.get("reason", ""))
    form = ClaimForm(request.POST, reasons=chosen)
    if not form.is_valid():
        return hold_page(request, kept, by=by, form=form, status=422)
    is_another = form.cleaned_data["is_another"]
    try:
        made = actions.claim(kept, form.words(), by=by, is_another=is_another)
    except Gone:
        return gone_page(request, kept.slot, by=by, typed=typed_in(request.POST))
    except actions.SameDay as another:
        form.ask_another(str(another))
        return hold_page(request, kept, by=by, form=form, status=422)
    except NotPermitted:
        raise
    except Refused as refusal:
        told = str(refusal)
        return hold_page(request, kept, by=by, form=form, status=refusal.status, refusal=told)
    return redirect("unscheduled_care:claim_show", cpts=request.cpts.slug, claim=made.pk)
