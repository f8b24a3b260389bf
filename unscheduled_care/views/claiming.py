"""The kept slot becomes a claim."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from cpts_portal.core.http import PortalRequest
from cpts_portal.core.refusals import NotPermitted, Refused
from unscheduled_care.actions import claims as actions
from unscheduled_care.actions.steps import Gone
from unscheduled_care.forms.claims import ClaimForm, typed_in
from unscheduled_care.models import Hold, Reason
from unscheduled_care.queries.booking import hold_to_claim
from unscheduled_care.views.holds import (
    claimed_page,
    find_hold,
    gone_page,
    has_run_out,
    hold_page,
    taker_of,
    takers,
)


@require_POST
@takers
def hold_claim(request: PortalRequest, cpts: str, hold: int) -> HttpResponse:
    """Book it for the patient: 422 to mend or to confirm, 409 when it cannot be, nothing lost."""
    kept, reasons = _asked(request, hold)
    by = taker_of(request, kept)
    if claimed := claimed_page(request, kept):
        return claimed
    if has_run_out(kept):
        return _gone(request, hold)
    form = ClaimForm(request.POST, reasons=reasons)
    if not form.is_valid():
        return _again(request, hold, form)
    is_another = form.cleaned_data["is_another"]
    try:
        made = actions.claim(kept, form.words(), by=by, is_another=is_another)
    except Gone:
        return _gone(request, hold)
    except actions.SameDay as another:
        form.ask_another(str(another))
        return _again(request, hold, form)
    except NotPermitted:
        raise
    except Refused as refusal:
        return _again(request, hold, form, status=refusal.status, refusal=str(refusal))
    return redirect("unscheduled_care:claim_show", cpts=request.cpts.slug, claim=made.pk)


def _asked(request: PortalRequest, pk: int) -> tuple[Hold, list[Reason]]:
    """What is to be claimed, and the one reason that may be given: the chosen one, or none."""
    asked = hold_to_claim(pk, request.cpts.pk, request.POST.get("reason", ""))
    if asked is None:
        raise Http404
    return asked.hold, [asked.reason] if asked.reason else []


def _again(
    request: PortalRequest, pk: int, form: ClaimForm, *, status: int = 422, **told: Any
) -> HttpResponse:
    """The page of the hold with what was typed; all that it shows is read only now."""
    kept, by = find_hold(request, pk)
    return hold_page(request, kept, by=by, form=form, status=status, **told)


def _gone(request: PortalRequest, pk: int) -> HttpResponse:
    kept, by = find_hold(request, pk)
    return gone_page(request, kept.slot, by=by, typed=typed_in(request.POST))
