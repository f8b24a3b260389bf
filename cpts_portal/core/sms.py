"""Text messages: how they are counted, and the ways out of the house."""

from __future__ import annotations

import json
import sys
import unicodedata
import uuid
from abc import ABC, abstractmethod
from http import HTTPStatus
from http.client import HTTPException
from pathlib import Path
from typing import Any, ClassVar, NamedTuple
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from django.conf import settings
from django.utils.module_loading import import_string

from cpts_portal.core.failures import FinalFailure, TemporaryFailure

# 3GPP TS 23.038 § 6.2.1: the default alphabet, and the characters that take two places.
GSM_7 = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_7_TWICE = frozenset("^{}\\[~]|€\f")
TYPOGRAPHY = str.maketrans(
    {"’": "'", "‘": "'", "“": '"', "”": '"', "«": '"', "»": '"', "–": "-", "—": "-", "…": "..."}
    | {"œ": "oe", "Œ": "OE"}
)


def plain(text: str) -> str:
    """`text` on one line, in the GSM alphabet where French allows it ("ç" becomes "c").

    One other character would halve what a text message holds. What has no plain form is kept.
    """
    line = " ".join(text.split()).replace("« ", "«").replace(" »", "»").translate(TYPOGRAPHY)
    return "".join(_plain_character(character) for character in line)


def segments(text: str) -> int:
    """How many messages the operator will bill: 160 GSM characters or 70 others fit in one."""
    if all(character in GSM_7 or character in GSM_7_TWICE for character in text):
        length = len(text) + sum(character in GSM_7_TWICE for character in text)
        single, part = 160, 153
    else:
        length = len(text.encode("utf-16-be")) // 2
        single, part = 70, 67
    return 1 if length <= single else -(-length // part)


def _plain_character(character: str) -> str:
    if character in GSM_7 or character in GSM_7_TWICE:
        return character
    bare = "".join(c for c in unicodedata.normalize("NFKD", character) if c in GSM_7)
    return bare or character


class SmsBackend(ABC):
    """A way out for text messages; `options` is settings.SMS_OPTIONS."""

    def __init__(self, **options: Any) -> None:
        self.options = options

    @abstractmethod
    def send(self, to: str, text: str) -> str:
        """Hand `text` over for `to` (E.164); the provider's id, or "" if it gives none.

        Raises TemporaryFailure or FinalFailure.
        """


class ConsoleBackend(SmsBackend):
    def send(self, to: str, text: str) -> str:
        sys.stdout.write(f"SMS {to}\n{text}\n")
        return ""


class FileBackend(SmsBackend):
    """One JSON file a message in `folder`, else in the demo's outbox."""

    def send(self, to: str, text: str) -> str:
        folder = Path(self.options.get("folder") or settings.DEMO_OUTBOX_DIR / "sms")
        folder.mkdir(parents=True, exist_ok=True)
        name = uuid.uuid4().hex
        (folder / f"{name}.json").write_text(json.dumps({"to": to, "text": text}))
        return name


class Sms(NamedTuple):
    to: str
    text: str


class LocmemBackend(SmsBackend):
    """For tests: what left is in `sent`."""

    sent: ClassVar[list[Sms]] = []

    def send(self, to: str, text: str) -> str:
        self.sent.append(Sms(to, text))
        return str(len(self.sent))


class HttpBackend(SmsBackend):
    """A provider's HTTP interface: one JSON POST a message.

    Options: `url` (https), `token` (sent as a bearer), `sender`, `timeout` in seconds (10);
    `to_key`, `text_key`, `sender_key` and `id_key` name the fields, where a provider differs.
    """

    REFUSED = frozenset(
        {HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY}
    )

    def send(self, to: str, text: str) -> str:
        try:
            with urlopen(self._request(to, text), timeout=self._timeout) as response:  # noqa: S310
                return self._provider_id(response.read(100_000))
        except HTTPError as error:
            error.close()
            failure = FinalFailure if error.code in self.REFUSED else TemporaryFailure
            raise failure(f"sms_http_{error.code}") from None
        except TimeoutError:
            raise TemporaryFailure("sms_timeout") from None
        except (OSError, HTTPException):
            raise TemporaryFailure("sms_unreachable") from None

    @property
    def _timeout(self) -> float:
        return float(self.options.get("timeout", 10))

    def _request(self, to: str, text: str) -> Request:
        option = self.options.get
        payload = {
            option("to_key", "to"): to,
            option("text_key", "text"): text,
            option("sender_key", "sender"): option("sender", ""),
        }
        headers = {
            "Authorization": f"Bearer {option('token', '')}",
            "Content-Type": "application/json",
        }
        url = str(self.options["url"])
        if not url.startswith(("https://", "http://127.0.0.1:", "http://localhost:")):
            raise TemporaryFailure("sms_url_not_https")
        return Request(url, json.dumps(payload).encode(), headers)  # noqa: S310

    def _provider_id(self, answer: bytes) -> str:
        try:
            read = json.loads(answer)
        except ValueError:
            return ""
        found = read.get(self.options.get("id_key", "id"), "") if isinstance(read, dict) else ""
        return str(found)[:80]


def is_available() -> bool:
    return bool(settings.SMS_BACKEND)


def get_backend() -> SmsBackend:
    """The backend of settings.SMS_BACKEND; TemporaryFailure while none is set."""
    if not is_available():
        raise TemporaryFailure("sms_not_set_up")
    backend: SmsBackend = import_string(settings.SMS_BACKEND)(**settings.SMS_OPTIONS)
    return backend
