"""What the clock does for ads; they leave the board by their day without it."""

from __future__ import annotations

from datetime import date

from celery import shared_task
from django.utils import timezone

from cpts_portal.core.scoping import open_scope
from members import rules
from members.actions import ads as actions
from members.models import Cpts


@shared_task(name="members.remind_ads", ignore_result=True)
def remind_ads() -> int:
    """Once a day; how many authors were told that their ad leaves the board within a week."""
    return sum(_remind_in(cpts) for cpts in Cpts.objects.filter(is_active=True))


def _remind_in(cpts: Cpts) -> int:
    with open_scope(cpts=cpts):
        return actions.remind_expiring(timezone.localdate())


@shared_task(name="members.send_ads_digest", ignore_result=True)
def send_ads_digest() -> int:
    """On Friday morning, or later until Saturday night; how many mails were posted."""
    friday = rules.digest_day(timezone.now())
    if friday is None:
        return 0
    return sum(_send_in(cpts, friday) for cpts in Cpts.objects.filter(is_active=True))


def _send_in(cpts: Cpts, friday: date) -> int:
    with open_scope(cpts=cpts):
        return actions.send_digest(friday)
