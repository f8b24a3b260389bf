"""The exchange between an ad's author and one colleague: to anybody else it does not exist."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from cpts_portal.core.http import PortalRequest
from cpts_portal.core.refusals import Refused
from members import rules
from members.actions import ad_messages as actions
from members.forms.ads import AdMessageForm
from members.models import Ad, Membership
from members.queries import ads as queries
from members.views.ads import find, read_and_write, readers, render_page


@read_and_write
@readers
def ad_talk(request: PortalRequest, cpts: str, ad: int) -> HttpResponse:
    """The visitor's own exchange with the author; the author has one a colleague."""
    found = find(ad)
    if found.author_id == request.membership.pk:
        return redirect("members:ad_detail", cpts=cpts, ad=ad)
    if not (found.is_open(timezone.localdate()) or _is_begun(found, request.membership)):
        raise Refused(_("Cette annonce n’est plus à l’affiche : on ne peut plus y répondre."))
    return _talk(request, found, request.membership)


@read_and_write
@readers
def ad_talk_with(request: PortalRequest, cpts: str, ad: int, correspondent: int) -> HttpResponse:
    found = find(ad)
    colleague = get_object_or_404(Membership.objects.select_related("user"), pk=correspondent)
    if found.author_id != request.membership.pk or not _is_begun(found, colleague):
        raise Http404
    return _talk(request, found, colleague)


def _is_begun(ad: Ad, correspondent: Membership) -> bool:
    return queries.messages_between(ad, correspondent).exists()


def _talk(request: PortalRequest, ad: Ad, correspondent: Membership) -> HttpResponse:
    """What was typed stays on the page when it cannot be sent."""
    form = AdMessageForm(request.POST if request.method == "POST" else None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                return _sent(request, ad, correspondent, form)
            except Refused as refusal:
                form.add_error(None, str(refusal))
                status = refusal.status
    actions.read(ad, correspondent=correspondent, by=request.membership)
    is_author = ad.author_id == request.membership.pk
    context = {
        "ad": ad,
        "other": correspondent if is_author else ad.author,
        "said": queries.messages_between(ad, correspondent),
        "form": form,
        "is_open": rules.may_write_in_talk(
            ad,
            is_begun=_is_begun(ad, correspondent),
            is_author=is_author,
            today=timezone.localdate(),
        ),
    }
    return render_page(request, "ad_talk", context, status)


def _sent(
    request: PortalRequest, ad: Ad, correspondent: Membership, form: AdMessageForm
) -> HttpResponse:
    by = request.membership
    actions.write(ad, correspondent=correspondent, by=by, **form.cleaned_data)
    messages.success(request, _("Message envoyé : la réponse arrivera ici."))
    return redirect(request.path)
