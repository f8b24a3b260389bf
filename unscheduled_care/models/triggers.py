"""What PostgreSQL itself refuses about slots and claims, whatever goes round the actions."""

from __future__ import annotations

import pgtrigger
from django.db import models

REFUSE = " RAISE EXCEPTION '%s' USING ERRCODE = 'check_violation', CONSTRAINT = '%s'; END IF;"


class SlotEndsForGood(pgtrigger.Trigger):
    """A withdrawn slot stays so, and a slot whose hour has passed is not claimed any more."""

    when = pgtrigger.Before
    operation = pgtrigger.UpdateOf("status")  # type: ignore[no-untyped-call]

    def get_func(self, model: models.Model) -> str:
        return (
            "IF OLD.status = 'withdrawn' AND NEW.status <> 'withdrawn' THEN"
            + REFUSE % ("a withdrawn slot does not come back", "slot_withdrawn_for_good")
            + " IF OLD.status = 'open' AND NEW.status = 'claimed'"
            " AND OLD.starts_at <= statement_timestamp() THEN"
            + REFUSE % ("this slot has begun", "slot_not_claimed_once_begun")
            + " RETURN NEW;"
        )


class ClaimOfAKeptSlot(pgtrigger.Trigger):
    """A claim is born of a live hold of its own slot, marked claimed, whose hour has not come."""

    when = pgtrigger.Before
    operation = pgtrigger.Insert

    def get_func(self, model: models.Model) -> str:
        return (
            "IF NOT EXISTS (SELECT 1 FROM unscheduled_care_slot slot WHERE slot.id = NEW.slot_id"
            " AND slot.status = 'claimed' AND slot.starts_at > statement_timestamp()) THEN"
            + REFUSE
            % ("this slot is not to be claimed", "claim_of_a_slot_to_come")
            + " IF NOT EXISTS (SELECT 1 FROM unscheduled_care_hold hold WHERE hold.id = NEW.hold_id"
            " AND hold.slot_id = NEW.slot_id AND hold.expires_at > statement_timestamp()) THEN"
            + REFUSE % ("this hold has run out", "claim_within_its_hold")
            + " RETURN NEW;"
        )
