"""A secret address for one's own calendar, and one's own calendar read to hide slots."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _

from cpts_portal.core import audit, wake
from cpts_portal.core.busy import NotACalendar, Stretch, busy_within
from cpts_portal.core.fetch import FetchError, fetch
from cpts_portal.core.refusals import NotPermitted
from unscheduled_care import rules
from unscheduled_care.actions.steps import token_hash
from unscheduled_care.models import HORIZON, BusyFeed, BusyTime, CalendarFeed, Slot, SlotStatus
from unscheduled_care.queries.feeds import UID, busy_then

LIMIT, SECONDS = 2_000_000, 15.0
"""Bytes and seconds that reading one calendar may take."""
READ_FEED = "unscheduled_care.read_busy_feed"


def _ask_clinician(by: Any) -> None:
    if not rules.is_clinician(by):
        raise NotPermitted(_("Un agenda de créneaux est celui d’un professionnel de santé."))


@transaction.atomic
def open_feed(*, by: Any) -> str:
    """The token of a new address, shown once and kept hashed; the one before stops working."""
    _ask_clinician(by)
    _revoke_live(by)
    token = secrets.token_urlsafe(24)
    feed = CalendarFeed.objects.create(
        cpts=by.cpts, membership_id=by.pk, token_hash=token_hash(token)
    )
    audit.record(feed, "open", by=by)
    return token


@transaction.atomic
def revoke_feed(*, by: Any) -> None:
    """Whoever had the address gets nothing from now on."""
    _revoke_live(by)


def _revoke_live(by: Any) -> None:
    rows = CalendarFeed.objects.select_for_update(no_key=True)
    for feed in rows.filter(membership_id=by.pk, revoked_at=None):
        feed.revoked_at = timezone.now()
        feed.save(update_fields=["revoked_at"])
        audit.record(feed, "revoke", by=by)


@transaction.atomic
def follow(url: str, *, by: Any) -> BusyFeed:
    """Read this https address from now on, in place of the one before; a worker does it at once."""
    _ask_clinician(by)
    feed, _made = BusyFeed.objects.update_or_create(
        membership_id=by.pk,
        defaults={"cpts": by.cpts, "url": url, "fetched_at": None, "problem": ""},
    )
    audit.record(feed, "follow", by=by)
    wake.after_commit(READ_FEED, feed.cpts_id, feed.pk)
    return feed


@transaction.atomic
def unfollow(*, by: Any) -> None:
    """Forget the calendar and what it said: the slots that it hid are shown again."""
    for feed in BusyFeed.objects.select_for_update(no_key=True).filter(membership_id=by.pk):
        audit.record(feed, "unfollow", by=by)
        feed.delete()
    _hide_and_show(by.pk)


def read(feed: BusyFeed) -> bool:
    """Fetch without holding a transaction, then write; True when it could be read.

    A calendar that cannot be read leaves what it said last.
    """
    now = timezone.now()
    try:
        data = fetch(feed.url, limit=LIMIT, seconds=SECONDS)
        stretches = busy_within(data, now, now + HORIZON, but=UID)
    except FetchError as error:
        return note_problem(feed, error.code)
    except NotACalendar:
        return note_problem(feed, BusyFeed.Problem.NOT_A_CALENDAR)
    return _write(feed, stretches, now)


def note_problem(feed: BusyFeed, problem: str) -> bool:
    """Its owner reads why; what it said last stays. Always False."""
    BusyFeed.objects.filter(pk=feed.pk).update(tried_at=timezone.now(), problem=problem)
    return False


@transaction.atomic
def _write(feed: BusyFeed, stretches: list[Stretch], now: datetime) -> bool:
    """Unless the feed was removed or changed while it was being read."""
    locked = BusyFeed.objects.select_for_update(no_key=True).filter(pk=feed.pk).first()
    if locked is None or locked.url != feed.url:
        return False
    BusyTime.objects.filter(feed=locked).delete()
    BusyTime.objects.bulk_create(
        BusyTime(cpts_id=feed.cpts_id, feed=locked, starts_at=begins, ends_at=ends)
        for begins, ends in stretches
    )
    BusyFeed.objects.filter(pk=feed.pk).update(tried_at=now, fetched_at=now, problem="")
    _hide_and_show(feed.membership_id)
    return True


def _hide_and_show(membership_id: int) -> None:
    """A free slot to come is hidden as long as a busy time touches it, and no longer."""
    ahead = Slot.objects.filter(
        professional=membership_id, status=SlotStatus.OPEN, starts_at__gt=Now()
    )
    ahead.filter(busy_then(), is_hidden=False).update(is_hidden=True)
    ahead.filter(~busy_then(), is_hidden=True).update(is_hidden=False)
