"""« Délégations » : who acts for me, for whom I act, and everybody's at the desk."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from cpts_portal.core.http import PortalRequest
from cpts_portal.core.refusals import Refused
from members import rules
from members.access import role_required
from members.actions import delegations as actions
from members.delegations import principals_of
from members.forms.delegations import DelegationForm
from members.models import Delegation, Membership, Role
from members.queries import delegations as queries
from members.views.layout import base_for

concerned = role_required(Role.PROFESSIONAL, Role.SECRETARY, Role.COORDINATOR)
PROPOSED = timedelta(days=180)


@require_safe
@concerned
def delegation_list(request: PortalRequest, cpts: str) -> HttpResponse:
    initial = {"ends_on": timezone.localdate() + PROPOSED}
    return _page(request, DelegationForm(by=request.membership, initial=initial))


def _page(request: PortalRequest, form: DelegationForm, *, status: int = 200) -> HttpResponse:
    by: Membership = request.membership
    told: dict[str, Any] = {
        "base": base_for(request),
        "form": form if _may_name(by) else None,
        "seen": queries.delegations_of(by, timezone.localdate()),
        "acts_for": principals_of(by),
        "is_desk": rules.is_coordinator(by, by),
    }
    return render(request, "members/delegation_list.html", told, status=status)


def _may_name(by: Membership) -> bool:
    return rules.is_coordinator(by, by) or rules.may_delegate(by, by)


@require_POST
@role_required(Role.PROFESSIONAL, Role.COORDINATOR)
def delegation_grant(request: PortalRequest, cpts: str) -> HttpResponse:
    """Refused, it keeps what was chosen on the page."""
    form, status = DelegationForm(request.POST, by=request.membership), 422
    if form.is_valid():
        try:
            return _granted(request, form)
        except Refused as refusal:
            form.add_error(None, str(refusal))
            status = refusal.status
    return _page(request, form, status=status)


def _granted(request: PortalRequest, form: DelegationForm) -> HttpResponse:
    chosen = form.cleaned_data
    delegation = actions.grant(
        chosen.get("principal", request.membership),
        delegate=chosen["delegate"],
        ends_on=chosen["ends_on"],
        by=request.membership,
    )
    told = {"delegate": delegation.delegate, "principal": delegation.principal}
    messages.success(request, _("%(delegate)s agit maintenant pour %(principal)s.") % told)
    return redirect("members:delegation_list", cpts=request.cpts.slug)


@require_POST
@concerned
def delegation_revoke(request: PortalRequest, cpts: str, delegation: int) -> HttpResponse:
    found = get_object_or_404(Delegation, pk=delegation)
    actions.revoke(found, by=request.membership)
    messages.success(request, _("La délégation est retirée."))
    return redirect("members:delegation_list", cpts=cpts)
