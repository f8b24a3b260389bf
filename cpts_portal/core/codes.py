"""Six digits that prove an address: sent to it, typed in a form, good for a quarter of an hour.

They live on the form's own row (`Coded`), unsaved here: the caller holds its lock and saves it.
"""

from __future__ import annotations

import enum
import secrets
from datetime import datetime, timedelta
from typing import Any, Protocol

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _

from cpts_portal.core.fields import keyed_hash
from cpts_portal.core.forms import attempts_left
from cpts_portal.core.refusals import Refused

MINUTES = 15
ATTEMPTS = 5
CODES_AT_MOST = 5
RESEND_AFTER = timedelta(seconds=30)
COLUMNS = ("code_hash", "code_expires_at", "code_attempts", "codes_sent")


class Coded(Protocol):
    """A row with the columns of a code."""

    pk: Any
    code_hash: str
    code_expires_at: datetime | None
    code_attempts: int
    codes_sent: int


class CodeAnswer(enum.Enum):
    """What became of a code typed in."""

    CONFIRMED = "confirmed"
    WRONG = "wrong"
    EXPIRED = "expired"
    TOO_MANY = "too_many"


def renew(row: Coded) -> str:
    """Six new digits for the row; raises Refused after five codes."""
    if row.codes_sent >= CODES_AT_MOST:
        raise Refused(
            _("Nous vous avons déjà envoyé cinq codes : appelez-nous, nous finirons avec vous.")
        )
    code = f"{secrets.randbelow(10**6):06d}"
    row.code_hash = _hashed(row, code)
    row.code_expires_at = timezone.now() + timedelta(minutes=MINUTES)
    row.code_attempts, row.codes_sent = 0, row.codes_sent + 1
    return code


def has_fresh(row: Coded) -> bool:
    """Whether a code left less than 30 seconds ago: a second click sends nothing more."""
    if row.code_expires_at is None:
        return False
    sent_at = row.code_expires_at - timedelta(minutes=MINUTES)
    return timezone.now() < sent_at + RESEND_AFTER


def judge(row: Coded, code: str) -> CodeAnswer:
    """What `code` is worth; a wrong one counts on the row."""
    if row.code_expires_at is None or row.code_expires_at <= timezone.now():
        return CodeAnswer.EXPIRED
    if row.code_attempts >= ATTEMPTS:
        return CodeAnswer.TOO_MANY
    if is_right(row, code):
        return CodeAnswer.CONFIRMED
    row.code_attempts += 1
    return CodeAnswer.WRONG


def is_right(row: Coded, code: str) -> bool:
    """Whether it is the row's last code, however old."""
    return bool(row.code_hash) and constant_time_compare(row.code_hash, _hashed(row, code))


def error_of(answer: CodeAnswer, row: Coded) -> ValidationError:
    """The sentence for a code that did not do, once `judge` has counted it."""
    left = ATTEMPTS - row.code_attempts
    if answer is CodeAnswer.WRONG and left > 0:
        return ValidationError(attempts_left(left), code="wrong")
    if answer is CodeAnswer.EXPIRED:
        return ValidationError(_("Ce code a plus de 15 minutes : demandez-en un nouveau."))
    return ValidationError(_("Trop d’essais avec ce code : demandez-en un nouveau."))


def _hashed(row: Coded, code: str) -> str:
    return keyed_hash(f"{row.pk}:{code}")
