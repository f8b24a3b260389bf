"""When the database does not answer: a page that needs none, and when to come back."""

from __future__ import annotations

import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.defaults import server_error as django_server_error
from psycopg.errors import DeadlockDetected, LockNotAvailable, QueryCanceled, SerializationFailure

BUSY = (DeadlockDetected, LockNotAvailable, QueryCanceled, SerializationFailure)


def is_unavailable(error: BaseException | None) -> bool:
    """A lost or refused connection, or a wait that PostgreSQL cut short (lock, statement)."""
    return isinstance(error, (OperationalError, InterfaceError))


def unavailable(request: HttpRequest, error: BaseException | None) -> HttpResponse:
    """503, drawn without a query; Retry-After is 2 seconds if only busy, 30 if away.

    Whoever clicked inside a page keeps it, with a notice: nothing typed is lost.
    """
    if request.headers.get("HX-Request"):
        response = render(None, "components/refusal.html", {"message": _message()}, status=503)
    else:
        response = render(None, "503.html", status=503)
    busy = isinstance(getattr(error, "__cause__", None), BUSY)
    response["Retry-After"] = "2" if busy else "30"
    return response


def server_error(request: HttpRequest) -> HttpResponse:
    """The 500 page; but what failed in a middleware for want of a database is a 503 as well.

    Django calls it while it handles the exception, which is how we know which one.
    """
    error = sys.exc_info()[1]
    return unavailable(request, error) if is_unavailable(error) else django_server_error(request)


def _message() -> str:
    return _(
        "Le portail est indisponible quelques instants. Ce que vous avez écrit est encore dans"
        " cette page : réessayez dans une minute."
    )
