"""« Téléphones perdus » : a second factor taken off by two people of the desk."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from cpts_portal.core.http import PortalRequest
from cpts_portal.core.refusals import Refused
from members import rules
from members.access import governance_required
from members.actions import factor_resets as actions
from members.forms.factor_resets import FactorResetForm
from members.models import FactorReset
from members.queries import factor_resets as queries


@require_safe
@governance_required
def factor_reset_list(request: PortalRequest, cpts: str) -> HttpResponse:
    return _page(request, FactorResetForm(by=request.membership))


def _page(request: PortalRequest, form: FactorResetForm, *, status: int = 200) -> HttpResponse:
    waiting, settled = queries.resets(timezone.now())
    keepers = queries.keepers()
    may_confirm = {
        reset.pk for reset in waiting if rules.may_confirm_reset(request.membership, reset, keepers)
    }
    told = {"form": form, "waiting": waiting, "settled": settled, "may_confirm": may_confirm}
    return render(request, "members/factor_reset_list.html", told, status=status)


@require_POST
@governance_required
def factor_reset_open(request: PortalRequest, cpts: str) -> HttpResponse:
    """Refused, it keeps what was chosen on the page."""
    form, status = FactorResetForm(request.POST, by=request.membership), 422
    if form.is_valid():
        try:
            return _opened(request, form)
        except Refused as refusal:
            form.add_error(None, str(refusal))
            status = refusal.status
    return _page(request, form, status=status)


def _opened(request: PortalRequest, form: FactorResetForm) -> HttpResponse:
    chosen = form.cleaned_data
    actions.open_reset(
        chosen["member"], reason=chosen["reason"], proof=chosen["proof"], by=request.membership
    )
    messages.success(
        request, _("C’est demandé : une autre personne doit confirmer dans les 24 heures.")
    )
    return redirect("members:factor_reset_list", cpts=request.cpts.slug)


@require_POST
@governance_required
def factor_reset_confirm(request: PortalRequest, cpts: str, reset: int) -> HttpResponse:
    done = actions.confirm_reset(get_object_or_404(FactorReset, pk=reset), by=request.membership)
    told = {"name": done.membership.user}
    messages.success(
        request, _("C’est fait : %(name)s se connecte et ajoute une nouvelle protection.") % told
    )
    return redirect("members:factor_reset_list", cpts=cpts)


@require_POST
@governance_required
def factor_reset_cancel(request: PortalRequest, cpts: str, reset: int) -> HttpResponse:
    actions.cancel_reset(get_object_or_404(FactorReset, pk=reset), by=request.membership)
    messages.success(request, _("La demande est annulée, rien n’a changé."))
    return redirect("members:factor_reset_list", cpts=cpts)
