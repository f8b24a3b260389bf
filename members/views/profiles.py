"""One's own profile: what it says, where one works, what everybody may see of it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from cpts_portal.core.http import PortalRequest
from members.actions.profiles import save_profile
from members.forms.profiles import ProfileForm, first_values
from members.models import Membership
from members.queries.cards import inside_card, public_card, with_cards
from members.views.layout import base_for

PREVIEW = "apercu"
"""The button that shows what was ticked and saves nothing."""


@require_http_methods(["GET", "POST"])
def profile_edit(request: PortalRequest, cpts: str) -> HttpResponse:
    found = with_cards(Membership.objects.filter(pk=request.membership.pk))
    member = found.select_related("user", "profession", "cpts").get()
    form = ProfileForm(request.POST or None, initial=first_values(member))
    if PREVIEW in request.POST:
        return _preview(request, form, member)
    if form.is_valid():
        save_profile(member, form.profile, by=request.membership)
        messages.success(request, _("Votre profil est enregistré."))
        return redirect("members:profile_edit", cpts=cpts)
    return _page(request, form, member)


def _preview(request: PortalRequest, form: ProfileForm, member: Membership) -> HttpResponse:
    """What everybody would see of what is typed now; kept values stand for what is not valid."""
    form.is_valid()
    for name in ("phone", "email", "other_skills"):
        setattr(member, name, form.cleaned_data.get(name, getattr(member, name)))
    ticked = form.cleaned_data.get("public_fields", member.public_fields)
    words = {name: form.cleaned_data.get(name, ()) for name in ("skills", "languages")}
    preview = public_card(member, ticked, words)
    if request.htmx:
        context = {"preview": preview, "unclear": form.errors.get("public_fields")}
        return render(request, "members/profile_edit.html#preview", context)
    return _page(request, form, member, preview=preview)


def _page(
    request: PortalRequest, form: ProfileForm, member: Membership, **more: Any
) -> HttpResponse:
    context = {
        "form": form,
        "member": member,
        "card": inside_card(member),
        "preview": public_card(member),
        "base": base_for(request),
        **more,
    }
    status = 422 if form.errors else 200
    return render(request, "members/profile_edit.html", context, status=status)
