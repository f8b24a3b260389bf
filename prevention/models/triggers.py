"""What PostgreSQL itself refuses about places and reminders, whatever goes round the actions."""

from __future__ import annotations

import pgtrigger
from django.db import models

REFUSE = " RAISE EXCEPTION '%s' USING ERRCODE = 'check_violation', CONSTRAINT = '%s'; END IF;"


class KeepsItsRank(pgtrigger.Trigger):
    """Who arrived when, and where, is never written again."""

    when = pgtrigger.Before
    operation = pgtrigger.UpdateOf("session_id", "number")  # type: ignore[no-untyped-call]

    def get_func(self, model: models.Model) -> str:
        return (
            "IF NEW.session_id <> OLD.session_id OR NEW.number <> OLD.number THEN"
            + REFUSE % ("a rank does not change", "registration_keeps_its_rank")
            + " RETURN NEW;"
        )


class TakesASeat(pgtrigger.Trigger):
    """A new registration is for a planned session, not yet over, and overtakes nobody who waits.

    Whoever stands at the door is let in when there is a seat: those who wait are not there.
    """

    when = pgtrigger.Before
    operation = pgtrigger.Insert

    def get_func(self, model: models.Model) -> str:
        return (
            "IF NOT EXISTS (SELECT 1 FROM prevention_session session"
            " WHERE session.id = NEW.session_id AND (session.status = 'planned'"
            " AND session.ends_at > statement_timestamp() OR NEW.door = 'walk_in'"
            " AND session.status <> 'cancelled')) THEN"
            + REFUSE
            % ("this session is not open", "registration_of_a_session_to_come")
            + " IF NEW.status = 'confirmed' AND NEW.door <> 'walk_in' AND EXISTS"
            " (SELECT 1 FROM prevention_registration other"
            " WHERE other.session_id = NEW.session_id AND other.status = 'waiting') THEN"
            + REFUSE % ("others have waited longer", "registration_overtakes_nobody")
            + " RETURN NEW;"
        )


class OfferedInOrder(pgtrigger.Trigger):
    """Out of the line a seat goes to the first who waits, by an offer."""

    when = pgtrigger.Before
    operation = pgtrigger.UpdateOf("status")  # type: ignore[no-untyped-call]

    def get_func(self, model: models.Model) -> str:
        return (
            "IF OLD.status = 'waiting' AND NEW.status IN ('confirmed', 'attended') THEN"
            + REFUSE % ("a seat is offered first", "registration_offered_before_confirmed")
            + " IF OLD.status = 'waiting' AND NEW.status = 'offered' AND EXISTS"
            " (SELECT 1 FROM prevention_registration other"
            " WHERE other.session_id = NEW.session_id AND other.status = 'waiting'"
            " AND other.number < NEW.number) THEN"
            + REFUSE % ("others have waited longer", "registration_offered_in_order")
            + " IF OLD.status IN ('cancelled', 'late') AND NEW.status <> OLD.status THEN"
            + REFUSE % ("who left comes back at the end", "registration_ended_for_good")
            + " RETURN NEW;"
        )


class SeatsAreCounted(pgtrigger.Trigger):
    """`session.taken` follows its registrations; `session_never_overfull` has the last word."""

    when = pgtrigger.After
    operation = (
        pgtrigger.Insert | pgtrigger.UpdateOf("status") | pgtrigger.Delete  # type: ignore[no-untyped-call]
    )
    declare = [("delta", "INTEGER"), ("seats_of", "BIGINT")]

    def get_func(self, model: models.Model) -> str:
        return (
            "delta := 0;"
            " IF TG_OP <> 'DELETE' AND NEW.status IN ('confirmed', 'offered', 'attended')"
            " THEN delta := delta + 1; END IF;"
            " IF TG_OP <> 'INSERT' AND OLD.status IN ('confirmed', 'offered', 'attended')"
            " THEN delta := delta - 1; END IF;"
            " IF TG_OP = 'DELETE' THEN seats_of := OLD.session_id;"
            " ELSE seats_of := NEW.session_id; END IF;"
            " IF delta <> 0 THEN UPDATE prevention_session session SET taken = taken + delta"
            " WHERE session.id = seats_of; END IF; RETURN NULL;"
        )


class UnsubscribedIsAbsolute(pgtrigger.Trigger):
    """Nothing of a plan goes to an address that has unsubscribed from its topic, or from all."""

    when = pgtrigger.Before
    operation = pgtrigger.Insert | pgtrigger.UpdateOf("status")  # type: ignore[no-untyped-call]

    def get_func(self, model: models.Model) -> str:
        return (
            "IF NEW.status = 'posted' AND EXISTS (SELECT 1 FROM prevention_optout refused"
            " WHERE refused.cpts_id = NEW.cpts_id AND refused.lifted_at IS NULL"
            " AND refused.recipient_hash = NEW.recipient_hash AND refused.channel = NEW.channel"
            " AND (refused.topic_id IS NULL OR refused.topic_id = (SELECT campaign.topic_id"
            " FROM prevention_reminderplan plan JOIN prevention_campaign campaign"
            " ON campaign.id = plan.campaign_id WHERE plan.id = NEW.plan_id))) THEN"
            + REFUSE % ("this address has unsubscribed", "delivery_never_to_the_unsubscribed")
            + " RETURN NEW;"
        )


class EventsMove(pgtrigger.Trigger):
    """The public events of the CPTS have changed: noted once a transaction, whatever its rows.

    At the commit, so that the one row of the CPTS is the last that a transaction waits for.
    """

    when = pgtrigger.After
    timing = pgtrigger.Deferred

    def get_func(self, model: models.Model) -> str:
        return (
            "INSERT INTO prevention_eventschange AS noted (cpts_id, xid, at)"
            " VALUES (CASE WHEN TG_OP = 'DELETE' THEN OLD.cpts_id ELSE NEW.cpts_id END,"
            " pg_current_xact_id()::text::bigint, clock_timestamp())"
            " ON CONFLICT (cpts_id) DO UPDATE SET xid = excluded.xid, at = excluded.at"
            " WHERE noted.xid <> excluded.xid; RETURN NULL;"
        )


def events_move(table: str, *columns: str) -> EventsMove:
    """A row of `table` that comes or goes, or one of whose public `columns` is written."""
    written = pgtrigger.UpdateOf(*columns)  # type: ignore[no-untyped-call]
    return EventsMove(
        name=f"{table}_moves_events", operation=pgtrigger.Insert | written | pgtrigger.Delete
    )
