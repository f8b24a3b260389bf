"""The delays of a CPTS, its own or the defaults."""

from __future__ import annotations

from members.models import Cpts
from unscheduled_care.models import CareTerms


def terms_of(cpts: Cpts) -> CareTerms:
    """The CPTS's row, or an unsaved one with the defaults."""
    found: CareTerms | None = CareTerms.objects.filter(cpts=cpts).first()
    return found or CareTerms(cpts=cpts)
