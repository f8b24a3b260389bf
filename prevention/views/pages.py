"""A campaign's pages, their pictures and its partners, written at the desk, read by members."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from cpts_portal.core.http import PortalRequest
from cpts_portal.core.refusals import Refused
from cpts_portal.core.uploads import files_at_most, is_too_large
from members.access import role_required
from members.models import Role
from members.views.layout import base_for
from prevention.actions import pages as actions
from prevention.forms.campaigns import (
    HEAVIEST_PICTURE,
    DescriptionForm,
    PageForm,
    PartnerForm,
    PictureForm,
)
from prevention.models import CampaignPage, CampaignPartner, Picture
from prevention.queries import campaigns as queries
from prevention.queries import sessions
from prevention.views.campaigns import (
    desk_only,
    find,
    note,
    read_and_write,
    seen_again,
    show,
    typed,
)

members_only = role_required(Role.COORDINATOR, Role.BOARD, Role.PROFESSIONAL, Role.SECRETARY)


def _to_campaign(request: PortalRequest, campaign: int, part: str = "pages") -> HttpResponse:
    response = redirect("prevention:campaign_show", cpts=request.cpts.slug, campaign=campaign)
    response["Location"] += f"#{part}"
    return response


def _find(pk: int) -> CampaignPage:
    return get_object_or_404(CampaignPage.objects.select_related("campaign"), pk=pk)


# --- Pages ----------------------------------------------------------------------------------
@read_and_write
@desk_only
def campaign_page_new(request: PortalRequest, cpts: str, campaign: int) -> HttpResponse:
    found, form = find(campaign), PageForm(typed(request))
    status = 422 if form.errors else 200
    if form.is_valid():
        try:
            words = {name: form.cleaned_data[name] for name in ("title", "body")}
            page = actions.write_page(found, by=request.membership, **words)
        except Refused as refusal:
            status = note(form, refusal)
        else:
            messages.success(request, _("La page est enregistrée : ajoutez-y des images."))
            return redirect("prevention:campaign_page_edit", cpts=cpts, campaign_page=page.pk)
    context = {"form": form, "campaign": found}
    return render(request, "prevention/campaign_page_edit.html", context, status=status)


@read_and_write
@desk_only
def campaign_page_edit(request: PortalRequest, cpts: str, campaign_page: int) -> HttpResponse:
    page = _find(campaign_page)
    form = PageForm(typed(request), initial=_written(page))
    if not form.is_valid():
        return _page(request, page, form=form)
    try:
        actions.edit_page(page, by=request.membership, **form.cleaned_data)
    except Refused as refusal:
        seen_again(form, actions.fingerprint(_find(campaign_page)))
        return _page(request, page, form=form, status=note(form, refusal))
    messages.success(request, _("La page est enregistrée."))
    return _to_campaign(request, page.campaign_id)


def _written(page: CampaignPage) -> dict[str, str]:
    return {"title": page.title, "body": page.body, "seen": actions.fingerprint(page)}


def _page(
    request: PortalRequest, page: CampaignPage, *, status: int | None = None, **forms: Any
) -> HttpResponse:
    """The page being written, its pictures beneath; `forms` are those that were just sent."""
    context: dict[str, Any] = {
        "page": page,
        "campaign": page.campaign,
        "form": PageForm(initial=_written(page)),
        "picture_form": PictureForm(prefix="image"),
        "pictures": page.pictures.defer("content"),
    }
    sent = next(iter(forms.values()), None)
    answer = status or (422 if sent is not None and sent.errors else 200)
    context |= {"sent": sent, **forms}
    return render(request, "prevention/campaign_page_edit.html", context, status=answer)


@require_POST
@desk_only
def campaign_page_remove(request: PortalRequest, cpts: str, campaign_page: int) -> HttpResponse:
    page = _find(campaign_page)
    actions.remove_page(page, by=request.membership)
    messages.success(request, _("La page est supprimée, avec ses images."))
    return _to_campaign(request, page.campaign_id)


@require_POST
@desk_only
def campaign_page_move(request: PortalRequest, cpts: str, campaign_page: int) -> HttpResponse:
    page = _find(campaign_page)
    actions.move_page_up(page, by=request.membership)
    return _to_campaign(request, page.campaign_id)


# --- Pictures -------------------------------------------------------------------------------
@files_at_most(HEAVIEST_PICTURE)
@require_POST
@desk_only
def picture_add(request: PortalRequest, cpts: str, campaign_page: int) -> HttpResponse:
    page = _find(campaign_page)
    form = PictureForm(
        request.POST, request.FILES, prefix="image", is_too_large=is_too_large(request)
    )
    if not form.is_valid():
        return _page(request, page, picture_form=form)
    drawn, alt = form.cleaned_data["file"], form.cleaned_data["alt"]
    try:
        actions.add_picture(page, drawn, alt=alt, by=request.membership)
    except Refused as refusal:
        return _page(request, page, picture_form=form, status=note(form, refusal))
    messages.success(request, _("L’image est ajoutée."))
    return redirect("prevention:campaign_page_edit", cpts=cpts, campaign_page=page.pk)


def _picture(pk: int) -> Picture:
    rows = Picture.objects.select_related("page__campaign").defer("content")
    return get_object_or_404(rows, pk=pk)


@read_and_write
@desk_only
def picture_edit(request: PortalRequest, cpts: str, picture: int) -> HttpResponse:
    found = _picture(picture)
    form = DescriptionForm(typed(request), initial={"alt": found.alt})
    if form.is_valid():
        actions.describe_picture(found, alt=form.cleaned_data["alt"], by=request.membership)
        messages.success(request, _("La description est enregistrée."))
        return redirect("prevention:campaign_page_edit", cpts=cpts, campaign_page=found.page_id)
    context = {"form": form, "picture": found, "page": found.page}
    status = 422 if form.errors else 200
    return render(request, "prevention/picture_edit.html", context, status=status)


@require_POST
@desk_only
def picture_remove(request: PortalRequest, cpts: str, picture: int) -> HttpResponse:
    found = _picture(picture)
    actions.remove_picture(found, by=request.membership)
    messages.success(request, _("L’image est retirée."))
    return redirect("prevention:campaign_page_edit", cpts=cpts, campaign_page=found.page_id)


@require_safe
@members_only
def picture_file(request: PortalRequest, cpts: str, picture: int) -> HttpResponse:
    """Inside the CPTS, drafts included; the public has an address of its own."""
    found = get_object_or_404(Picture, pk=picture)
    return HttpResponse(
        bytes(found.content),
        content_type="image/webp",
        headers={
            "Cache-Control": "private, max-age=3600",
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "X-Content-Type-Options": "nosniff",
        },
    )


# --- Partners -------------------------------------------------------------------------------
@require_POST
@desk_only
def partner_add(request: PortalRequest, cpts: str, campaign: int) -> HttpResponse:
    found, form = find(campaign), PartnerForm(request.POST)
    if not form.is_valid():
        return show(request, found, status=422, partner_form=form)
    try:
        actions.add_partner(found, by=request.membership, **form.cleaned_data)
    except Refused as refusal:
        return show(request, found, status=note(form, refusal), partner_form=form)
    return _to_campaign(request, found.pk, "partenaires")


@require_POST
@desk_only
def partner_remove(request: PortalRequest, cpts: str, campaign_partner: int) -> HttpResponse:
    rows = CampaignPartner.objects.select_related("campaign")
    partner = get_object_or_404(rows, pk=campaign_partner)
    actions.remove_partner(partner, by=request.membership)
    return _to_campaign(request, partner.campaign_id, "partenaires")


# --- As members read it ---------------------------------------------------------------------
@require_safe
@members_only
def campaign_read(request: PortalRequest, cpts: str, campaign: int) -> HttpResponse:
    is_desk = request.membership.role == Role.COORDINATOR
    found = get_object_or_404(queries.readable(by_desk=is_desk), pk=campaign)
    context = {
        "base": base_for(request),
        "campaign": found,
        "is_desk": is_desk,
        "pages": queries.pages_of(found),
        "partners": found.partners.all(),
        **sessions.panel_of_campaign(found),
    }
    return render(request, "prevention/campaign_read.html", context)
