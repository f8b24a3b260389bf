"""What the association sets once and changes seldom."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_http_methods, require_safe

from cpts_portal.core.http import PortalRequest
from members.access import governance_required
from members.actions import communities as actions
from members.forms.settings import CollegeForm, CptsForm
from members.models import College, Cpts

ROOMS = (
    (
        "members:document_list",
        "scroll-text",
        _l("Documents"),
        _l("Charte, statuts, règlement, kit d’accueil."),
    ),
    ("members:mission_list", "target", _l("Missions"), _l("Indemnité horaire de chacune.")),
    (
        "members:welcome_step_list",
        "footprints",
        _l("Étapes d’accueil"),
        _l("Ce que coche un nouveau membre."),
    ),
    ("members:contour_upload", "map", _l("Contours"), _l("La carte des communes.")),
)
"""The other rooms of the settings: URL name, drawing, title, what is set there."""


@require_safe
@governance_required
def settings_hub(request: PortalRequest, cpts: str) -> HttpResponse:
    cards = [
        {"url": reverse(name, args=[cpts]), "icon": drawing, "title": title, "words": words}
        for name, drawing, title, words in ROOMS
    ]
    return render(request, "members/settings_hub.html", {"cards": cards})


@require_http_methods(["GET", "HEAD", "POST"])
@governance_required
def settings_cpts(request: PortalRequest, cpts: str) -> HttpResponse:
    typed = request.POST if request.method == "POST" else None
    form = CptsForm(typed, instance=Cpts.objects.get(pk=request.cpts.pk))
    if form.is_valid():
        actions.edit_cpts(request.cpts, by=request.membership, **form.cleaned_data)
        messages.success(request, _("Les coordonnées de la CPTS sont enregistrées."))
        return redirect("members:settings_hub", cpts=cpts)
    status = 422 if form.errors else 200
    return render(request, "members/settings_cpts.html", {"form": form}, status=status)


@require_safe
@governance_required
def college_list(request: PortalRequest, cpts: str) -> HttpResponse:
    return render(request, "members/college_list.html", {"colleges": College.objects.all()})


@require_http_methods(["GET", "HEAD", "POST"])
@governance_required
def college_new(request: PortalRequest, cpts: str) -> HttpResponse:
    return _college(request, College(cpts=request.cpts), "")


@require_http_methods(["GET", "HEAD", "POST"])
@governance_required
def college_edit(request: PortalRequest, cpts: str, college: int) -> HttpResponse:
    found = get_object_or_404(College, pk=college)
    return _college(request, found, found.name)


def _college(request: PortalRequest, college: College, name: str) -> HttpResponse:
    """`name` is the one it has, which a wrong form does not change in the heading."""
    form = CollegeForm(request.POST if request.method == "POST" else None, instance=college)
    if form.is_valid():
        actions.save_college(college, by=request.membership, **form.cleaned_data)
        messages.success(request, _("Le collège est enregistré."))
        return redirect("members:college_list", cpts=request.cpts.slug)
    context = {"form": form, "name": name}
    status = 422 if form.errors else 200
    return render(request, "members/college_form.html", context, status=status)
