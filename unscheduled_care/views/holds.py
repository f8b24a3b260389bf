"""From a free slot to a slot kept: signs of danger first, then five minutes for the form."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from cpts_portal.core.http import PortalRequest
from cpts_portal.core.refusals import NotPermitted, Refused
from members.access import role_required
from members.delegations import ActingFor, acting, principals_of
from members.models import Membership, Role
from members.templatetags.standing import has_lapsed
from members.views.layout import base_for
from unscheduled_care.actions import holds as actions
from unscheduled_care.actions.steps import Gone
from unscheduled_care.forms.claims import ClaimForm, typed_in
from unscheduled_care.models import Hold, Slot
from unscheduled_care.queries import claiming as queries
from unscheduled_care.queries.reach import reach_of
from unscheduled_care.rules import Reach

takers = role_required(
    Role.PROFESSIONAL, Role.SECRETARY, Role.COORDINATOR, Role.BOARD, Role.PARTNER
)
Taker = Membership | ActingFor


# --- The slot, before anybody keeps it -----------------------------------------------------------
def _find_slot(request: PortalRequest, pk: int) -> tuple[Slot, Reach]:
    """A slot that the member may claim, free or not, and her reach; any other does not exist."""
    reach = reach_of(request.membership)
    found: Slot = get_object_or_404(queries.slots_seen(reach), pk=pk)
    return found, reach


def _for_whom(request: PortalRequest, asked: str | None) -> Taker:
    """Herself, or the principal named by `pour`; anybody else is a 404."""
    member: Membership = request.membership
    if not asked or asked == str(member.pk):
        return member
    for principal in principals_of(member):
        if asked == str(principal.pk):
            return ActingFor(delegate=member, principal=principal)
    raise Http404


@require_GET
@takers
def slot_show(request: PortalRequest, cpts: str, slot: int) -> HttpResponse:
    """Its facts and the signs of danger; one that is gone leads to the nearest others."""
    found, reach = _find_slot(request, slot)
    by = _for_whom(request, request.GET.get("pour"))
    mine = actions.live_holds(by).filter(slot=found).first()
    if mine is not None:
        return redirect("unscheduled_care:hold_show", cpts=request.cpts.slug, hold=mine.pk)
    if not queries.is_free(found):
        return gone_page(request, found, by=by, reach=reach)
    return _slot_page(request, found, by=by)


def _slot_page(
    request: PortalRequest, slot: Slot, *, by: Taker, status: int = 200, refusal: str = ""
) -> HttpResponse:
    member: Membership = request.membership
    origin = queries.origin_of(member, request.GET.get("commune", ""))
    told = {
        "base": base_for(request),
        "card": queries.card_of(slot, origin),
        "red_flags": queries.red_flags_for(slot),
        "principals": principals_of(member),
        "by": by,
        "takes_part": not has_lapsed(member),
        "refusal": refusal,
    }
    return render(request, "unscheduled_care/slot_show.html", told, status=status)


@require_POST
@takers
def slot_hold(request: PortalRequest, cpts: str, slot: int) -> HttpResponse:
    """Keep it, unless a sign of danger was ticked: that is read here and written nowhere.

    What was typed for a slot that was lost goes on to this one's form, without being stored.
    """
    found, reach = _find_slot(request, slot)
    if request.POST.getlist("sign"):
        return render(request, "unscheduled_care/slot_stop.html", {"base": base_for(request)})
    by, typed = _for_whom(request, request.POST.get("pour")), typed_in(request.POST)
    try:
        kept = actions.hold(found, by=by)
    except Gone:
        return gone_page(request, found, by=by, reach=reach, typed=typed)
    except NotPermitted:
        raise
    except Refused as refusal:
        return _slot_page(request, found, by=by, status=refusal.status, refusal=str(refusal))
    if typed:
        return hold_page(request, queries.holds_shown().get(pk=kept.pk), by=by, typed=typed)
    return redirect("unscheduled_care:hold_show", cpts=request.cpts.slug, hold=kept.pk)


def gone_page(
    request: PortalRequest,
    slot: Slot,
    *,
    by: Taker,
    reach: Reach | None = None,
    typed: dict[str, str] | None = None,
) -> HttpResponse:
    """409: it is not to be had, or not kept any more; the nearest others, with what was typed.

    `reach` is the member's, once read; for a principal it is his own that is asked.
    """
    if reach is None or by is not request.membership:
        reach = reach_of(by)
    told = {
        "base": base_for(request),
        "slot": queries.slots_seen(reach).filter(pk=slot.pk).first() or slot,
        "is_free": queries.is_free(slot),
        "alternatives": queries.nearest_to(slot, reach),
        "by": by,
        "typed": typed or {},
    }
    return render(request, "unscheduled_care/slot_gone.html", told, status=Gone.status)


# --- The slot kept -------------------------------------------------------------------------------
def find_hold(request: PortalRequest, pk: int) -> tuple[Hold, Taker]:
    """What the member keeps, or a principal of hers, and as whom; anybody else's is a 404."""
    kept: Hold = get_object_or_404(queries.holds_shown(), pk=pk)
    return kept, taker_of(request, kept)


def taker_of(request: PortalRequest, hold: Hold) -> Taker:
    """As whom the member keeps it: herself, or a principal of hers; anybody else's is a 404."""
    member: Membership = request.membership
    hold.slot.cpts = request.cpts
    return member if hold.holder_id == member.pk else acting(member, hold.holder)


def claimed_page(request: PortalRequest, hold: Hold) -> HttpResponse | None:
    """Back, or a second click, once the hold has become a claim: the claim itself."""
    claim = hold.claimed_as  # type: ignore[attr-defined]
    if claim is None:
        return None
    return redirect("unscheduled_care:claim_show", cpts=request.cpts.slug, claim=claim)


def hold_page(
    request: PortalRequest,
    hold: Hold,
    *,
    by: Taker,
    form: ClaimForm | None = None,
    typed: dict[str, str] | None = None,
    status: int = 200,
    refusal: str = "",
) -> HttpResponse:
    """The countdown, the facts and the form: bound, or filled in with what was `typed`."""
    form = form or ClaimForm(initial=typed)
    form.propose(queries.reasons_for(hold.slot))
    seconds = max(0, int(hold.left.total_seconds()))  # type: ignore[attr-defined]
    told: dict[str, Any] = {
        "base": base_for(request),
        "hold": hold,
        "seconds": seconds,
        "left": _as_read(seconds),
        "card": queries.card_of(hold.slot, queries.origin_of(request.membership)),
        "principal": by.principal if isinstance(by, ActingFor) else None,
        "form": form,
        "refusal": refusal,
    }
    part = "#hold-clock" if request.htmx else ""
    return render(request, f"unscheduled_care/hold_show.html{part}", told, status=status)


def _as_read(seconds: int) -> str:
    """« 4 min 12 s », as static/js/countdown.js goes on writing it."""
    minutes, rest = divmod(seconds, 60)
    return f"{minutes}\u00a0min\u00a0{rest:02d}\u00a0s" if minutes else f"{rest}\u00a0s"


@require_GET
@takers
def hold_show(request: PortalRequest, cpts: str, hold: int) -> HttpResponse:
    kept, by = find_hold(request, hold)
    if claimed := claimed_page(request, kept):
        return claimed
    if has_run_out(kept):
        return gone_page(request, kept.slot, by=by)
    return hold_page(request, kept, by=by)


def has_run_out(hold: Hold) -> bool:
    """By PostgreSQL's clock, as it was when the row was read."""
    return bool(hold.left.total_seconds() <= 0)  # type: ignore[attr-defined]


@require_POST
@takers
def hold_extend(request: PortalRequest, cpts: str, hold: int) -> HttpResponse:
    """Once; what was typed meanwhile comes back in the form.

    In place and too late, it says so and leaves the form: « Réserver » will judge.
    """
    kept, by = find_hold(request, hold)
    if claimed := claimed_page(request, kept):
        return claimed
    typed = typed_in(request.POST)
    try:
        actions.extend(kept, by=by)
    except Gone:
        if request.htmx:
            return hold_page(request, kept, by=by)
        return gone_page(request, kept.slot, by=by, typed=typed)
    except Refused as refusal:
        told = {"typed": typed, "status": refusal.status, "refusal": str(refusal)}
        return hold_page(request, kept, by=by, **told)  # type: ignore[arg-type]
    if typed or request.htmx:
        return hold_page(request, queries.holds_shown().get(pk=hold), by=by, typed=typed)
    return redirect("unscheduled_care:hold_show", cpts=request.cpts.slug, hold=hold)


@require_POST
@takers
def hold_release(request: PortalRequest, cpts: str, hold: int) -> HttpResponse:
    kept, by = find_hold(request, hold)
    if claimed := claimed_page(request, kept):
        return claimed
    actions.release(kept, by=by)
    messages.success(request, _("Le créneau est libéré."))
    return redirect("unscheduled_care:slot_list", cpts=request.cpts.slug)
