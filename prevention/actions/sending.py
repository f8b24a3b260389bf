"""Each minute what is due is judged again, put into its words and posted, once."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from django.db import connection, transaction

from cpts_portal.core import outbox
from cpts_portal.core.models import Message
from members.models import Membership
from prevention.models import Delivery, DeliveryStatus, ReminderPlan
from prevention.notifications import reminders as notifications
from prevention.notifications.reminders import Reader, Scribe, reader_of
from prevention.queries import sending as queries
from prevention.queries.sending import Unapproved
from prevention.rules.reminders import may_approve, unwanted

Reason = Delivery.Reason
BATCH = 100

POSTED = """
UPDATE prevention_delivery delivery
   SET status = 'posted', settled_at = %s, message_id = row.message_id, channel = row.channel,
       recipient_hash = row.recipient_hash, sequence = row.sequence
  FROM unnest(%s::bigint[], %s::uuid[], %s::text[], %s::text[], %s::int[])
       AS row (id, message_id, channel, recipient_hash, sequence)
 WHERE delivery.id = row.id
"""


def send_due(now: datetime, limit: int) -> int:
    """Post up to `limit` reminders, and give up those that come too late; how many were posted.

    None leaves outside polite hours: those that can wait until they open do.
    """
    give_up_late(now)
    ask_for_approval(queries.unapproved(now))
    if outbox.polite_time(now) != now:
        return 0
    posted = 0
    while (size := min(BATCH, limit - posted)) > 0:
        taken, left = post_batch(now, size)
        posted += left
        if taken < size:
            break
    return posted


def give_up_late(now: datetime) -> int:
    """What would no longer help is marked, not sent; how many."""
    late = Delivery.objects.filter(status=DeliveryStatus.PLANNED, useful_until__lt=now)
    return late.update(status=DeliveryStatus.DROPPED, reason=Reason.TOO_LATE, settled_at=now)


@transaction.atomic
def post_batch(now: datetime, size: int) -> tuple[int, int]:
    """How many were taken, how many of them posted: rows, messages and marks in one transaction.

    A row that another worker is taking is passed over; so is what waits for a second reading.
    """
    claimed = queries.due(now, queries.unapproved(now)).select_for_update(
        of=("self",), no_key=True, skip_locked=True
    )
    found = list(queries.with_readers(claimed)[:size])
    judged = [(delivery, reader_of(delivery)) for delivery in found]
    refused = queries.refusals([reader.recipient_hash for _delivery, reader in judged])
    wanted, dropped = [], []
    for delivery, reader in judged:
        reason = unwanted(delivery, now) or _unreadable(delivery, reader, refused)
        (dropped.append((delivery, reason)) if reason else wanted.append((delivery, reader)))
    _drop(dropped, now)
    _post(wanted, now)
    return len(found), len(wanted)


def _unreadable(
    delivery: Delivery, reader: Reader, refused: set[tuple[int, str, str, str | None]]
) -> str:
    if not reader.recipient:
        return Reason.UNREACHABLE
    topic = delivery.plan.campaign.topic_id
    for about in (None, topic):
        if (delivery.cpts_id, reader.recipient_hash, reader.channel, about) in refused:
            return Reason.UNSUBSCRIBED
    return ""


def _drop(dropped: Sequence[tuple[Delivery, str]], now: datetime) -> None:
    for reason in {reason for _delivery, reason in dropped}:
        ids = [delivery.pk for delivery, why in dropped if why == reason]
        Delivery.objects.filter(pk__in=ids).update(
            status=DeliveryStatus.DROPPED, reason=reason, settled_at=now
        )


def _post(wanted: Sequence[tuple[Delivery, Reader]], now: datetime) -> None:
    """One message a delivery, in two statements; PostgreSQL refuses the unsubscribed once more."""
    scribe = Scribe()
    messages = outbox.post_all([scribe.letter(*one) for one in wanted])
    if not messages:
        return
    rows = [
        _marked(delivery, message) for (delivery, _r), message in zip(wanted, messages, strict=True)
    ]
    with connection.cursor() as cursor:
        cursor.execute(POSTED, [now, *map(list, zip(*rows, strict=True))])


def _marked(delivery: Delivery, message: Message) -> tuple[object, ...]:
    sequence = delivery.session.sequence if delivery.session else None
    return delivery.pk, message.pk, message.channel, message.recipient_hash, sequence


def ask_for_approval(waiting: Collection[Unapproved]) -> None:
    """Tell those who may approve, once an occurrence."""
    plans = ReminderPlan.objects.select_related("cpts").in_bulk([one.plan_id for one in waiting])
    for one in waiting:
        plan = plans[one.plan_id]
        people = Membership.objects.filter(cpts=plan.cpts_id).current().with_standing()
        readers = [member for member in people.select_related("user") if may_approve(member, plan)]
        with transaction.atomic():
            notifications.approval_wanted(one, plan, readers)
