"""Sessions in the database, which may go away without anybody having logged out."""

from __future__ import annotations

from django.contrib.sessions.backends import db
from django.contrib.sessions.backends.base import UpdateError
from django.db import InterfaceError, OperationalError


class SessionStore(db.SessionStore):
    """As Django's, but a lost connection is not taken for a session that somebody has ended.

    The first is a 503, to try again; the second a 400.
    """

    def save(self, must_create: bool = False) -> None:  # noqa: FBT001, FBT002 - Django's own
        """Raises OperationalError or InterfaceError where Django's raises UpdateError for them."""
        try:
            super().save(must_create=must_create)
        except UpdateError as error:
            if isinstance(error.__context__, OperationalError | InterfaceError):
                raise error.__context__ from None
            raise
