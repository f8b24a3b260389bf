"""The delays of unscheduled care, and who is the SAS."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from cpts_portal.core.http import PortalRequest
from members.access import governance_required
from unscheduled_care.actions import settings as actions
from unscheduled_care.forms.settings import SasForm, TermsForm
from unscheduled_care.models import SasDesk
from unscheduled_care.queries.terms import terms_of

PAGE = "unscheduled_care:care_settings"


@require_http_methods(["GET", "HEAD", "POST"])
@governance_required
def care_settings(request: PortalRequest, cpts: str) -> HttpResponse:
    typed = request.POST if request.method == "POST" else None
    form = TermsForm(typed, initial=TermsForm.told(terms_of(request.cpts)))
    if form.is_valid():
        actions.set_terms(by=request.membership, **form.seconds())
        messages.success(request, _("Les délais sont enregistrés."))
        return redirect(PAGE, cpts=cpts)
    return _page(request, form, SasForm(prefix="sas"))


@require_POST
@governance_required
def sas_name(request: PortalRequest, cpts: str) -> HttpResponse:
    form = SasForm(request.POST, prefix="sas")
    if form.is_valid():
        actions.name_sas(form.cleaned_data["membership"], by=request.membership)
        messages.success(request, _("Ce partenaire peut maintenant réserver pour le SAS."))
        return redirect(PAGE, cpts=cpts)
    return _page(request, TermsForm(initial=TermsForm.told(terms_of(request.cpts))), form)


@require_POST
@governance_required
def sas_unname(request: PortalRequest, cpts: str, sas: int) -> HttpResponse:
    actions.unname_sas(get_object_or_404(SasDesk, pk=sas), by=request.membership)
    messages.success(request, _("Ce partenaire ne réserve plus pour le SAS."))
    return redirect(PAGE, cpts=cpts)


def _page(request: PortalRequest, form: TermsForm, sas_form: SasForm) -> HttpResponse:
    desks = SasDesk.objects.select_related("membership__user").order_by("named_at")
    context = {"form": form, "sas_form": sas_form, "desks": desks}
    status = 422 if form.errors or sas_form.errors else 200
    return render(request, "unscheduled_care/care_settings.html", context, status=status)
