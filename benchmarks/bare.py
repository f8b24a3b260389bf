"""The yardstick: what `startproject` gives, and a view of one query and one template of 50 rows.

Django's own middleware, nobody logged in, no right asked, nothing logged, no page around the table.
"""

from __future__ import annotations

from collections.abc import Callable

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.template import Context, Engine
from django.test import Client, override_settings
from django.urls import path, reverse
from django.utils import timezone

from benchmarks.measure import SideBySide, side_by_side
from cpts_portal.core.scoping import scopes_disabled
from patients.models import TO_HANDLE, GPRequest
from prevention.models import Session
from unscheduled_care.models import Slot, SlotStatus

TEMPLATE = """<!doctype html>
<html lang="fr"><head><title>Demandes</title></head>
<body><h1>Demandes</h1><table>
{% for request in requests %}
<tr>
  <td>{{ request.rank }}</td>
  <td><a href="{{ request.reference }}/">
    {{ request.patient.first_name }} {{ request.patient.last_name }}</a></td>
  <td>{{ request.age_band }}</td>
  <td>{{ request.commune.name }}</td>
  <td>{{ request.first_requested_at|date:"j F Y" }}</td>
  <td>{{ request.get_status_display }}</td>
</tr>
{% endfor %}
</table></body></html>
"""
SLOTS = """<!doctype html>
<html lang="fr"><head><title>Créneaux</title></head>
<body><h1>Créneaux</h1><table>
{% for slot in slots %}
<tr>
  <td>{{ slot.starts_at|date:"j F" }}</td>
  <td><a href="{{ slot.pk }}/">{{ slot.starts_at|date:"G:i" }}</a></td>
  <td>{{ slot.professional.user.first_name }} {{ slot.professional.user.last_name }}</td>
  <td>{{ slot.practice.name }}, {{ slot.practice.commune.name }}</td>
  <td>{{ slot.get_kind_display }}</td>
</tr>
{% endfor %}
</table></body></html>
"""
EVENTS = """<!doctype html>
<html lang="fr"><head><title>Séances</title></head>
<body><h1>Séances</h1><table>
{% for session in sessions %}
<tr>
  <td>{{ session.starts_at|date:"j F" }}</td>
  <td><a href="{{ session.pk }}/">{{ session.starts_at|date:"G:i" }}</a></td>
  <td>{{ session.campaign.title }}</td>
  <td>{{ session.place_name }}, {{ session.commune.name }}</td>
  <td>{{ session.seats_left }}</td>
</tr>
{% endfor %}
</table></body></html>
"""
template, slots_template = Engine().from_string(TEMPLATE), Engine().from_string(SLOTS)
events_template = Engine().from_string(EVENTS)
SHOWN = (
    *("rank", "reference", "age_band", "first_requested_at", "status"),
    *("patient__first_name", "patient__last_name", "commune__name"),
)


STARTPROJECT = (
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
)


@login_not_required
def bare(request: HttpRequest, cpts: int) -> HttpResponse:
    with scopes_disabled():
        rows = GPRequest.objects.filter(cpts_id=cpts, status__in=TO_HANDLE).by_rank()
        rows = rows.select_related("patient", "commune").only(*SHOWN)[:50]
        return HttpResponse(template.render(Context({"requests": rows})))


SLOTS_SHOWN = (
    *("starts_at", "kind", "practice__name", "practice__commune__name"),
    *("professional__user__first_name", "professional__user__last_name"),
)


@login_not_required
def bare_slots(request: HttpRequest, cpts: int, count: int) -> HttpResponse:
    """The open slots of a CPTS, the soonest first."""
    with scopes_disabled():
        rows = Slot.objects.filter(cpts_id=cpts, status=SlotStatus.OPEN).order_by("starts_at", "pk")
        rows = rows.select_related("professional__user", "practice__commune").only(*SLOTS_SHOWN)
        return HttpResponse(slots_template.render(Context({"slots": rows[:count]})))


EVENTS_SHOWN = (
    *("starts_at", "place_name", "capacity", "taken"),
    *("campaign__title", "commune__name"),
)


@login_not_required
def bare_events(request: HttpRequest, cpts: int, count: int) -> HttpResponse:
    """The sessions to come of a CPTS, the soonest first."""
    with scopes_disabled():
        rows = Session.objects.filter(cpts_id=cpts, starts_at__gt=timezone.now())
        rows = rows.order_by("starts_at", "pk").select_related("campaign", "commune")
        shown = rows.only(*EVENTS_SHOWN)[:count]
        return HttpResponse(events_template.render(Context({"sessions": shown})))


urlpatterns = [
    path("bare/<int:cpts>/", bare, name="bare"),
    path("bare/<int:cpts>/sessions/<int:count>/", bare_events, name="bare_events"),
    path("bare/<int:cpts>/slots/<int:count>/", bare_slots, name="bare_slots"),
]


def own_urls(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """This module's URLs instead of the portal's, for this client alone."""

    def middleware(request: HttpRequest) -> HttpResponse:
        request.urlconf = "benchmarks.bare"
        return get_response(request)

    return middleware


def bare_client() -> Client:
    """A client whose requests meet Django's own middleware and nothing of the portal's."""
    client = Client()
    with override_settings(MIDDLEWARE=["benchmarks.bare.own_urls", *STARTPROJECT]):
        client.handler.load_middleware()
    return client


def against_bare(client: Client, path: str, cpts_id: int) -> SideBySide:
    """The whole page `path` as `client` gets it, and the bare view of the same CPTS's rows."""
    bare, bare_path = bare_client(), reverse("bare", urlconf=__name__, args=[cpts_id])
    return side_by_side(lambda: fetch(client, path), lambda: fetch(bare, bare_path))


def fetch(client: Client, path: str) -> None:
    response = client.get(path)
    assert response.status_code == 200, (path, response.status_code)
