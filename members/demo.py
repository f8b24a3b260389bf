"""The demonstration's accounts: one per role, known to everybody, on this machine only."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest
from django.http.request import split_domain_port

from members.models import Role

PASSWORD = "demonstration-2026"  # noqa: S105 - printed by `make demo`, refused anywhere else
ACCOUNTS: dict[str, Role] = {
    "coordination": Role.COORDINATOR,
    "medecin": Role.PROFESSIONAL,
    "secretariat": Role.SECRETARY,
    "bureau": Role.BOARD,
    "partenaire": Role.PARTNER,
    "financeur": Role.FUNDER,
}
LOCAL = frozenset({"localhost", "127.0.0.1", "[::1]"})


def is_open(request: HttpRequest) -> bool:
    """The one-click log-in exists in a demonstration, reached from the machine itself."""
    domain, _port = split_domain_port(request.get_host())
    return settings.DEMO and domain in LOCAL
