"""Who is told of a claim: no message carries a reason, nor a name with one."""

from __future__ import annotations

from typing import Any

from unscheduled_care.models import Claim


def claim_made(claim: Claim, token: str, *, by: Any) -> None:
    """The patient by SMS or e-mail, with her private link; the professional unless he claimed."""


def claim_cancelled(claim: Claim, *, by: Any) -> None:
    """The patient, claimer and professional, but whoever has just cancelled."""


def slot_withdrawn(claim: Claim, *, by: Any) -> None:
    """The patient and the claimer: the professional cannot see her after all."""
