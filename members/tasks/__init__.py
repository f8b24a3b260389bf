"""What the clock does for the association; everything is already true without it."""

from members.tasks import (
    delegations,  # noqa: F401
    meetings,  # noqa: F401
    renewals,  # noqa: F401
)
