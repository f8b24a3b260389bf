"""The patient's private page: `/ma-demande/<token>/`, no account, the token is the right."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cpts_portal.core import throttle
from cpts_portal.core.http import secretive
from cpts_portal.core.refusals import Refused
from cpts_portal.core.scoping import open_scope
from patients.actions import private as actions
from patients.forms.private import (
    CompleteForm,
    CorrectContactForm,
    NewLinkForm,
    NewSituationForm,
    WithdrawForm,
)
from patients.models import PrivateLink, ReferralStatus, Status
from patients.queries import private as queries
from patients.queries.filing import open_teams

PrivateView = Callable[[HttpRequest, PrivateLink], HttpResponse]


def private_page(view: PrivateView) -> Callable[[HttpRequest, str], HttpResponse]:
    """Find the link, open its CPTS, and leave no trace of the address anywhere."""

    @login_not_required
    @wraps(view)
    def opened(request: HttpRequest, token: str) -> HttpResponse:
        link = queries.link_of(token)
        if link is None:
            return secretive(_unknown_link(request))
        request.cpts = link.cpts  # type: ignore[attr-defined]
        with open_scope(cpts=link.cpts):
            return secretive(view(request, link))

    return opened


def _unknown_link(request: HttpRequest) -> HttpResponse:
    """The same page for a wrong, expired or revoked token."""
    throttle.hit(request, "private_unknown", limit=30, seconds=3600)
    context = {"teams": open_teams()}
    return render(request, "patients/private_unknown.html", context, status=404)


def _token(request: HttpRequest) -> str:
    assert request.resolver_match is not None
    return str(request.resolver_match.kwargs["token"])


def _posted(request: HttpRequest) -> Any:
    """What was sent, were it nothing; None, for a form without errors, when nothing was."""
    return request.POST if request.method == "POST" else None


def _back(request: HttpRequest, message: str) -> HttpResponse:
    messages.success(request, message)
    return redirect("patients:private_show", _token(request))


def _page(
    request: HttpRequest, template: str, link: PrivateLink, form: Any = None, **context: Any
) -> HttpResponse:
    context |= {"link": link, "filed": link.request, "form": form, "token": _token(request)}
    status = context.pop("status", 422) if form is not None and form.errors else 200
    return render(request, f"patients/{template}", context, status=status)


@require_safe
@private_page
def private_show(request: HttpRequest, link: PrivateLink) -> HttpResponse:
    """Where the request stands, what comes next, what is kept and who read it."""
    filed = link.request
    referral = queries.holding(filed)
    is_accepted = referral is not None and referral.status == ReferralStatus.ACCEPTED
    return _page(
        request,
        "private_show.html",
        link,
        patient=filed.patient,
        standing=queries.standing(filed, referral),
        milestones=queries.milestones(filed),
        question=queries.question_asked(filed) if filed.status == Status.TO_COMPLETE else "",
        accepted=referral if is_accepted else None,
        waiting_weeks=queries.waiting_weeks(link.cpts),
        situation=NewSituationForm.words_of(filed),
        accesses=queries.accesses(filed),
        erased_on=queries.erased_on(filed),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@private_page
def private_correct(request: HttpRequest, link: PrivateLink) -> HttpResponse:
    patient = link.request.patient
    initial = {name: getattr(patient, name) for name in CorrectContactForm.NAMES}
    form = CorrectContactForm(_posted(request), initial=initial)
    if form.is_valid():
        actions.correct_contact(link.request, form.cleaned_data)
        return _back(request, _("Vos coordonnées sont corrigées."))
    return _page(request, "private_correct.html", link, form)


@require_http_methods(["GET", "HEAD", "POST"])
@private_page
def private_situation(request: HttpRequest, link: PrivateLink) -> HttpResponse:
    form = NewSituationForm(
        _posted(request),
        initial=NewSituationForm.initial_of(link.request),
    )
    if form.is_valid():
        actions.update_situation(link.request, form.facts())
        return _back(request, _("Votre situation est à jour. Votre date de demande ne change pas."))
    return _page(request, "private_situation.html", link, form)


@require_http_methods(["GET", "HEAD", "POST"])
@private_page
def private_complete(request: HttpRequest, link: PrivateLink) -> HttpResponse:
    """Refused, it keeps what she wrote on the page."""
    form, status = CompleteForm(_posted(request)), 422
    if form.is_valid():
        try:
            actions.complete(link.request, form.cleaned_data["answer"])
            return _back(request, _("Merci, votre réponse est transmise."))
        except Refused as refusal:
            form.add_error(None, str(refusal))
            status = refusal.status
    question = queries.question_asked(link.request)
    return _page(request, "private_complete.html", link, form, question=question, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@private_page
def private_withdraw(request: HttpRequest, link: PrivateLink) -> HttpResponse:
    form = WithdrawForm(_posted(request))
    if form.is_valid():
        actions.withdraw(link.request, form.ending)
        return _back(request, _("Votre demande est arrêtée."))
    return _page(request, "private_withdraw.html", link, form)


@require_POST
@private_page
def private_revoke(request: HttpRequest, link: PrivateLink) -> HttpResponse:
    """Close the other links, when one of them may be in the wrong hands."""
    actions.revoke_others(link)
    return _back(request, _("Les autres liens sont fermés : seul celui-ci ouvre votre page."))


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def private_new_link(request: HttpRequest) -> HttpResponse:
    """Ask for one's link again; the answer is the same whether anything matched."""
    form = NewLinkForm(_posted(request))
    if form.is_valid():
        data = form.cleaned_data
        throttle.hit(request, "private_new_link", limit=20, seconds=3600)
        throttle.hit(None, "private_new_link", limit=5, seconds=3600, key=data["contact"])
        actions.resend_link(**data)
        return redirect("patients:private_sent")
    status = 422 if form.errors else 200
    return render(request, "patients/private_new_link.html", {"form": form}, status=status)


@login_not_required
@require_safe
def private_sent(request: HttpRequest) -> HttpResponse:
    return render(request, "patients/private_sent.html")
