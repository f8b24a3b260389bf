"""« Importer des membres » : a file, what is in it, and what becomes of each line."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cpts_portal.core import audit, downloads
from cpts_portal.core.http import PortalRequest
from cpts_portal.core.sheets import Limits
from cpts_portal.core.uploads import files_at_most, is_too_large
from members.access import role_required
from members.actions import imports as actions
from members.forms.imports import ApplyForm, ChoiceForm, ImportForm
from members.models import ImportBatch, ImportRow, Role
from members.queries import imports as queries
from members.queries.import_words import model
from members.rules.imports import is_to_read, may_be_undone

Status = ImportBatch.Status
coordination = role_required(Role.COORDINATOR)


# --- The list and the file ------------------------------------------------------------------
@files_at_most(Limits().bytes)
@require_http_methods(["GET", "HEAD", "POST"])
@coordination
def import_list(request: PortalRequest, cpts: str) -> HttpResponse:
    form = _upload_form(request)
    if form.is_valid():
        file = form.cleaned_data["file"]
        batch = actions.upload(file.read(), name=file.name, by=request.membership)
        return redirect("members:import_detail", cpts=cpts, batch=batch.pk)
    context = {"form": form, "batches": queries.batches()[:30]}
    status = 422 if form.errors else 200
    return render(request, "members/import_list.html", context, status=status)


def _upload_form(request: HttpRequest) -> ImportForm:
    if request.method != "POST":
        return ImportForm()
    is_large = is_too_large(request)
    return ImportForm(request.POST, request.FILES, is_too_large=is_large)


@require_safe
@coordination
def import_model(request: PortalRequest, cpts: str) -> HttpResponse:
    header, rows = model()
    return downloads.csv_file(header, rows, name=_("modèle pour importer des membres"))


# --- One import -----------------------------------------------------------------------------
@require_safe
@coordination
def import_detail(request: PortalRequest, cpts: str, batch: int) -> HttpResponse:
    """A file that no worker came for is read by whoever looks."""
    found = _batch(batch)
    if is_to_read(found, timezone.now()):
        actions.read(found, by=audit.SYSTEM)
        found = _batch(batch)
    context: dict[str, Any] = {"batch": found, "is_waiting": found.status == Status.UPLOADED}
    if found.status in (Status.READ, Status.APPLIED, Status.UNDONE):
        context |= _contents(request, found)
    return render(request, "members/import_detail.html", context)


def _batch(key: int) -> ImportBatch:
    rows = ImportBatch.objects.defer("file").select_related("created_by__user")
    found: ImportBatch = get_object_or_404(rows, pk=key)
    return found


def _contents(request: PortalRequest, batch: ImportBatch) -> dict[str, Any]:
    counts = queries.counts_of(batch)
    asked = request.GET.get("vue", "")
    tab = asked if asked in queries.TABS else queries.first_tab(counts)
    page = queries.page_of(batch, tab, request.GET.get("page", "1"))
    return {
        "counts": counts,
        "tabs": queries.tabs_of(batch, counts),
        "tab": tab,
        "page": page,
        "lines": [queries.line_of(row) for row in page],
        "form": ApplyForm(),
        "is_open": batch.status == Status.READ,
        "can_undo": may_be_undone(batch, timezone.now()),
        "kept": queries.kept_of(batch) if batch.status == Status.UNDONE else [],
    }


@require_POST
@coordination
def import_read(request: PortalRequest, cpts: str, batch: int) -> HttpResponse:
    """Read now what waits; nothing for what is read already."""
    actions.read(_batch(batch), by=request.membership)
    return redirect("members:import_detail", cpts=cpts, batch=batch)


@require_POST
@coordination
def import_choose(request: PortalRequest, cpts: str, batch: int, line: int) -> HttpResponse:
    found = get_object_or_404(ImportRow.objects.select_related("batch"), pk=line, batch=batch)
    form = ChoiceForm(request.POST)
    address = reverse("members:import_detail", args=[cpts, batch])
    if not form.is_valid():
        messages.error(request, _("Choisissez « importer » ou « laisser de côté »."))
        return redirect(address)
    actions.choose(found, form.cleaned_data["choice"], by=request.membership)
    told = {"vue": form.cleaned_data["vue"] or "homonymes", "page": form.cleaned_data["page"] or 1}
    return redirect(f"{address}?vue={told['vue']}&page={told['page']}#ligne-{found.line}")


@require_POST
@coordination
def import_apply(request: PortalRequest, cpts: str, batch: int) -> HttpResponse:
    form = ApplyForm(request.POST)
    found = _batch(batch)
    if not form.is_valid():
        messages.error(request, _("Ce collège n’existe plus : choisissez-en un autre."))
        return redirect("members:import_detail", cpts=cpts, batch=batch)
    joined, left = actions.apply(
        found,
        by=request.membership,
        college=form.cleaned_data["college"],
        invites=form.cleaned_data["invites"],
    )
    messages.success(request, _joined(joined))
    if left:
        messages.warning(request, _left(left))
    return redirect("members:import_detail", cpts=cpts, batch=batch)


def _joined(count: int) -> str:
    return ngettext("%(count)d membre est inscrit.", "%(count)d membres sont inscrits.", count) % {
        "count": count
    }


def _left(count: int) -> str:
    return ngettext(
        "%(count)d ligne est laissée de côté : la liste des membres a changé depuis la lecture.",
        "%(count)d lignes sont laissées de côté : la liste des membres a changé depuis la lecture.",
        count,
    ) % {"count": count}


@require_POST
@coordination
def import_undo(request: PortalRequest, cpts: str, batch: int) -> HttpResponse:
    gone, kept = actions.undo(_batch(batch), by=request.membership)
    messages.success(request, _gone(gone))
    if kept:
        messages.warning(request, _kept(kept))
    return redirect("members:import_detail", cpts=cpts, batch=batch)


def _gone(count: int) -> str:
    return ngettext(
        "L’import est annulé : %(count)d membre est retiré.",
        "L’import est annulé : %(count)d membres sont retirés.",
        count,
    ) % {"count": count}


def _kept(count: int) -> str:
    return ngettext(
        "%(count)d membre est gardé : sa fiche a servi depuis.",
        "%(count)d membres sont gardés : leur fiche a servi depuis.",
        count,
    ) % {"count": count}


@require_POST
@coordination
def import_discard(request: PortalRequest, cpts: str, batch: int) -> HttpResponse:
    actions.discard(_batch(batch), by=request.membership)
    messages.success(request, _("Rien n’est importé de ce fichier ; ce qu’il disait est effacé."))
    return redirect("members:import_list", cpts=cpts)


@require_safe
@coordination
def import_results(request: PortalRequest, cpts: str, batch: int) -> HttpResponse:
    header, rows = queries.results_of(_batch(batch))
    return downloads.csv_file(header, rows, name=_("résultat de l’import"))
