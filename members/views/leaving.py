"""« Mon départ » : what happens, what one takes along, then the last click."""

from __future__ import annotations

from allauth.account.internal.flows import reauthentication
from allauth.core.exceptions import ReauthenticationRequired
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from cpts_portal.core import audit, downloads, pdf
from cpts_portal.core.http import PortalRequest
from members import departures
from members.actions import leaving as actions
from members.queries import leaving as queries
from members.views.layout import base_for


@require_safe
def leaving_show(request: PortalRequest, cpts: str) -> HttpResponse:
    membership, today = request.membership, timezone.localdate()
    told = {
        "base": base_for(request),
        "handed_over": departures.pending_all(membership),
        "held": queries.held(membership, today),
        "erasures": queries.erasures(membership, today),
        "is_member_elsewhere": queries.is_member_elsewhere(membership),
    }
    return render(request, "members/leaving_show.html", told)


@require_safe
def leaving_data(request: PortalRequest, cpts: str) -> HttpResponse:
    """All that is kept about oneself, for machines."""
    audit.record(request.membership, "export", by=request.membership)
    return downloads.json_file(queries.as_data(request.membership), name=_file_name(request))


@require_safe
def leaving_paper(request: PortalRequest, cpts: str) -> HttpResponse:
    """The same, for people."""
    audit.record(request.membership, "export", by=request.membership)
    paper = pdf.render("access_pack", queries.as_paper(request.membership))
    return downloads.pdf(paper, name=_file_name(request))


def _file_name(request: PortalRequest) -> str:
    return _("Mes données, %(cpts)s") % {"cpts": request.cpts.name}


@require_http_methods(["GET", "HEAD", "POST"])
def leaving_confirm(request: PortalRequest, cpts: str) -> HttpResponse:
    """The password again, then one click; a click that comes too late asks for it again."""
    if reauthentication.is_reauthentication_required(request, app="account"):
        if request.method == "POST":
            return redirect("members:leaving_confirm", cpts=cpts)
        raise ReauthenticationRequired
    if request.method == "POST":
        actions.leave(request.membership)
        told = {"cpts": request.cpts.name}
        messages.success(request, _("Vous avez quitté %(cpts)s. Merci pour tout.") % told)
        return redirect("members:cpts_choice")
    return render(request, "members/leaving_confirm.html", {"base": base_for(request)})
