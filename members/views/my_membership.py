"""A member's own membership: where she stands, until when, how to renew."""

from __future__ import annotations

from datetime import date

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from cpts_portal.core import downloads, pdf
from cpts_portal.core.http import PortalRequest
from cpts_portal.core.templatetags.portal import day_full
from members import rules
from members.actions import subscriptions as actions
from members.queries import papers
from members.queries import subscriptions as queries
from members.views.layout import base_for


@require_safe
def membership_mine(request: PortalRequest, cpts: str) -> HttpResponse:
    member, today = queries.my_membership(request.membership), timezone.localdate()
    years = list(member.subscriptions.all())
    last = years[0] if years else None
    context = {
        "base": base_for(request),
        "member": member,
        "standing": rules.standing(member, today).value,
        "years": years,
        "due": [year for year in years if not year.is_paid and year.ends_on >= today],
        "may_renew": rules.may_renew(member, member) and rules.may_open_year(last, member, today),
    }
    return render(request, "members/membership_mine.html", context)


@require_POST
def membership_renew(request: PortalRequest, cpts: str) -> HttpResponse:
    first_day = parse_date(request.POST.get("starts_on", "")) or date.min
    year = actions.renew(request.membership, by=request.membership, starts_on=first_day)
    messages.success(
        request,
        _("Merci ! Votre adhésion est renouvelée jusqu’au %(day)s.")
        % {"day": day_full(year.ends_on)},
    )
    return redirect("members:membership_mine", cpts=cpts)


@require_safe
def membership_certificate(request: PortalRequest, cpts: str) -> HttpResponse:
    member = queries.my_membership(request.membership)
    content = pdf.render("certificate", papers.certificate(member))
    return downloads.pdf(content, name=_("Attestation d’adhésion"))
