"""What the clock does for unscheduled care; everything is already true without it."""

from unscheduled_care.tasks import (
    board,  # noqa: F401
    feeds,  # noqa: F401
    gp_searches,  # noqa: F401
    needs,  # noqa: F401
    slots,  # noqa: F401
    waiting,  # noqa: F401
)
