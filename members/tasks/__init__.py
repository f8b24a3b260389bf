"""What the clock does for the association; everything is already true without it."""

from members.tasks import (
    ads,  # noqa: F401
    delegations,  # noqa: F401
    imports,  # noqa: F401
    meetings,  # noqa: F401
    newcomers,  # noqa: F401
    renewals,  # noqa: F401
    unused_accounts,  # noqa: F401
)
