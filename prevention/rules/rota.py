"""Who takes over whose shift."""

from __future__ import annotations

from typing import Any

from prevention.models import Volunteer
from prevention.rules.campaigns import may_volunteer


def may_relieve(by: Any, volunteer: Volunteer) -> bool:
    """Another member who may help: nobody relieves herself."""
    return may_volunteer(by, volunteer) and by.pk != volunteer.membership_id
