"""Reminders are planned ahead by the set: a few statements, whatever the number of people."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from prevention.models import Audience
from prevention.queries import deliveries as queries
from prevention.queries.deliveries import Occurrence

WANTED = """
WITH wanted AS (
    SELECT * FROM unnest(
        %(plan)s::bigint[], %(session)s::bigint[], %(list)s::bigint[], %(audience)s::text[],
        %(is_before)s::boolean[], %(active_from)s::timestamptz[], %(wished_at)s::timestamptz[],
        %(due_at)s::timestamptz[], %(useful_until)s::timestamptz[],
        %(second_due_at)s::timestamptz[], %(second_useful_until)s::timestamptz[]
    ) AS row (plan_id, session_id, list_id, audience, is_before, active_from, wished_at,
              due_at, useful_until, second_due_at, second_useful_until)
), people AS (
    SELECT wanted.*, registration.cpts_id, registration.id AS registration_id,
           NULL::bigint AS volunteer_id, NULL::bigint AS recall_entry_id,
           COALESCE(registration.seated_at, registration.registered_at) AS since
      FROM wanted
      JOIN prevention_registration registration USING (session_id)
     WHERE wanted.audience = 'attended' AND registration.status = 'attended'
        OR wanted.audience = 'registered' AND registration.status = 'confirmed'
        OR wanted.audience = 'registered' AND registration.status IN ('attended', 'absent')
           AND NOT wanted.is_before
    UNION ALL (
    SELECT DISTINCT ON (wanted.plan_id, wanted.session_id, volunteer.membership_id)
           wanted.*, volunteer.cpts_id, NULL, volunteer.id, NULL, volunteer.booked_at
      FROM wanted
      JOIN prevention_shift shift USING (session_id)
      JOIN prevention_volunteer volunteer ON volunteer.shift_id = shift.id
     WHERE wanted.audience = 'volunteers' AND volunteer.status = 'booked'
       AND NOT EXISTS (
           SELECT 1 FROM prevention_delivery told
             JOIN prevention_volunteer other ON other.id = told.volunteer_id
            WHERE told.plan_id = wanted.plan_id AND told.session_id = wanted.session_id
              AND told.status <> 'dropped' AND other.id <> volunteer.id
              AND other.membership_id = volunteer.membership_id)
     ORDER BY wanted.plan_id, wanted.session_id, volunteer.membership_id, volunteer.id
    )
    UNION ALL
    SELECT wanted.*, entry.cpts_id, NULL, NULL, entry.id, entry.added_at
      FROM wanted
      JOIN prevention_recallentry entry ON entry.recall_list_id = wanted.list_id
     WHERE entry.status = 'pending'
)
"""
"""Whom each occurrence concerns, and since when: a volunteer of two shifts is told once."""

INSERT = """
INSERT INTO prevention_delivery (
    cpts_id, plan_id, session_id, registration_id, volunteer_id, recall_entry_id,
    due_at, useful_until, status, reason, channel, recipient_hash)
SELECT cpts_id, plan_id, session_id, registration_id, volunteer_id, recall_entry_id,
       CASE WHEN is_in_time THEN due_at ELSE second_due_at END,
       CASE WHEN is_in_time THEN useful_until ELSE second_useful_until END,
       'planned', '', '', ''
  FROM people
 CROSS JOIN LATERAL (SELECT GREATEST(since, active_from) < due_at) AS told (is_in_time)
 WHERE (is_in_time OR second_due_at IS NOT NULL AND GREATEST(since, active_from) < wished_at)
   AND NOT EXISTS (
       SELECT 1 FROM prevention_delivery known WHERE known.plan_id = people.plan_id
          AND known.registration_id = people.registration_id)
   AND NOT EXISTS (
       SELECT 1 FROM prevention_delivery known WHERE known.plan_id = people.plan_id
          AND known.volunteer_id = people.volunteer_id)
   AND NOT EXISTS (
       SELECT 1 FROM prevention_delivery known WHERE known.plan_id = people.plan_id
          AND known.recall_entry_id = people.recall_entry_id)
 ORDER BY plan_id, registration_id, volunteer_id, recall_entry_id
ON CONFLICT DO NOTHING
"""

MOVE = """
UPDATE prevention_delivery delivery
   SET due_at = moved.due_at, useful_until = moved.useful_until,
       status = 'planned', reason = '', settled_at = NULL
  FROM (
    SELECT known.id,
           CASE WHEN is_second THEN second_due_at ELSE people.due_at END AS due_at,
           CASE WHEN is_second THEN second_useful_until ELSE people.useful_until END
           AS useful_until
      FROM people
      LEFT JOIN prevention_delivery registered
        ON registered.plan_id = people.plan_id
       AND registered.registration_id = people.registration_id
      LEFT JOIN prevention_delivery helping
        ON helping.plan_id = people.plan_id AND helping.volunteer_id = people.volunteer_id
      LEFT JOIN prevention_delivery recalled
        ON recalled.plan_id = people.plan_id
       AND recalled.recall_entry_id = people.recall_entry_id
     CROSS JOIN LATERAL (
        SELECT COALESCE(registered.id, helping.id, recalled.id),
               COALESCE(registered.due_at, helping.due_at, recalled.due_at)
     ) AS known (id, due_at)
     CROSS JOIN LATERAL (
        SELECT second_due_at IS NOT NULL
               AND (known.due_at = second_due_at
                    OR known.due_at <> people.due_at
                       AND people.due_at <= %(now)s AND second_due_at > %(now)s)
     ) AS choice (is_second)
  ) AS moved
 WHERE delivery.id = moved.id
   AND (delivery.status = 'planned'
        AND (delivery.due_at, delivery.useful_until) <> (moved.due_at, moved.useful_until)
        OR delivery.status = 'dropped' AND delivery.reason <> 'unsubscribed'
           AND moved.due_at > %(now)s)
"""
"""What has left stays as it is; what was given up comes back when its hour is to come again."""

DROP = """
UPDATE prevention_delivery delivery
   SET status = 'dropped', settled_at = %(now)s, reason = unwanted.reason
  FROM (
    SELECT known.id, CASE
        WHEN plan.status <> 'active' THEN 'stopped'
        WHEN session.status = 'cancelled' THEN 'session'
        WHEN registration.status IN ('cancelled', 'late') THEN 'cancelled'
        WHEN plan.audience = 'attended' AND registration.status <> 'attended' THEN 'cancelled'
        WHEN plan.audience = 'registered' AND registration.status IN ('attended', 'absent')
             AND known.due_at < session.starts_at THEN 'done'
        WHEN volunteer.status <> 'booked' THEN 'cancelled'
        WHEN entry.status = 'done' THEN 'done'
        WHEN entry.status = 'refused' THEN 'cancelled'
        WHEN list.closed_at IS NOT NULL THEN 'stopped'
        END AS reason
      FROM prevention_delivery known
      JOIN prevention_reminderplan plan ON plan.id = known.plan_id
      LEFT JOIN prevention_session session ON session.id = known.session_id
      LEFT JOIN prevention_registration registration ON registration.id = known.registration_id
      LEFT JOIN prevention_volunteer volunteer ON volunteer.id = known.volunteer_id
      LEFT JOIN prevention_recallentry entry ON entry.id = known.recall_entry_id
      LEFT JOIN prevention_recalllist list ON list.id = entry.recall_list_id
     WHERE known.status = 'planned'
       AND known.id IN (
           SELECT id FROM prevention_delivery WHERE session_id = ANY(%(sessions)s)
            UNION ALL
           SELECT id FROM prevention_delivery WHERE plan_id = ANY(%(plans)s)
            UNION ALL
           SELECT of_list.id FROM prevention_delivery of_list
             JOIN prevention_recallentry listed ON listed.id = of_list.recall_entry_id
            WHERE listed.recall_list_id = ANY(%(lists)s))
  ) AS unwanted
 WHERE delivery.id = unwanted.id AND delivery.status = 'planned' AND unwanted.reason IS NOT NULL
"""


@transaction.atomic
def reconcile(
    *,
    sessions: Collection[int] = (),
    plans: Collection[int] = (),
    recall_lists: Collection[int] = (),
) -> None:
    """Bring the planned deliveries of these (keys) in line with the rows as they are now.

    Missing ones are planned, moved ones move, unwanted ones are dropped with their reason. What
    has been posted is never planned again. To be called in the transaction that changes a
    session, a plan, a registration, a shift or a recall list; twice does no harm.
    """
    now = timezone.now()
    _plan(queries.occurrences(sessions, plans, recall_lists), now)
    _drop_unwanted(sessions, plans, recall_lists, now)


@transaction.atomic
def reconcile_near(now: datetime) -> None:
    """The net of each minute: the same for whatever is due around `now`."""
    found = queries.occurrences_near(now)
    _plan(found, now)
    _drop_unwanted(
        {one.session_id for one in found if one.session_id},
        (),
        {one.list_id for one in found if one.list_id},
        now,
    )


def _plan(found: Iterable[Occurrence], now: datetime) -> None:
    rows = [_row(one) for one in found]
    if not rows:
        return
    columns = {name: [row[name] for row in rows] for name in rows[0]}
    with connection.cursor() as cursor:
        cursor.execute(WANTED + MOVE, {**columns, "now": now})
        cursor.execute(WANTED + INSERT, columns)


def _row(one: Occurrence) -> dict[str, Any]:
    """One row of `wanted`."""
    first, second = one.instants.due, one.instants.second
    return {
        "plan": one.plan.pk,
        "session": one.session_id,
        "list": one.list_id,
        "audience": Audience(one.plan.audience).value,
        "is_before": one.instants.is_before,
        "active_from": one.plan.activated_at,
        "wished_at": one.instants.wished_at,
        "due_at": first.due_at,
        "useful_until": first.useful_until,
        "second_due_at": second.due_at if second else None,
        "second_useful_until": second.useful_until if second else None,
    }


def _drop_unwanted(
    sessions: Collection[int], plans: Collection[int], recall_lists: Collection[int], now: datetime
) -> None:
    about = {"sessions": list(sessions), "plans": list(plans), "lists": list(recall_lists)}
    with connection.cursor() as cursor:
        cursor.execute(DROP, {**about, "now": now})
