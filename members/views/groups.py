"""Bureau, board and working groups: who sits where, with dates."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from cpts_portal.core.http import PortalRequest
from cpts_portal.core.refusals import NotPermitted, Refused
from members import rules
from members.access import governance_required, role_required
from members.actions import groups as actions
from members.forms.groups import GroupForm, MandateEndForm, MandateForm
from members.models import Group, Mandate, Role
from members.queries import groups as queries
from members.queries.meetings import visible_to
from members.views.layout import base_for

EVERYBODY = tuple(role for role in Role if role != Role.FUNDER)
"""Whoever sees names; the funder reads sums."""
LAST_MEETINGS = 12


def show(
    request: PortalRequest, template: str, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    """A page that every member may read, in the frame of the visitor's role."""
    membership = request.membership
    frame = {"base": base_for(request), "governs": rules.governs(membership, membership)}
    return render(request, f"members/{template}.html", {**frame, **context}, status=status)


@require_GET
@role_required(*EVERYBODY)
def group_list(request: PortalRequest, cpts: str) -> HttpResponse:
    today = timezone.localdate()
    instances = queries.instances(request.membership, today)
    return show(request, "group_list", {"instances": instances, "today": today})


@require_GET
@role_required(*EVERYBODY)
def group_detail(request: PortalRequest, cpts: str, group: int) -> HttpResponse:
    return _detail(request, _find(group))


def _find(pk: int) -> Group:
    return get_object_or_404(Group.objects.select_related("mission"), pk=pk)


def _detail(
    request: PortalRequest, group: Group, form: MandateForm | None = None, *, status: int = 200
) -> HttpResponse:
    today = timezone.localdate()
    meetings = visible_to(request.membership).filter(group=group).order_by("-starts_at")
    context = {
        "group": group,
        "sitting": queries.sitting(group, today),
        "meetings": meetings[:LAST_MEETINGS],
        "today": today,
        "form": form,
    }
    return show(request, "group_detail", context, status=status)


@require_http_methods(["GET", "POST"])
@governance_required
def group_new(request: PortalRequest, cpts: str) -> HttpResponse:
    return _group_form(request, Group(cpts=request.cpts))


@require_http_methods(["GET", "POST"])
@governance_required
def group_edit(request: PortalRequest, cpts: str, group: int) -> HttpResponse:
    return _group_form(request, _find(group))


def _group_form(request: PortalRequest, group: Group) -> HttpResponse:
    """What two people at once make impossible is said above what was typed."""
    is_new, name = group.pk is None, group.name
    form = GroupForm(request.POST or None, instance=group)
    context = {"form": form, "group": group, "name": name, "is_new": is_new}
    if request.method == "GET" or not form.is_valid():
        status = 422 if request.method == "POST" else 200
        return render(request, "members/group_edit.html", context, status=status)
    try:
        if is_new:
            saved = actions.open_group(by=request.membership, **form.cleaned_data)
        else:
            saved = actions.edit_group(group, by=request.membership, **form.cleaned_data)
    except NotPermitted:
        raise
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return render(request, "members/group_edit.html", context, status=refusal.status)
    messages.success(request, _("C’est enregistré."))
    return redirect("members:group_detail", cpts=request.cpts.slug, group=saved.pk)


@require_POST
@governance_required
def group_close(request: PortalRequest, cpts: str, group: int) -> HttpResponse:
    actions.close_group(_find(group), by=request.membership)
    messages.success(request, _("Ce groupe est terminé ; ses mandats finissent aujourd’hui."))
    return redirect("members:group_detail", cpts=cpts, group=group)


@require_http_methods(["GET", "POST"])
@governance_required
def mandate_new(request: PortalRequest, cpts: str, group: int) -> HttpResponse:
    found = _find(group)
    mandate = Mandate(cpts=request.cpts, group=found)
    form = MandateForm(request.POST or None, instance=mandate)
    context = {"form": form, "group": found}
    if request.method == "GET" or not form.is_valid():
        status = 422 if request.method == "POST" else 200
        return render(request, "members/mandate_new.html", context, status=status)
    try:
        actions.give_mandate(found, by=request.membership, **form.cleaned_data)
    except NotPermitted:
        raise
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return render(request, "members/mandate_new.html", context, status=refusal.status)
    messages.success(request, _("Le mandat est enregistré."))
    return redirect("members:group_detail", cpts=cpts, group=group)


@require_http_methods(["GET", "POST"])
@governance_required
def mandate_end(request: PortalRequest, cpts: str, mandate: int) -> HttpResponse:
    found = get_object_or_404(queries.mandates(), pk=mandate)
    form = MandateEndForm(request.POST or None, mandate=found)
    if request.method == "GET" or not form.is_valid():
        status = 422 if request.method == "POST" else 200
        context = {"form": form, "mandate": found}
        return render(request, "members/mandate_end.html", context, status=status)
    actions.end_mandate(found, on=form.cleaned_data["on"], by=request.membership)
    messages.success(request, _("La fin du mandat est enregistrée."))
    return redirect("members:group_detail", cpts=cpts, group=found.group_id)
