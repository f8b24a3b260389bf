"""Figures of unscheduled care, and the same as files."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from cpts_portal.core import downloads
from cpts_portal.core.http import PortalRequest
from members.access import role_required
from members.models import Role
from members.rules import sees_small_numbers
from unscheduled_care.forms.figures import FiguresForm
from unscheduled_care.queries import figures as queries

READERS = (Role.COORDINATOR, Role.BOARD, Role.FUNDER)


@require_safe
@role_required(*READERS)
def figures_show(request: PortalRequest, cpts: str) -> HttpResponse:
    form = FiguresForm(request.GET if request.GET else {})
    is_masked = not sees_small_numbers(request.membership)
    context = {
        "form": form,
        "period": form.period,
        "header": queries.header(),
        "total": queries.ensemble(form.period).cells(is_masked=is_masked)[0],
        "tables": [
            {"title": table.title, "rows": table.cells(is_masked=is_masked)}
            for table in queries.tables(form.period)
        ],
        "is_masked": is_masked,
        "query": request.GET.urlencode(),
    }
    status = 422 if form.errors else 200
    return render(request, "unscheduled_care/figures_show.html", context, status=status)


@require_safe
@role_required(*READERS)
def figures_csv(request: PortalRequest, cpts: str) -> HttpResponse:
    """Every table one under the other, the first column saying which."""
    sheets = _sheets(request)
    rows = [[title, *row] for title, lines in sheets.items() for row in lines[1:]]
    header = [_("Tableau"), *next(iter(sheets.values()))[0]]
    return downloads.csv_file(header, rows, name=_name(request))


@require_safe
@role_required(*READERS)
def figures_xlsx(request: PortalRequest, cpts: str) -> HttpResponse:
    return downloads.xlsx_file(_sheets(request), name=_name(request))


def _sheets(request: PortalRequest) -> dict[str, list[list[Any]]]:
    period = FiguresForm(request.GET).period
    is_masked = not sees_small_numbers(request.membership)
    head = ["", *queries.header()]
    told = (queries.ensemble(period), *queries.tables(period))
    return {table.title: [head, *table.cells(is_masked=is_masked)] for table in told}


def _name(request: PortalRequest) -> str:
    period = FiguresForm(request.GET).period
    return f"creneaux {request.cpts.slug} {period.first} {period.last}"
