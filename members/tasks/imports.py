"""A file of members read apart from the request that brought it, and its members invited."""

from __future__ import annotations

from celery import shared_task
from celery.exceptions import SoftTimeLimitExceeded
from django.utils.translation import gettext as _

from cpts_portal.core import audit
from cpts_portal.core.scoping import open_scope
from members.actions import imports as actions
from members.models import Cpts, ImportBatch, Membership


@shared_task(name="members.read_import", ignore_result=True, soft_time_limit=60, time_limit=90)
def read_import(cpts_id: int, batch_id: int) -> None:
    """A minute at most: a file that takes longer is said to be too heavy. Twice is once."""
    with open_scope(cpts=Cpts.objects.get(pk=cpts_id)):
        batch = ImportBatch.objects.defer("file").filter(pk=batch_id).first()
        if batch is None:
            return
        try:
            actions.read(batch, by=audit.SYSTEM)
        except SoftTimeLimitExceeded:
            sentence = _("Ce fichier est trop long à lire : faites-en plusieurs.")
            actions.give_up(batch, sentence, by=audit.SYSTEM)


@shared_task(name="members.invite_imported", ignore_result=True)
def invite_imported(cpts_id: int, batch_id: int, by_id: int) -> None:
    """Whoever was invited before a crash is not invited again."""
    with open_scope(cpts=Cpts.objects.get(pk=cpts_id)):
        batch = ImportBatch.objects.get(pk=batch_id)
        actions.invite_imported(batch, by=Membership.objects.get(pk=by_id))
