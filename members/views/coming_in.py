"""Coming in: the demonstration's one click, and the choice of a community."""

from __future__ import annotations

from allauth.account.internal.flows.login import perform_login
from allauth.account.models import Login
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from cpts_portal.core.demo import is_open
from members import demo
from members.models import User
from members.queries import people as queries


@login_not_required
@require_POST
def demo_login(request: HttpRequest) -> HttpResponse:
    username = request.POST.get("account")
    if not is_open(request) or username not in demo.ACCOUNTS:
        raise Http404
    user = get_object_or_404(User, username=username)
    return perform_login(request, Login(user=user))  # type: ignore[no-any-return]


@require_safe
def cpts_choice(request: HttpRequest) -> HttpResponse:
    """Lead the person to her community; ask which when she has several."""
    memberships = list(queries.memberships_of(request.user))  # type: ignore[arg-type]
    if len(memberships) == 1:
        return redirect("board:today", cpts=memberships[0].cpts.slug)
    return render(request, "members/cpts_choice.html", {"memberships": memberships})
