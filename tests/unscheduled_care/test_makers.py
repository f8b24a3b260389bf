"""The factories make rows that PostgreSQL accepts, in any order of asking."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from members.models import Cpts
from tests.factories import GpFactory
from tests.unscheduled_care.makers import ClaimContactFactory, ClaimFactory, SlotFactory, move


def test_a_claim_made_of_an_open_slot_finds_it_claimed(cpts: Cpts) -> None:
    slot = SlotFactory(professional=GpFactory(cpts=cpts))

    claim = ClaimFactory(slot=slot)

    slot.refresh_from_db()
    assert (slot.status, claim.contact.first_name) == ("claimed", "Odile")
    assert (
        ClaimContactFactory(
            claim__slot__professional=slot.professional, claim__slot__starts_at=slot.ends_at
        ).claim.cpts
        == cpts
    )


def test_a_claimed_slot_is_moved_into_the_past(cpts: Cpts) -> None:
    claim = ClaimFactory(slot__professional=GpFactory(cpts=cpts))

    moved = move(claim.slot, -timedelta(days=1))

    assert moved.starts_at < timezone.now()
