"""The map of the territory: the true outlines of its communes, or the patchwork."""

from __future__ import annotations

from collections import Counter

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from cpts_portal.core.contours import LARGEST_FILE
from cpts_portal.core.http import PortalRequest
from cpts_portal.core.uploads import files_at_most, is_too_large
from members.access import role_required
from members.actions.contours import remove_contours, save_contours
from members.forms.contours import ContourForm
from members.models import Role
from members.queries.territory import codes_covered, territory_of


@files_at_most(LARGEST_FILE)
@require_http_methods(["GET", "POST"])
@role_required(Role.COORDINATOR)
def contour_upload(request: PortalRequest, cpts: str) -> HttpResponse:
    wanted = codes_covered(request.cpts)
    if request.method == "POST":
        too_large = is_too_large(request)
        form = ContourForm(request.POST, request.FILES, wanted=wanted, is_too_large=too_large)
        if form.is_valid():
            count = save_contours(request.cpts, form.contours, by=request.membership)
            messages.success(request, _told(count, len(wanted)))
            return redirect("members:contour_upload", cpts=cpts)
    else:
        form = ContourForm(wanted=wanted)
    context = {"form": form, "territory": territory_of(request.cpts, Counter())}
    status = 422 if form.errors else 200
    return render(request, "members/contour_upload.html", context, status=status)


@require_POST
@role_required(Role.COORDINATOR)
def contour_remove(request: PortalRequest, cpts: str) -> HttpResponse:
    remove_contours(request.cpts, by=request.membership)
    messages.success(request, _("La carte est de nouveau un patchwork de communes."))
    return redirect("members:contour_upload", cpts=cpts)


def _told(count: int, wanted: int) -> str:
    told = {"count": count, "wanted": wanted}
    return (
        ngettext(
            "La carte a le contour de %(count)d commune sur %(wanted)d.",
            "La carte a le contour de %(count)d communes sur %(wanted)d.",
            count,
        )
        % told
    )
