"""A file beyond a ceiling is let go of as it arrives: neither memory nor disk ever holds it."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.files.uploadhandler import FileUploadHandler, StopUpload
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt, csrf_protect

PIECE = 64 * 1024
View = Callable[..., HttpResponse]


class Ceiling(FileUploadHandler):
    """Stops at the first byte beyond `at_most`; the rest is read and thrown away.

    The sender then gets an answer rather than a broken connection. Django's own way of reading
    the rest goes by lines: a file on one line would stand in memory whole.
    """

    def __init__(self, request: HttpRequest, at_most: int) -> None:
        super().__init__(request)
        self.at_most = at_most

    def handle_raw_input(self, input_data: Any, *args: Any, **kwargs: Any) -> None:
        self.body = input_data

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        if start + len(raw_data) > self.at_most:
            self.request.has_too_large_file = True  # type: ignore[union-attr]
            while self.body.read(PIECE):
                pass
            raise StopUpload(connection_reset=True)
        return raw_data

    def file_complete(self, file_size: int) -> None:
        """The next handler keeps the file."""


def files_at_most(size: int) -> Callable[[View], View]:
    """Each file sent to the view has `size` bytes at most; ask `is_too_large` about the others.

    The check of the CSRF token, which reads the body, comes after: hence the two decorators.
    The token stands before the file in the form.
    """

    def guard(view: View) -> View:
        protected = csrf_protect(view)

        @csrf_exempt
        @wraps(view)
        def guarded(request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
            request.upload_handlers.insert(0, Ceiling(request, size))
            return protected(request, *args, **kwargs)

        return guarded

    return guard


def is_too_large(request: HttpRequest) -> bool:
    """Whether a file of this request went beyond its ceiling; it is not in `request.FILES`."""
    _body_is_read = request.POST
    return getattr(request, "has_too_large_file", False)
