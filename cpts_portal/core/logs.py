"""Structured logs, one JSON object a line: ids and names of pages, never a person.

What may hold a name, an address or a private link is not written at all: paths give way to URL
names, exceptions keep their type and their lines of code but not their message.
"""

from __future__ import annotations

import re
import sys
import traceback
import uuid
from typing import Any

import structlog
from django.http import HttpRequest
from django.urls import Resolver404, ResolverMatch, resolve
from django_structlog.middlewares import RequestMiddleware
from django_structlog.middlewares.request import get_request_header
from structlog.typing import EventDict, Processor

SHARED: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]
WITH_PATHS = frozenset({"django.request", "django.security.csrf"})
PRIVATE = (
    (re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+"), "[e-mail]"),
    (re.compile(r"(?<!\d)(?:\+33 ?|0)[1-9](?:[ .-]?\d{2}){4}(?!\d)"), "[phone]"),
    (re.compile(r"(?<=[/=])[\w-]{16,}"), "[key]"),
)


def configure() -> None:
    """Send structlog's events through the standard library's handlers, hence our formatter."""
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *SHARED,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
    )


def formatter() -> structlog.stdlib.ProcessorFormatter:
    """The formatter of every handler: for our events and for the libraries' own."""
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=SHARED,
        pass_foreign_args=True,
        processors=[
            bare_foreign_event,
            bare_exception,
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            scrub,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
    )


def bare_foreign_event(logger: Any, method: str, event: EventDict) -> EventDict:
    """A library's report without its arguments, where they may quote a row or hold a path."""
    given = event.pop("positional_args", None)
    if event["_from_structlog"]:
        return event
    if event.get("exc_info") or event["_record"].name in WITH_PATHS:
        event["event"] = str(event["_record"].msg)
    if event.get("exc_info") and isinstance(given, dict):
        event.update({key: given[key] for key in ("name", "id") if key in given})
    return event


def bare_exception(logger: Any, method: str, event: EventDict) -> EventDict:
    """The exception's type and where it passed, outermost first; not what it says."""
    told = event.pop("exc_info", None)
    error = told[1] if isinstance(told, tuple) else sys.exception() if told is True else told
    if isinstance(error, BaseException):
        event["error"] = type(error).__name__
        event["frames"] = [
            f"{frame.filename}:{frame.lineno} {frame.name}"
            for frame in traceback.extract_tb(error.__traceback__)
        ]
    return event


def scrub(logger: Any, method: str, event: EventDict) -> EventDict:
    """The last net: what looks like an e-mail, a phone or a key in a path is blanked."""
    return {
        key: scrubbed(value) if isinstance(value, str) and key != "request_id" else value
        for key, value in event.items()
    }


def scrubbed(text: str) -> str:
    for pattern, instead in PRIVATE:
        text = pattern.sub(instead, text)
    return text


class LogMiddleware(RequestMiddleware):
    """One line a request, at its end: its id, the member's, the CPTS, the page and the status."""

    def prepare(self, request: HttpRequest) -> None:
        """Ids alone: the page is told by `process_view`, since looking for it twice is not free."""
        asked_as = get_request_header(request, "x-request-id", "HTTP_X_REQUEST_ID")
        structlog.contextvars.bind_contextvars(request_id=asked_as or str(uuid.uuid4()))
        self.bind_user_id(request)

    def process_view(
        self, request: HttpRequest, view: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> None:
        if "cpts" in kwargs:
            structlog.contextvars.bind_contextvars(cpts=kwargs["cpts"])

    @staticmethod
    def format_request(request: HttpRequest) -> str:
        match = request.resolver_match or _match(request)
        return f"{request.method} {match.view_name if match else '-'}"


def _match(request: HttpRequest) -> ResolverMatch | None:
    """The page asked for, when something answered before the view was found."""
    try:
        return resolve(request.path_info)
    except Resolver404:
        return None
