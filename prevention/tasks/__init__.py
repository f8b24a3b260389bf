"""What the clock does for prevention; everything is already true without it."""

from prevention.tasks import (
    registrations,  # noqa: F401
    reminders,  # noqa: F401
    sessions,  # noqa: F401
)
