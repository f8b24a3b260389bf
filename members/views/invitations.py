"""The invitation's own page, which its link alone opens, and the desk's list of the pending."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.account.internal.flows.login import perform_login
from allauth.account.internal.flows.reauthentication import reauthenticate_by_password
from allauth.account.models import Login
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cpts_portal.core import throttle
from cpts_portal.core.http import PortalRequest, secretive
from cpts_portal.core.refusals import Refused
from cpts_portal.core.scoping import open_scope
from members import rules
from members.access import governance_required
from members.actions import invitations as actions
from members.forms.invitations import AccountForm, InviteForm
from members.models import Invitation, Membership
from members.queries import invitations as queries

InvitationView = Callable[[HttpRequest, Invitation], HttpResponse]
KNOCKED = "invitation"
"""Where a session keeps which invitation its holder has opened, so that no address repeats it."""


def invitation_page(view: InvitationView) -> Callable[[HttpRequest, str], HttpResponse]:
    """Find the invitation, open its CPTS, and leave no trace of the address anywhere."""

    @login_not_required
    @wraps(view)
    def opened(request: HttpRequest, token: str) -> HttpResponse:
        invitation = queries.invitation_of(token)
        if invitation is None:
            throttle.hit(request, "invitation_unknown", limit=30, seconds=3600)
            return secretive(render(request, "members/invitation_unknown.html", status=404))
        with open_scope(cpts=invitation.cpts):
            return secretive(view(request, invitation))

    return opened


@require_http_methods(["GET", "HEAD", "POST"])
@invitation_page
def invitation_show(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    """Choose a password; whoever has an account already is asked to log in with it."""
    request.cpts = invitation.cpts  # type: ignore[attr-defined]
    user: Any = request.user
    if rules.invitation_state(invitation, timezone.now()) != rules.InvitationState.OPEN:
        return _closed(request, invitation)
    account = queries.account_of(invitation.email)
    if account is not None:
        request.session[KNOCKED] = invitation.pk
    if user.is_authenticated and user == account:
        return redirect("members:invitation_claim")
    if user.is_authenticated:
        return _page(request, "invitation_other.html", invitation)
    if account is not None:
        return _page(request, "invitation_known.html", invitation)
    return _account_form(request, invitation)


def _account_form(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    member = invitation.membership.user
    form = AccountForm(
        request.POST if request.method == "POST" else None,
        user=member,
        email=invitation.email,
        initial={"username": queries.free_username(member)},
    )
    status = 422
    if request.method == "POST":
        throttle.hit(request, "invitation_accept", limit=30, seconds=3600)
    if form.is_valid():
        try:
            return _let_in(request, invitation, form)
        except Refused as refusal:
            form.add_error(None, str(refusal))
            status = refusal.status
    return _page(
        request,
        "invitation_show.html",
        invitation,
        form=form,
        status=status if form.errors else 200,
    )


def _let_in(request: HttpRequest, invitation: Invitation, form: AccountForm) -> HttpResponse:
    """The password has just been chosen: it need not be typed again to enrol a second factor."""
    user = actions.accept(
        invitation,
        username=form.cleaned_data["username"],
        password=form.cleaned_data["password"],
    )
    address = reverse("board:today", args=[invitation.cpts.slug])
    response: HttpResponse = perform_login(request, Login(user=user, redirect_url=address))
    reauthenticate_by_password(request)
    return response


def _closed(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    """Already used by the very person who is logged in: a double click, she goes on."""
    if invitation.accepted_at and request.user.pk == invitation.membership.user_id:
        return redirect("members:cpts_choice")
    state = rules.invitation_state(invitation, timezone.now())
    return _page(request, "invitation_closed.html", invitation, state=state, status=410)


def _page(
    request: HttpRequest, template: str, invitation: Invitation, *, status: int = 200, **told: Any
) -> HttpResponse:
    told |= {"invitation": invitation, "invited": invitation.membership.user}
    return render(request, f"members/{template}", told, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def invitation_claim(request: HttpRequest) -> HttpResponse:
    """Join with the account that one has: the link was opened in this very session."""
    invitation = queries.invitation_at(request.session.get(KNOCKED))
    if invitation is None:
        raise Http404
    request.cpts = invitation.cpts  # type: ignore[attr-defined]
    with open_scope(cpts=invitation.cpts):
        if request.method == "POST":
            user: Any = request.user
            actions.claim(invitation, user=user)
            del request.session[KNOCKED]
            return redirect("board:today", cpts=invitation.cpts.slug)
        if not invitation.is_open_at(timezone.now()):
            return _closed(request, invitation)
        return _page(request, "invitation_claim.html", invitation)


# --- The desk -----------------------------------------------------------------------------------
@require_safe
@governance_required
def invitation_list(request: PortalRequest, cpts: str) -> HttpResponse:
    return _list(request)


def _list(request: PortalRequest, wrong: InviteForm | None = None) -> HttpResponse:
    rows = queries.pending(timezone.now())
    told = {
        "rows": rows,
        "wrong": wrong,
        "never_invited": sum(row.can_be_sent_first for row in rows),
    }
    status = 422 if wrong else 200
    return render(request, "members/invitation_list.html", told, status=status)


def _member(pk: int) -> Membership:
    return get_object_or_404(Membership.objects.select_related("user"), pk=pk)


@require_POST
@governance_required
def invitation_send(request: PortalRequest, cpts: str, member: int) -> HttpResponse:
    membership = _member(member)
    form = InviteForm(request.POST)
    if not form.is_valid():
        form.member = membership
        return _list(request, form)
    invited = actions.invite(membership, email=form.cleaned_data["email"], by=request.membership)
    messages.success(request, _("L’invitation part à %(email)s.") % {"email": invited.email})
    return redirect("members:invitation_list", cpts=cpts)


@require_POST
@governance_required
def invitation_revoke(request: PortalRequest, cpts: str, member: int) -> HttpResponse:
    actions.revoke(_member(member), by=request.membership)
    messages.success(request, _("L’invitation est retirée : son lien n’ouvre plus rien."))
    return redirect("members:invitation_list", cpts=cpts)


@require_POST
@governance_required
def invitation_send_all(request: PortalRequest, cpts: str) -> HttpResponse:
    sent = actions.invite_never_invited(by=request.membership)
    told = ngettext("%(sent)d invitation part.", "%(sent)d invitations partent.", sent)
    messages.success(request, told % {"sent": sent})
    return redirect("members:invitation_list", cpts=cpts)
