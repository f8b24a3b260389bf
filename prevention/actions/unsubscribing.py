"""Out in one gesture, and in again; each refusal is a row that proves it."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone

from cpts_portal.core import audit
from members.models import Cpts
from prevention.models import OptOut
from prevention.queries import unsubscribing as queries
from prevention.queries.unsubscribing import Standing


@transaction.atomic
def refuse(standing: Standing, *, cpts: Cpts, way: str, everything: bool, by: Any) -> None:
    """Nothing more on this channel about the topic, or about anything; twice is once.

    `way` is an OptOut.Way. Holds from the next message that is about to leave.
    """
    topic = None if everything else standing.topic
    written = OptOut.objects.bulk_create(
        [
            OptOut(
                cpts=cpts,
                recipient_hash=standing.recipient_hash,
                channel=standing.channel,
                topic=topic,
                way=way,
            )
        ],
        ignore_conflicts=True,
    )
    [kept] = queries.live(standing.channel, standing.recipient_hash).filter(topic=topic)
    if kept.refused_at == written[0].refused_at:
        audit.record(kept, "refuse", by=by, target=way)


@transaction.atomic
def lift(standing: Standing, *, by: Any) -> None:
    """Reminders come again on this channel: of the topic, and of the rest if all was refused."""
    refused = queries.live(
        standing.channel, standing.recipient_hash, [standing.topic.pk] if standing.topic else []
    )
    for one in refused.select_for_update(no_key=True):
        one.lifted_at = max(timezone.now(), one.refused_at)
        one.save(update_fields=["lifted_at"])
        audit.record(one, "lift", by=by)
