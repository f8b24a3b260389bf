"""The delays of prevention."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from cpts_portal.core.http import PortalRequest
from members.access import governance_required
from prevention.actions import settings as actions
from prevention.forms.settings import PreventionTermsForm
from prevention.queries.terms import terms_of


@require_http_methods(["GET", "HEAD", "POST"])
@governance_required
def prevention_settings(request: PortalRequest, cpts: str) -> HttpResponse:
    typed = request.POST if request.method == "POST" else None
    form = PreventionTermsForm(typed, initial=PreventionTermsForm.told(terms_of(request.cpts)))
    if form.is_valid():
        actions.set_terms(by=request.membership, **form.terms)
        messages.success(request, _("Les délais sont enregistrés."))
        return redirect("prevention:prevention_settings", cpts=cpts)
    status = 422 if form.errors else 200
    return render(request, "prevention/prevention_settings.html", {"form": form}, status=status)
