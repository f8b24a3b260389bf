"""Figures of prevention, and the same as files."""

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
from prevention.forms.figures import FiguresForm
from prevention.queries import figures as queries
from prevention.queries.charts import bars_of

READERS = (Role.COORDINATOR, Role.BOARD, Role.FUNDER)


@require_safe
@role_required(*READERS)
def prevention_figures(request: PortalRequest, cpts: str) -> HttpResponse:
    form = FiguresForm(request.GET if request.GET else {})
    is_masked = not sees_small_numbers(request.membership)
    report = queries.report(form.period, form.campaign)
    context = {
        "form": form,
        "period": form.period,
        "campaign": form.campaign,
        "outcome": report.outcome,
        "reached": report.tables[0].cells(is_masked=is_masked)[0][REACHED],
        "charts": [
            bars_of(report.communes, is_masked=is_masked),
            bars_of(report.ages, is_masked=is_masked),
        ],
        "tables": [
            {
                "key": one.key,
                "title": one.title,
                "header": one.header,
                "rows": one.cells(is_masked=is_masked),
            }
            for one in report.tables
        ],
        "is_masked": is_masked,
        "query": request.GET.urlencode(),
    }
    status = 422 if form.errors else 200
    return render(request, "prevention/prevention_figures.html", context, status=status)


REACHED = 1 + queries.COUNTS.index("reached")


@require_safe
@role_required(*READERS)
def prevention_figures_csv(request: PortalRequest, cpts: str) -> HttpResponse:
    """Every table one under the other, the first column saying which."""
    sheets = _sheets(request)
    rows = [[title, *row] for title, lines in sheets.items() for row in lines[1:]]
    widest = max((lines[0] for lines in sheets.values()), key=len)
    return downloads.csv_file([_("Tableau"), *widest], rows, name=_name(request))


@require_safe
@role_required(*READERS)
def prevention_figures_xlsx(request: PortalRequest, cpts: str) -> HttpResponse:
    return downloads.xlsx_file(_sheets(request), name=_name(request))


def _sheets(request: PortalRequest) -> dict[str, list[list[Any]]]:
    """The tables, then what else is known: opinions and partners."""
    form = FiguresForm(request.GET)
    is_masked = not sees_small_numbers(request.membership)
    report = queries.report(form.period, form.campaign)
    sheets = {
        table.title: [["", *table.header], *table.cells(is_masked=is_masked)]
        for table in report.tables
    }
    return {**sheets, _("Avis et partenaires"): _beside(report.outcome)}


def _beside(outcome: queries.Outcome) -> list[list[Any]]:
    opinion = outcome.opinion
    told: list[list[Any]] = [["", _("Valeur")]]
    if opinion is not None:
        told += [
            [_("Avis donnés"), opinion.answers],
            [_("Accueil, sur 5"), opinion.welcome],
            [_("Utilité, sur 5"), opinion.usefulness],
            [_("Conseillée, sur 5"), opinion.would_recommend],
        ]
    return [*told, *([_("Partenaire"), name] for name in outcome.partners)]


def _name(request: PortalRequest) -> str:
    period = FiguresForm(request.GET).period
    return f"prevention {request.cpts.slug} {period.first} {period.last}"
