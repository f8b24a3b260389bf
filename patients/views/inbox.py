"""The coordination's queue, and requests filed by phone or on paper."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from cpts_portal.core import audit
from cpts_portal.core.http import PortalRequest
from cpts_portal.core.models import AccessEntry, Commune
from cpts_portal.core.refusals import Refused
from members.access import role_required
from members.models import Role
from patients.actions.filing import file_request
from patients.forms.inbox import InboxForm, NewRequestForm, SearchForm
from patients.queries import inbox
from patients.queries.rows import priority_names


def queue_context(request: PortalRequest) -> dict[str, Any]:
    """The queue as the address describes it; showing it is written in the access log."""
    now = timezone.now()
    asked = InboxForm(request.GET)
    kept = asked.understood()
    tab = kept.get("vue") or inbox.Tab.TO_HANDLE
    filters, number = asked.filters, kept.get("page") or 1
    seen = inbox.glance(request.cpts, now)
    page = inbox.page_of(tab, filters, number, late=seen.late, now=now, by=request.membership)
    audit.record_access(
        by=request.membership, purpose=AccessEntry.Purpose.LIST, patient_ids=page.patient_ids
    )
    context = {
        "page": page,
        "tabs": inbox.tab_links(tab, seen),
        "tab": tab,
        "filters": filters,
        "open_requests": seen.count(inbox.Tab.TO_HANDLE),
        **_addresses(tab, filters, number),
    }
    if filters or "filtres" in request.GET:
        context |= _filter_choices(request)
    return context


def _addresses(tab: str, filters: inbox.Filters, number: int) -> dict[str, str]:
    """The query strings that the page's links need; empty values are left out."""
    asked = {
        "vue": "" if tab == inbox.Tab.TO_HANDLE else tab,
        "priorite": filters.priority,
        "commune": filters.commune,
        "suivi": filters.followed,
        "situation": filters.situation,
    }
    base = {name: value for name, value in asked.items() if value}
    here = {**base, "page": number} if number > 1 else base
    return {
        "query": f"?{urlencode(here)}" if here else "",
        "previous_query": f"?{urlencode({**base, 'page': number - 1})}",
        "next_query": f"?{urlencode({**base, 'page': number + 1})}",
    }


def _filter_choices(request: PortalRequest) -> dict[str, Any]:
    return {
        "communes": inbox.communes_served(request.cpts),
        "situations": inbox.Situation.choices,
        "followed": inbox.Followed.choices,
        "priorities": priority_names(),
    }


@require_GET
@role_required(Role.COORDINATOR)
def request_list(request: PortalRequest, cpts: str) -> HttpResponse:
    template = "patients/request_list.html"
    part = "#queue" if request.htmx else ""
    return render(request, template + part, queue_context(request))


@require_POST
@role_required(Role.COORDINATOR)
def request_search(request: PortalRequest, cpts: str) -> HttpResponse:
    """By POST, so that no name enters an address, a log or a history."""
    form = SearchForm(request.POST)
    seen = inbox.glance(request.cpts, timezone.now())
    text = form.cleaned_data["q"] if form.is_valid() else ""
    page = inbox.search(text, late=seen.late, by=request.membership)
    audit.record_access(
        by=request.membership, purpose=AccessEntry.Purpose.SEARCH, patient_ids=page.patient_ids
    )
    context = {
        "page": page,
        "tabs": inbox.tab_links("", seen),
        "searched": request.POST.get("q", ""),
        "search_errors": form.errors.get("q"),
        "open_requests": seen.count(inbox.Tab.TO_HANDLE),
    }
    part = "#queue" if request.htmx else ""
    status = 200 if form.is_valid() else 422
    return render(request, f"patients/request_list.html{part}", context, status=status)


@require_http_methods(["GET", "POST"])
@role_required(Role.COORDINATOR)
def request_new(request: PortalRequest, cpts: str) -> HttpResponse:
    """Filed for someone on the phone or from a paper form; she gets her private link."""
    communes = Commune.objects.filter(coverage__cpts=request.cpts).order_by("name")
    form = NewRequestForm(request.POST or None, communes=communes)
    status = 200 if form.is_valid() or not form.is_bound else 422
    if form.is_valid():
        try:
            return _file(request, form)
        except Refused as refusal:
            form.add_error(None, str(refusal))
            status = refusal.status
    return render(request, "patients/request_new.html", {"form": form}, status=status)


def _file(request: PortalRequest, form: NewRequestForm) -> HttpResponse:
    filed = file_request(
        cpts=request.cpts,
        identity=form.identity,
        situation=form.situation,
        source=form.cleaned_data["source"],
        by=request.membership,
    )
    messages.success(request, _("Demande enregistrée."))
    return redirect("patients:request_detail", cpts=request.cpts.slug, reference=filed.reference)
