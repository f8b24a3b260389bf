"""The desk of members: the register, and the file of each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cpts_portal.core import downloads
from cpts_portal.core.forms import PortalForm
from cpts_portal.core.http import PortalRequest
from members import rules
from members.access import governance_required
from members.actions import invitations
from members.actions import memberships as actions
from members.forms.memberships import (
    CollegeChangeForm,
    CorrectionForm,
    EndForm,
    NewMemberForm,
    ReturnForm,
    RoleForm,
    filters_of,
    query_of,
)
from members.forms.subscriptions import PaymentForm, ReasonForm
from members.models import Membership, Subscription
from members.queries import memberships as queries
from members.queries.memberships import Row


# --- The register -------------------------------------------------------------------------------
@require_safe
@governance_required
def membership_list(request: PortalRequest, cpts: str) -> HttpResponse:
    filters, number = filters_of(request.GET)
    register = queries.register(filters, number)
    context = {
        "filters": filters,
        "register": register,
        "tabs": [
            (choice, query_of(filters, standing=choice.value))
            for choice in register.facets["standing"]
        ],
        "sorts": [
            (value, label, query_of(filters, sort=value)) for value, label in queries.SORTS.items()
        ],
        "previous_query": query_of(filters, page=register.number - 1),
        "next_query": query_of(filters, page=register.number + 1),
    }
    return render(request, "members/membership_list.html", context)


@require_POST
@governance_required
def membership_export(request: PortalRequest, cpts: str) -> HttpResponse:
    """The rows that the filters leave, every page; by POST, since it is traced."""
    filters, _number = filters_of(request.POST)
    rows = queries.all_rows(filters)
    actions.note_export(count=len(rows), by=request.membership)
    name = _("Membres %(cpts)s %(day)s") % {"cpts": request.cpts.name, "day": timezone.localdate()}
    return downloads.csv_file(_header(), _lines(rows), name=name)


def _header() -> list[str]:
    return [
        _("Nom"),
        _("Prénom"),
        _("Titre"),
        _("Profession"),
        _("RPPS"),
        _("Structure"),
        _("Rôle"),
        _("Collège"),
        _("Membre depuis"),
        _("Situation"),
        _("Jusqu’au"),
        _("Courriel"),
        _("Ligne directe"),
        _("MSSanté"),
    ]


def _lines(rows: list[Row]) -> Iterator[list[Any]]:
    for row in rows:
        member, user = row.member, row.member.user
        yield [
            user.last_name,
            user.first_name,
            user.title,
            member.profession,
            member.rpps,
            member.organisation,
            member.get_role_display(),
            member.college,
            member.starts_on.isoformat(),
            row.chip[2],
            row.until.isoformat() if row.until else "",
            member.contact_email,
            member.phone,
            member.mssante,
        ]


@require_http_methods(["GET", "HEAD", "POST"])
@governance_required
def membership_new(request: PortalRequest, cpts: str) -> HttpResponse:
    typed = request.POST if request.method == "POST" else None
    form = NewMemberForm(typed, by=request.membership)
    if not form.is_valid():
        status = 422 if form.is_bound else 200
        return render(request, "members/membership_new.html", {"form": form}, status=status)
    told = form.cleaned_data
    member = actions.join(
        request.cpts,
        form.newcomer,
        role=told["role"],
        college=told["college"],
        starts_on=told["starts_on"],
        by=request.membership,
    )
    if told["invite"]:
        invitations.invite(member, email=told["email"], by=request.membership)
    sentence = (
        _("%(name)s est inscrit, l’invitation part.")
        if told["invite"]
        else _("%(name)s est inscrit, sans invitation.")
    )
    messages.success(request, sentence % {"name": member.user})
    return redirect("members:membership_detail", cpts=cpts, member=member.pk)


# --- One member -----------------------------------------------------------------------------------
@require_safe
@governance_required
def membership_detail(request: PortalRequest, cpts: str, member: int) -> HttpResponse:
    found = _file(member)
    actions.note_reading(found, by=request.membership)
    return show(request, found)


def show(
    request: PortalRequest, member: Membership, wrong: str = "", form: PortalForm | None = None
) -> HttpResponse:
    """The file, with the form `wrong` as it was typed when it has errors (422)."""
    by, today = request.membership, timezone.localdate()
    forms: dict[str, Any] = {
        "role": RoleForm(initial={"role": member.role, "profession": member.profession}, by=by),
        "college": CollegeChangeForm(initial={"college": member.college}, by=by),
        "end": EndForm(by=by),
        "back": ReturnForm(initial=_return_of(member), by=by),
    }
    if form is not None:
        forms[wrong] = form
    years = list(member.subscriptions.all())
    context = {
        "member": member,
        "row": Row(member, queries.standing_of(member, today)),
        "others": queries.other_places_of(member),
        "history": queries.history_of(member),
        "years": [_year(year, forms) for year in years],
        "today": today,
        "forms": forms,
        "wrong": wrong,
        "may_give_role": rules.may_give_role(by, member, member.role),
        "next_start": rules.next_start(years[0] if years else None, member, today)
        if member.college
        else None,
        "may_open_year": rules.may_open_year(years[0] if years else None, member, today),
        "may_be_invited": rules.may_be_invited(member, today),
    }
    return render(request, "members/membership_detail.html", context, status=422 if wrong else 200)


def _year(year: Subscription, forms: dict[str, Any]) -> dict[str, Any]:
    """A line of the ledger, with the two forms that it may need, told apart by their ids."""
    pay, why = f"pay-{year.pk}", f"why-{year.pk}"
    return {
        "year": year,
        "pay": forms.get(pay) or PaymentForm(auto_id=f"{pay}-%s"),
        "why": forms.get(why) or ReasonForm(auto_id=f"{why}-%s"),
        "is_wrong": pay in forms or why in forms,
    }


def _return_of(member: Membership) -> dict[str, Any]:
    return {
        "role": member.role,
        "college": member.college,
        "starts_on": actions.first_day_back(member, timezone.localdate()),
    }


def _file(pk: int) -> Membership:
    return get_object_or_404(queries.file_of(), pk=pk)


@require_http_methods(["GET", "HEAD", "POST"])
@governance_required
def membership_edit(request: PortalRequest, cpts: str, member: int) -> HttpResponse:
    found = _file(member)
    typed = request.POST if request.method == "POST" else None
    form = CorrectionForm(typed, member=found)
    if not form.is_valid():
        actions.note_reading(found, by=request.membership)
        context = {"form": form, "member": found}
        status = 422 if form.is_bound else 200
        return render(request, "members/membership_edit.html", context, status=status)
    found = actions.correct(found, form.newcomer, by=request.membership)
    messages.success(request, _("La fiche de %(name)s est corrigée.") % {"name": found.user})
    return redirect("members:membership_detail", cpts=cpts, member=member)


@require_POST
@governance_required
def membership_role(request: PortalRequest, cpts: str, member: int) -> HttpResponse:
    found = _file(member)
    form = RoleForm(request.POST, initial={"role": found.role}, by=request.membership)
    if not form.is_valid():
        return show(request, found, "role", form)
    found = actions.change_role(found, by=request.membership, **form.cleaned_data)
    messages.success(
        request, _("Le rôle est maintenant : %(role)s.") % {"role": found.get_role_display()}
    )
    return redirect("members:membership_detail", cpts=cpts, member=member)


@require_POST
@governance_required
def membership_college(request: PortalRequest, cpts: str, member: int) -> HttpResponse:
    found = _file(member)
    form = CollegeChangeForm(request.POST, by=request.membership)
    if not form.is_valid():
        return show(request, found, "college", form)
    actions.change_college(found, by=request.membership, **form.cleaned_data)
    messages.success(request, _("Le collège est enregistré."))
    return redirect("members:membership_detail", cpts=cpts, member=member)


@require_POST
@governance_required
def membership_end(request: PortalRequest, cpts: str, member: int) -> HttpResponse:
    found = _file(member)
    form = EndForm(request.POST, by=request.membership)
    if not form.is_valid():
        return show(request, found, "end", form)
    actions.end(found, by=request.membership, **form.cleaned_data)
    messages.success(request, _("L’adhésion de %(name)s est terminée.") % {"name": found.user})
    return redirect("members:membership_detail", cpts=cpts, member=member)


@require_POST
@governance_required
def membership_return(request: PortalRequest, cpts: str, member: int) -> HttpResponse:
    found = _file(member)
    form = ReturnForm(request.POST, initial=_return_of(found), by=request.membership)
    if not form.is_valid():
        return show(request, found, "back", form)
    again = actions.come_back(found, by=request.membership, **form.cleaned_data)
    messages.success(request, _("%(name)s est de nouveau membre.") % {"name": again.user})
    return redirect("members:membership_detail", cpts=cpts, member=again.pk)
