"""Days from and to, and what PostgreSQL makes sure of about them."""

from __future__ import annotations

from typing import Any

import pgtrigger
from django.contrib.postgres.fields import DateRangeField
from django.db import models
from django.db.models import F, Func, Value


def days_of(starts_on: str = "starts_on", ends_on: str = "ends_on") -> Func:
    """Two columns as the range of their days, both included; no end is endless."""
    return Func(
        F(starts_on),
        F(ends_on),
        Value("[]"),
        function="daterange",
        output_field=DateRangeField(),
    )


class WithinMembership(pgtrigger.Trigger):
    """A mandate's days lie within its membership's: judged at commit, from both sides.

    `key` is the column of `mandate` or of `member` that the changed row answers for.
    """

    when = pgtrigger.After
    timing = pgtrigger.Deferred

    def __init__(self, *, key: str, **kwargs: Any) -> None:
        self.key = key
        super().__init__(**kwargs)

    def get_func(self, model: models.Model) -> str:
        return (
            "IF EXISTS (SELECT 1 FROM members_mandate mandate"  # noqa: S608 - no value inside
            " JOIN members_membership member ON member.id = mandate.membership_id"
            f" WHERE {self.key} = NEW.id AND NOT daterange(member.starts_on, member.ends_on, '[]')"
            " @> daterange(mandate.starts_on, mandate.ends_on, '[]'))"
            " THEN RAISE EXCEPTION 'a mandate outlives its membership'"
            " USING ERRCODE = 'check_violation', CONSTRAINT = 'mandate_within_membership';"
            " END IF; RETURN NULL;"
        )
