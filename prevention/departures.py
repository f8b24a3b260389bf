"""What changes hands when a member leaves, and what is known of her."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cpts_portal.core import audit
from members.departures import hands_over, tells
from members.models import Membership
from prevention import lifecycle
from prevention.actions.registrations import cancel
from prevention.actions.rota import release
from prevention.models import Registration, SessionStatus, Volunteer


def _to_come(membership: Membership) -> QuerySet[Volunteer]:
    rows: QuerySet[Volunteer] = Volunteer.objects.filter(
        membership=membership,
        status=Volunteer.Status.BOOKED,
        shift__ends_at__gt=Now(),
        shift__session__status=SessionStatus.PLANNED,
    )
    return rows


@hands_over(
    "prevention.shifts",
    gettext_lazy("postes de bénévole libérés"),
    count=lambda membership: _to_come(membership).count(),
)
def free_shifts(membership: Membership, by: Any) -> int:
    """Hands are wanted again, and the coordination learns where."""
    return release(_to_come(membership), by=audit.SYSTEM)


def _places_of(membership: Membership) -> QuerySet[Registration]:
    rows: QuerySet[Registration] = Registration.objects.filter(
        membership=membership,
        status__in=lifecycle.CANCEL.sources,
        session__starts_at__gt=Now(),
    )
    return rows.select_related("session")


@hands_over(
    "prevention.registrations",
    gettext_lazy("inscriptions à des séances annulées"),
    count=lambda membership: _places_of(membership).count(),
)
def give_places_back(membership: Membership, by: Any) -> int:
    """Each seat is offered to the first in line."""
    places = list(_places_of(membership).order_by("session", "pk"))
    for place in places:
        cancel(place, by=audit.SYSTEM)
    return len(places)


@tells("prevention.shifts", gettext_lazy("Postes tenus dans des séances de prévention"))
def told_shifts(membership: Membership) -> list[dict[str, Any]]:
    kept = Volunteer.objects.filter(membership=membership).select_related("shift__session")
    return [
        {
            _("Tâche"): one.shift.task,
            _("Début"): one.shift.starts_at,
            _("Fin"): one.shift.ends_at,
            _("Statut"): one.get_status_display(),
        }
        for one in kept.order_by("shift__starts_at")
    ]


@tells("prevention.registrations", gettext_lazy("Inscriptions à des séances"))
def told_registrations(membership: Membership) -> list[dict[str, Any]]:
    rows = Registration.objects.filter(membership=membership).select_related("session__campaign")
    return [
        {
            _("Séance"): str(row.session),
            _("Début"): row.session.starts_at,
            _("Statut"): row.get_status_display(),
        }
        for row in rows.order_by("registered_at")
    ]
