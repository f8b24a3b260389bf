"""The board of free slots, kept fresh on the screen."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from django.http import HttpResponse, HttpResponseNotModified
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from cpts_portal.core.http import PortalRequest
from cpts_portal.core.refusals import NotPermitted
from members.sessions import AUTOMATIC
from members.templatetags.standing import has_lapsed
from members.views.layout import base_for
from unscheduled_care import rules
from unscheduled_care.forms.board import BoardForm, asked_of, query_of
from unscheduled_care.models import Act
from unscheduled_care.queries import board as queries
from unscheduled_care.queries import freshness
from unscheduled_care.queries.board import Board
from unscheduled_care.queries.census import Filters
from unscheduled_care.queries.reach import reach_of


@require_safe
def slot_list(request: PortalRequest, cpts: str) -> HttpResponse:
    """A poll that would change nothing is answered 304, before anything is read."""
    seen, asked_for = request.headers.get("If-None-Match", ""), request.META["QUERY_STRING"]
    if seen and freshness.is_fresh(seen, request.cpts.pk, _about(request, asked_for)):
        return HttpResponseNotModified(headers={"ETag": seen})
    reach = reach_of(request.membership)
    if not reach.is_open:
        raise NotPermitted(
            _(
                "Les créneaux sont ouverts aux professionnels de santé, aux secrétariats et à la"
                " coordination de la CPTS."
            )
        )
    reading = freshness.begin()
    asked = BoardForm(request.GET)
    board = queries.look(reach, asked.filters, reading.now)
    here = query_of(replace(asked.filters, first=board.window.first, day=board.day))
    tag = freshness.tag_of(reading, board.until, _about(request, here[1:]))
    context = board_context(request, asked, board) | {
        "here": here,
        "poll_headers": json.dumps({"If-None-Match": tag, AUTOMATIC: "1"}),
    }
    part = "#slot-board" if request.htmx and not request.htmx.boosted else ""
    response = render(request, f"unscheduled_care/slot_list.html{part}", context)
    response["ETag"] = tag
    return response


def board_context(request: PortalRequest, asked: BoardForm, board: Board) -> dict[str, Any]:
    """The board, the addresses that its links lead to, and what its reader may do."""
    filters, (commune, others) = asked.filters, asked.communes
    return {
        "base": base_for(request),
        "board": board,
        "filters": filters,
        "asked": asked_of(replace(filters, page=1)),
        "chips": [
            (chip, query_of(replace(filters, page=1, **chip.changes))) for chip in board.chips
        ],
        "commune": commune,
        "typed": asked.typed,
        "others": [(one, query_of(replace(filters, commune=one, page=1))) for one in others],
        "acts": Act.objects.filter(is_active=True),
        "takes_part": not has_lapsed(request.membership),
        "origin": f"?commune={commune.pk}" if commune else "",
        "may_offer": rules.may_offer(request.membership),
        **_addresses(filters, board),
    }


def _addresses(filters: Filters, board: Board) -> dict[str, Any]:
    """Query strings of the days, of the weeks before and after, of the pages."""
    window = board.window
    return {
        "days": [(day, query_of(replace(filters, day=day.on, page=1))) for day in board.days],
        "previous_days": _week(filters, window.previous),
        "next_days": _week(filters, window.next),
        "next_free": query_of(replace(filters, day=board.next_free, page=1)),
        "previous_page": query_of(replace(filters, page=board.page - 1)),
        "next_page": query_of(replace(filters, page=board.page + 1)),
        "everybody": query_of(replace(filters, professional=None, page=1)),
        "alone": query_of(replace(filters, day=board.day, professional=None, page=1)) + "&pro=",
    }


def _week(filters: Filters, first: Any) -> str:
    return query_of(replace(filters, first=first, day=None, page=1)) if first else ""


def _about(request: PortalRequest, query: str) -> str:
    """Who asks, for what, in which language: an ETag answers for one reader's own address."""
    return "\n".join((str(request.membership.pk), query, get_language() or ""))
