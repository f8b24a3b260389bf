"""The demonstration's accounts: one per role, known to everybody, on this machine only."""

from __future__ import annotations

from members.models import Role

PASSWORD = "demonstration-2026"  # noqa: S105 - printed by `make demo`, refused anywhere else
ACCOUNTS: dict[str, Role] = {
    "coordination": Role.COORDINATOR,
    "medecin": Role.PROFESSIONAL,
    "infirmiere": Role.PROFESSIONAL,
    "secretariat": Role.SECRETARY,
    "bureau": Role.BOARD,
    "partenaire": Role.PARTNER,
    "financeur": Role.FUNDER,
}
