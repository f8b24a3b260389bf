"""Sums shown outside the community: fewer than five is no figure (product rule 9)."""

from __future__ import annotations

from django.utils.translation import gettext as _

SMALLEST_SHOWN = 5


def shown_count(count: int, *, is_masked: bool) -> str:
    """The count as text, or « moins de 5 » for 0 to 4 when small numbers are masked."""
    if is_masked and count < SMALLEST_SHOWN:
        return _("moins de 5")
    return str(count)
