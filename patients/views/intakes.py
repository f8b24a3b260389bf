"""A GP's own terms for new patients."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from cpts_portal.core.http import PortalRequest
from cpts_portal.core.refusals import NotPermitted, Refused
from members.access import role_required
from members.models import Role
from patients import rules
from patients.actions import intakes
from patients.forms.intakes import IntakeForm
from patients.queries.intakes import intake_of, terms_of


@require_http_methods(["GET", "POST"])
@role_required(Role.PROFESSIONAL)
def intake_edit(request: PortalRequest, cpts: str) -> HttpResponse:
    if not rules.has_intake(request.membership):
        raise NotPermitted(_("Seul un médecin qui peut être médecin traitant a une capacité."))
    intake = intake_of(request.membership)
    form = IntakeForm(request.POST or None, initial=terms_of(intake))
    status = 422 if form.errors else 200
    if form.is_valid():
        try:
            intakes.set_terms(by=request.membership, **form.cleaned_data)
        except NotPermitted:
            raise
        except Refused as refusal:
            form.add_error(None, str(refusal))
            status = refusal.status
        else:
            messages.success(request, _("Votre capacité est enregistrée."))
            return redirect("patients:intake_edit", cpts=cpts)
    context = {"form": form, "intake": intake}
    return render(request, "patients/intake_edit.html", context, status=status)
