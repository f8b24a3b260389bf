"""Hours and indemnities: everybody's for the treasurer, one's own for each member."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from cpts_portal.core import pdf
from cpts_portal.core.http import PortalRequest
from cpts_portal.core.refusals import NotPermitted
from members import rules
from members.access import governance_required, role_required
from members.forms.statements import PeriodForm
from members.models import Membership
from members.queries import statement_papers as papers
from members.queries import statements as queries
from members.views.groups import EVERYBODY, show


def _period(request: PortalRequest) -> PeriodForm:
    return PeriodForm(request.GET if "periode" in request.GET else None)


def _download(body: bytes, kind: str, name: str) -> HttpResponse:
    response = HttpResponse(body, content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@require_GET
@governance_required
def statement_show(request: PortalRequest, cpts: str) -> HttpResponse:
    form = _period(request)
    context = {
        "form": form,
        "days": form.days,
        "statement": queries.statement(form.days),
        "query": request.GET.urlencode(),
    }
    status = 422 if form.errors else 200
    return render(request, "members/statement_show.html", context, status=status)


@require_GET
@governance_required
def statement_csv(request: PortalRequest, cpts: str) -> HttpResponse:
    days = _period(request).days
    body = papers.as_csv(queries.statement(days))
    return _download(body, "text/csv; charset=utf-8", f"indemnites-{_stamp(days)}.csv")


@require_GET
@governance_required
def statement_pdf(request: PortalRequest, cpts: str) -> HttpResponse:
    days = _period(request).days
    data = papers.printed(queries.statement(days), request.cpts)
    document = pdf.render("statement", data, language=get_language() or "fr")
    return _download(document, "application/pdf", f"indemnites-{_stamp(days)}.pdf")


@require_GET
@role_required(*EVERYBODY)
def statement_mine(request: PortalRequest, cpts: str) -> HttpResponse:
    form = _period(request)
    context = {
        "form": form,
        "days": form.days,
        "statement": queries.statement(form.days, membership=request.membership),
        "attendances": queries.attendances_of(request.membership, form.days),
        "query": request.GET.urlencode(),
    }
    return show(request, "statement_mine", context, status=422 if form.errors else 200)


@require_GET
@role_required(*EVERYBODY)
def statement_certificate(request: PortalRequest, cpts: str, member: int) -> HttpResponse:
    """One's own, or anybody's for the governance."""
    person = get_object_or_404(Membership.objects.select_related("user"), pk=member)
    by = request.membership
    if person.pk != by.pk and not rules.governs(by, person):
        raise NotPermitted(_("Vous ne pouvez lire que votre propre attestation."))
    days = _period(request).days
    listed = queries.attendances_of(person, days)
    data = papers.certificate(person, listed, days, request.cpts)
    document = pdf.render("certificate", data, language=get_language() or "fr")
    return _download(document, "application/pdf", f"attestation-{_stamp(days)}.pdf")


def _stamp(days: queries.Days) -> str:
    return f"{days.starts_on:%Y%m%d}-{days.ends_on:%Y%m%d}"
