"""The delays of a CPTS, its own or the defaults."""

from __future__ import annotations

from members.models import Cpts
from prevention.models import PreventionTerms


def terms_of(cpts: Cpts) -> PreventionTerms:
    """The CPTS's row, or an unsaved one with the defaults."""
    found: PreventionTerms | None = PreventionTerms.objects.filter(cpts=cpts).first()
    return found or PreventionTerms(cpts=cpts)
