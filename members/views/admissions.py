"""The desk where the board decides of applications."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from cpts_portal.core.forms import PortalForm
from cpts_portal.core.http import PortalRequest
from cpts_portal.core.refusals import NotPermitted, Refused
from members import lifecycle
from members.access import governance_required
from members.actions import admissions, applications
from members.forms.admissions import AdmitForm, RatifyForm, RefuseForm
from members.models import Application
from members.queries import applications as queries

FIRST_TAB = "a-examiner"
PAGE = 50


@require_GET
@governance_required
def application_list(request: PortalRequest, cpts: str) -> HttpResponse:
    return _show_list(request)


def _show_list(request: PortalRequest, form: RatifyForm | None = None) -> HttpResponse:
    asked = request.GET.get("vue", FIRST_TAB)
    tab = asked if asked in queries.TABS else FIRST_TAB
    tab = "admises" if form is not None else tab
    counts = queries.tab_counts()
    is_ratifying = tab == "admises" and request.cpts.is_ratified_by_assembly
    waiting = list(queries.to_ratify()) if is_ratifying else []
    names = {
        "a-examiner": _("À examiner"),
        "admises": _("Admises"),
        "refusees": _("Refusées ou retirées"),
    }
    context = {
        "tab": tab,
        "tabs": [(slug, names[slug], counts[slug]) for slug in queries.TABS],
        "page": Paginator(queries.in_tab(tab), PAGE).get_page(request.GET.get("page")),
        "waiting": waiting,
        "form": form or (RatifyForm(waiting=waiting) if waiting else None),
    }
    status = 422 if form is not None and form.errors else 200
    return render(request, "members/application_list.html", context, status=status)


@require_GET
@governance_required
def application_detail(request: PortalRequest, cpts: str, application: int) -> HttpResponse:
    return _show(request, _find(application))


@require_POST
@governance_required
def application_admit(request: PortalRequest, cpts: str, application: int) -> HttpResponse:
    found = _find(application)
    form = _admit_form(found, request.POST)

    def act() -> object:
        data = {"returning": None, **form.cleaned_data}
        return admissions.admit(found, by=request.membership, **data)

    return _perform(request, found, act, _("Admission notée : un courriel part."), admit_form=form)


@require_POST
@governance_required
def application_refuse(request: PortalRequest, cpts: str, application: int) -> HttpResponse:
    found = _find(application)
    form = RefuseForm(request.POST, auto_id="refuse_%s")

    def act() -> object:
        return admissions.refuse(found, by=request.membership, **form.cleaned_data)

    return _perform(request, found, act, _("Refus noté : un courriel part."), refuse_form=form)


@require_POST
@governance_required
def application_withdraw(request: PortalRequest, cpts: str, application: int) -> HttpResponse:
    found = _find(application)

    def act() -> object:
        return applications.withdraw(found, by=request.membership)

    return _perform(request, found, act, _("Candidature retirée."))


@require_POST
@governance_required
def application_ratify(request: PortalRequest, cpts: str) -> HttpResponse:
    """One assembly, several admissions; those noted meanwhile are passed over."""
    form = RatifyForm(request.POST, waiting=list(queries.to_ratify()))
    if not form.is_valid():
        return _show_list(request, form)
    count = admissions.ratify(
        form.cleaned_data["applications"], on=form.cleaned_data["on"], by=request.membership
    )
    said = ngettext("%(count)d admission ratifiée.", "%(count)d admissions ratifiées.", count)
    messages.success(request, said % {"count": count})
    query = {"vue": "admises"}
    return redirect(reverse("members:application_list", args=[request.cpts.slug], query=query))


def _find(application: int) -> Application:
    return get_object_or_404(queries.filed(), pk=application)


def _admit_form(found: Application, data: Any = None) -> AdmitForm:
    past = queries.past_members_like(found)
    return AdmitForm(data, application=found, past=past, auto_id="admit_%s")


def _perform(
    request: PortalRequest,
    found: Application,
    act: Callable[[], object],
    done: str,
    **forms: PortalForm,
) -> HttpResponse:
    """Check the form if there is one, act, and show the application again: 422, 409 or done."""
    if not all(form.is_valid() for form in forms.values()):
        return _show(request, found, forms, status=422)
    try:
        act()
    except NotPermitted:
        raise
    except Refused as refusal:
        now = _find(found.pk)
        return _show(request, now, forms, status=refusal.status, refusal=str(refusal))
    messages.success(request, done)
    return redirect("members:application_detail", request.cpts.slug, found.pk)


def _show(
    request: PortalRequest,
    found: Application,
    bound: dict[str, PortalForm] | None = None,
    *,
    status: int = 200,
    refusal: str = "",
) -> HttpResponse:
    """A refusal comes with the application as it stands now, so that a stale tab catches up."""
    bound = bound or {}
    is_open = lifecycle.ADMIT.is_open(found, by=request.membership)
    forms: dict[str, PortalForm] = {}
    if is_open:
        forms = {"admit_form": _admit_form(found), "refuse_form": RefuseForm(auto_id="refuse_%s")}
    context: dict[str, Any] = {
        "application": found,
        "places": queries.places_of(found),
        "doubles": queries.doubles_of(found) if is_open else [],
        "is_otherwise_named": queries.is_otherwise_named(found),
        "is_open": is_open,
        "refusal": refusal,
        "form": next((form for form in bound.values() if form.errors), None),
        **forms,
        **bound,
    }
    return render(request, "members/application_detail.html", context, status=status)
