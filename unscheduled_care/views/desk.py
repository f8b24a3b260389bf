"""The desk of the coordination or of a shared secretariat: several agendas on one screen."""

from __future__ import annotations

import json
from datetime import date
from urllib.parse import urlencode

from django.http import HttpResponse, HttpResponseNotModified
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from cpts_portal.core.http import PortalRequest
from members.access import role_required
from members.models import Role
from members.sessions import AUTOMATIC
from members.templatetags.standing import has_lapsed
from unscheduled_care.actions.holds import live_holds
from unscheduled_care.queries import desk as queries
from unscheduled_care.queries import freshness
from unscheduled_care.queries.reach import reach_of


@require_safe
@role_required(Role.COORDINATOR, Role.SECRETARY)
def desk_show(request: PortalRequest, cpts: str) -> HttpResponse:
    """Kept fresh as the board is: a poll that would change nothing is answered 304."""
    seen, about = request.headers.get("If-None-Match", ""), _about(request)
    if seen and freshness.is_fresh(seen, request.cpts.pk, about):
        return HttpResponseNotModified(headers={"ETag": seen})
    reading = freshness.begin()
    chosen = {int(one) for one in request.GET.getlist("qui") if one.isdecimal() and len(one) < 12}
    reach = reach_of(request.membership)
    desk = queries.desk_of(reach, reading, _day(request.GET.get("jour", "")), chosen)
    tag = freshness.tag_of(reading, desk.until, about)
    context = {
        "desk": desk,
        "chosen": chosen,
        "who": urlencode([("qui", one) for one in sorted(chosen)]),
        "here": f"?{request.META['QUERY_STRING']}",
        "holds": live_holds(request.membership).select_related("slot__professional__user"),
        "takes_part": not has_lapsed(request.membership),
        "poll_headers": json.dumps({"If-None-Match": tag, AUTOMATIC: "1"}),
    }
    part = "#care-desk" if request.htmx and not request.htmx.boosted else ""
    response = render(request, f"unscheduled_care/desk_show.html{part}", context)
    response["ETag"] = tag
    return response


def _about(request: PortalRequest) -> str:
    asked = ("desk", str(request.membership.pk), request.META["QUERY_STRING"])
    return "\n".join((*asked, get_language() or ""))


def _day(asked: str) -> date | None:
    try:
        return date.fromisoformat(asked)
    except ValueError:
        return None
