"""My agenda elsewhere: an address that leaves, a calendar that comes in."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from cpts_portal.core import throttle
from cpts_portal.core.http import PortalRequest, secretive
from cpts_portal.core.icalendar import CONTENT_TYPE, calendar
from cpts_portal.core.refusals import NotPermitted
from cpts_portal.core.scoping import open_scope, scopes_disabled
from members.views.layout import base_for
from unscheduled_care import rules
from unscheduled_care.actions import feeds as actions
from unscheduled_care.actions.steps import token_hash
from unscheduled_care.forms.feeds import BusyFeedForm
from unscheduled_care.models import BusyFeed, CalendarFeed
from unscheduled_care.queries.feeds import events_of, live_feed

PAGE = "unscheduled_care:feed_show"


@require_safe
def feed_show(request: PortalRequest, cpts: str) -> HttpResponse:
    return _page(request, BusyFeedForm())


@require_POST
def feed_open(request: PortalRequest, cpts: str) -> HttpResponse:
    """The one answer that shows the address: it is kept hashed."""
    token = actions.open_feed(by=request.membership)
    path = reverse("unscheduled_care:feed_calendar", args=[token])
    return _page(request, BusyFeedForm(), address=f"{settings.PUBLIC_URL}{path}")


@require_POST
def feed_revoke(request: PortalRequest, cpts: str) -> HttpResponse:
    actions.revoke_feed(by=request.membership)
    messages.success(request, _("L’adresse ne fonctionne plus."))
    return redirect(PAGE, cpts=cpts)


@require_POST
def feed_follow(request: PortalRequest, cpts: str) -> HttpResponse:
    form = BusyFeedForm(request.POST)
    if not form.is_valid():
        return _page(request, form)
    actions.follow(form.cleaned_data["url"], by=request.membership)
    messages.success(request, _("Votre agenda est en train d’être lu."))
    return redirect(PAGE, cpts=cpts)


@require_POST
def feed_unfollow(request: PortalRequest, cpts: str) -> HttpResponse:
    actions.unfollow(by=request.membership)
    messages.success(request, _("Votre agenda n’est plus lu : vos créneaux sont tous visibles."))
    return redirect(PAGE, cpts=cpts)


@login_not_required
@require_safe
def feed_calendar(request: PortalRequest, token: str) -> HttpResponse:
    """For calendars: the address is the key, revoked or unknown is not found.

    Counted by feed, since the great calendars ask for everybody's from a few machines.
    """
    with scopes_disabled():
        feed = live_feed(token_hash(token))
    if feed is None:
        throttle.hit(request, "unscheduled_care.feed_unknown", limit=120, seconds=3600)
        raise Http404
    throttle.hit(None, "unscheduled_care.feed", limit=120, seconds=3600, key=str(feed.pk))
    with open_scope(cpts=feed.cpts):
        data = calendar(events_of(feed.membership))
    return secretive(HttpResponse(data, content_type=CONTENT_TYPE))


def _page(request: PortalRequest, form: BusyFeedForm, address: str = "") -> HttpResponse:
    if not rules.is_clinician(request.membership):
        raise NotPermitted(_("Un agenda de créneaux est celui d’un professionnel de santé."))
    mine = {"membership": request.membership}
    context = {
        "base": base_for(request),
        "form": form,
        "address": address,
        "feed": CalendarFeed.objects.filter(**mine, revoked_at=None).first(),
        "busy": BusyFeed.objects.filter(**mine).first(),
    }
    status = 422 if form.errors else 200
    return render(request, "unscheduled_care/feed_show.html", context, status=status)
