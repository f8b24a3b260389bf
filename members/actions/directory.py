"""Copies of the directory that leave the portal are traced: who, how, how many."""

from __future__ import annotations

from typing import Any, Literal

from django.db import transaction

from cpts_portal.core import audit
from members.models import Membership

Form = Literal["vcard", "pdf"]


@transaction.atomic
def note_export(member: Membership, *, form: Form, count: int, by: Any) -> None:
    """`by` took `count` cards away as `form`; `member` is whose card it was, or the reader."""
    audit.record(member, "export_directory", by=by, target=form, reason=str(count))
