"""Three questions on the private page of whoever came."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from cpts_portal.core.refusals import Refused
from prevention.actions import feedback as actions
from prevention.forms.feedback import FeedbackForm
from prevention.models import Registration
from prevention.rules.feedback import is_asked
from prevention.rules.registrations import RegisteredPerson
from prevention.views.private import registration_page, token_in


@require_http_methods(["GET", "HEAD", "POST"])
@registration_page
def registration_feedback(request: HttpRequest, registration: Registration) -> HttpResponse:
    """Asked once; afterwards the page says thank you."""
    form = FeedbackForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return _shown(request, registration, form, status=422 if form.is_bound else 200)
    try:
        actions.answer(registration, form.answers, by=RegisteredPerson(registration.pk))
    except Refused as refusal:
        return _shown(request, registration, form, refusal=str(refusal), status=refusal.status)
    messages.success(request, _("Merci de votre avis."))
    return redirect("prevention:registration_feedback", token_in(request))


def _shown(
    request: HttpRequest,
    registration: Registration,
    form: FeedbackForm,
    *,
    refusal: str = "",
    status: int = 200,
) -> HttpResponse:
    context = {
        "registration": registration,
        "session": registration.session,
        "token": token_in(request),
        "form": form,
        "refusal": refusal,
        "is_asked": is_asked(registration, timezone.now()),
    }
    return render(request, "prevention/registration_feedback.html", context, status=status)
