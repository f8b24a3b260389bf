"""The treasurer's pages: what is due, what was paid, receipts."""

from __future__ import annotations

from datetime import date

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from cpts_portal.core import downloads, pdf
from cpts_portal.core.http import PortalRequest
from members import rules
from members.access import governance_required
from members.actions import subscriptions as actions
from members.forms.subscriptions import PaymentForm, PaymentsForm, ReasonForm
from members.models import Membership, Subscription
from members.queries import memberships as files
from members.queries import papers
from members.queries import subscriptions as queries
from members.views.memberships import show


@require_safe
@governance_required
def subscription_list(request: PortalRequest, cpts: str) -> HttpResponse:
    return _list(request, PaymentsForm())


def _list(request: PortalRequest, form: PaymentsForm) -> HttpResponse:
    due = list(queries.due())
    context = {
        "form": form,
        "due": due,
        "total": sum(year.fee for year in due),
        "paid": queries.paid_lately(),
        "chosen": set(form.data.getlist("chosen")) if form.is_bound else set(),  # type: ignore[attr-defined]
    }
    status = 422 if form.errors else 200
    return render(request, "members/subscription_list.html", context, status=status)


@require_POST
@governance_required
def subscription_note_many(request: PortalRequest, cpts: str) -> HttpResponse:
    form = PaymentsForm(request.POST)
    if not form.is_valid():
        return _list(request, form)
    told = form.cleaned_data
    noted, refused = actions.note_payments(
        told["chosen"], paid_on=told["paid_on"], means=told["means"], by=request.membership
    )
    if noted:
        sentence = ngettext(
            "%(count)d paiement est noté.", "%(count)d paiements sont notés.", noted
        )
        messages.success(request, sentence % {"count": noted})
    for refusal in refused:
        messages.warning(request, refusal)
    return redirect("members:subscription_list", cpts=cpts)


@require_POST
@governance_required
def subscription_open(request: PortalRequest, cpts: str, member: int) -> HttpResponse:
    found = get_object_or_404(Membership, pk=member)
    first_day = parse_date(request.POST.get("starts_on", "")) or date.min
    actions.renew(found, by=request.membership, starts_on=first_day)
    messages.success(request, _("L’année est ouverte."))
    return redirect("members:membership_detail", cpts=cpts, member=member)


@require_POST
@governance_required
def subscription_note(request: PortalRequest, cpts: str, year: int) -> HttpResponse:
    due = get_object_or_404(Subscription, pk=year)
    form = PaymentForm(request.POST, auto_id=f"pay-{year}-%s")
    if not form.is_valid():
        return _again(request, due, f"pay-{year}", form)
    paid = actions.note_payment(due, by=request.membership, **form.cleaned_data)
    messages.success(
        request, _("Le paiement est noté, reçu n° %(number)s.") % {"number": paid.receipt_number}
    )
    return redirect("members:membership_detail", cpts=cpts, member=due.membership_id)


@require_POST
@governance_required
def subscription_waive(request: PortalRequest, cpts: str, year: int) -> HttpResponse:
    due = get_object_or_404(Subscription, pk=year)
    form = ReasonForm(request.POST, auto_id=f"why-{year}-%s")
    if not form.is_valid():
        return _again(request, due, f"why-{year}", form)
    actions.waive(due, by=request.membership, **form.cleaned_data)
    messages.success(request, _("L’année est exonérée."))
    return redirect("members:membership_detail", cpts=cpts, member=due.membership_id)


@require_POST
@governance_required
def subscription_take_back(request: PortalRequest, cpts: str, year: int) -> HttpResponse:
    due = get_object_or_404(Subscription, pk=year)
    form = ReasonForm(request.POST, auto_id=f"why-{year}-%s")
    if not form.is_valid():
        return _again(request, due, f"why-{year}", form)
    actions.take_back_payment(due, by=request.membership, **form.cleaned_data)
    messages.success(request, _("Le paiement est annulé : la cotisation est de nouveau due."))
    return redirect("members:membership_detail", cpts=cpts, member=due.membership_id)


def _again(
    request: PortalRequest, year: Subscription, wrong: str, form: PaymentForm | ReasonForm
) -> HttpResponse:
    member = get_object_or_404(files.file_of(), pk=year.membership_id)
    return show(request, member, wrong, form)


@require_safe
def subscription_receipt(request: PortalRequest, cpts: str, year: int) -> HttpResponse:
    """The member's own, or the governance's; to anybody else it does not exist."""
    paid = queries.year_of(year)
    if paid is None or not rules.may_read_receipt(request.membership, paid):
        raise Http404
    name = _("Reçu %(number)s") % {"number": paid.receipt_number}
    return downloads.pdf(pdf.render("receipt", papers.receipt(paid)), name=name)
