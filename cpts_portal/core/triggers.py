"""Tables that are only added to: PostgreSQL itself refuses to change or forget a trace."""

from __future__ import annotations

from typing import Any

import pgtrigger
from django.db import models

ERASING = "coalesce(current_setting('portal.retention', true), '') = 'on'"


class AppendOnly(pgtrigger.Trigger):
    """No UPDATE and no DELETE, but a DELETE inside `audit.erasing()`.

    `erasable` names the one text column that retention may also empty, and nothing but empty.
    """

    when = pgtrigger.Before
    operation = pgtrigger.Update | pgtrigger.Delete

    def __init__(self, *, erasable: str = "", **kwargs: Any) -> None:
        self.erasable = erasable
        super().__init__(**kwargs)

    def get_func(self, model: models.Model) -> str:
        return (
            f"IF TG_OP = 'DELETE' AND {ERASING} THEN RETURN OLD; END IF;"
            f" {self._emptying()}"
            " RAISE EXCEPTION '% is append-only', TG_TABLE_NAME"
            f" USING ERRCODE = 'restrict_violation', CONSTRAINT = '{self.name}';"
        )

    def _emptying(self) -> str:
        if not self.erasable:
            return ""
        column = self.erasable
        return (
            f"IF TG_OP = 'UPDATE' AND {ERASING} AND NEW.{column} = ''"
            f" AND to_jsonb(NEW) - '{column}' = to_jsonb(OLD) - '{column}'"
            " THEN RETURN NEW; END IF;"
        )
