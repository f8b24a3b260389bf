"""E-mails of the ledger: their headers, one connection for many, and what a refusal means."""

from __future__ import annotations

import contextlib
import smtplib
from collections.abc import Iterator
from email.errors import MessageError
from email.utils import formataddr, parseaddr
from http import HTTPStatus
from types import TracebackType
from typing import Any

from anymail.exceptions import AnymailAPIError, AnymailError, AnymailRecipientsRefused
from django.conf import settings
from django.core import mail

from cpts_portal.core.failures import FinalFailure, TemporaryFailure
from cpts_portal.core.models import Message

FINAL_FROM = 500
REFUSED_BY_API = frozenset(
    {
        HTTPStatus.BAD_REQUEST,
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        HTTPStatus.UNPROCESSABLE_ENTITY,
    }
)


class Mailer:
    """Sends messages over one connection, opened at the first and again after a breakdown."""

    def __init__(self) -> None:
        self._connection: Any = None

    def __enter__(self) -> Mailer:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def send(self, message: Message) -> None:
        """Hand one message over to the server. Raises TemporaryFailure or FinalFailure."""
        with _failures_told():
            email = as_email(message)
            connection = self._opened()
            try:
                sent = connection.send_messages([email])
            except OSError as error:
                if _is_broken(error):
                    self.close()
                raise
        if not sent:
            raise FinalFailure("mail_no_recipient")

    def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(OSError):
                connection.close()

    def _opened(self) -> Any:
        """The open connection; any trouble in opening it is the server's or ours: it will pass."""
        if self._connection is None:
            self._connection = mail.get_connection()
            try:
                self._connection.open()
            except (OSError, AnymailError) as error:
                self.close()
                raise TemporaryFailure(f"mail_{_code(error) or type(error).__name__}") from None
        return self._connection


def as_email(message: Message) -> mail.EmailMessage:
    """Text alone, from the CPTS; the Message-ID is the row's, so a repeat shows as one."""
    portal_name, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    cpts: Any = message.cpts
    sender = " ".join(cpts.name.split()) if cpts else portal_name
    return mail.EmailMessage(
        subject=message.title,
        body=message.body,
        from_email=formataddr((sender, address)),
        to=[message.recipient],
        reply_to=[cpts.email] if cpts and cpts.email else [],
        headers={
            "Message-ID": f"<{message.pk}@{address.partition('@')[2]}>",
            "Auto-Submitted": "auto-generated",
            "Content-Language": message.language,
            **_ways_out(message),
        },
    )


def _ways_out(message: Message) -> dict[str, str]:
    """What a mail program makes its « Se désabonner » button of (RFC 2369, RFC 8058)."""
    if not message.unsubscribe_url:
        return {}
    return {
        "List-Unsubscribe": f"<{message.unsubscribe_url}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }


def _is_broken(error: OSError) -> bool:
    """Whether the connection itself is lost, rather than one message refused on it."""
    if isinstance(error, smtplib.SMTPServerDisconnected):
        return True
    return not isinstance(error, smtplib.SMTPException) or _code(error) == 421


def _code(error: Exception) -> int:
    return int(error.smtp_code) if isinstance(error, smtplib.SMTPResponseException) else 0


@contextlib.contextmanager
def _failures_told() -> Iterator[None]:
    """Library errors as our two: only a refusal of this recipient or this text is final.

    A refused sender or password is ours to repair: the message waits.
    """
    try:
        yield
    except smtplib.SMTPRecipientsRefused as error:
        code = max(answer[0] for answer in error.recipients.values())
        raise _by_code(code) from None
    except smtplib.SMTPDataError as error:
        raise _by_code(error.smtp_code) from None
    except AnymailRecipientsRefused:
        raise FinalFailure("mail_refused") from None
    except AnymailAPIError as error:
        failure = FinalFailure if error.status_code in REFUSED_BY_API else TemporaryFailure
        raise failure(f"mail_http_{error.status_code or 'none'}") from None
    except (smtplib.SMTPNotSupportedError, ValueError, MessageError):
        raise FinalFailure("mail_address_invalid") from None
    except smtplib.SMTPException as error:
        raise TemporaryFailure(f"smtp_{_code(error) or type(error).__name__}") from None
    except (OSError, AnymailError) as error:
        raise TemporaryFailure(f"mail_{type(error).__name__}") from None


def _by_code(code: int) -> TemporaryFailure | FinalFailure:
    failure = FinalFailure if code >= FINAL_FROM else TemporaryFailure
    return failure(f"smtp_{code}")
