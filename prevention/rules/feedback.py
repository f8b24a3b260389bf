"""Who says what she thought of a session, and when."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from prevention.models import Registration, RegistrationStatus
from prevention.rules.registrations import is_its_person


def may_answer(by: Any, registration: Registration) -> bool:
    """Whoever came, herself."""
    came = registration.status == RegistrationStatus.ATTENDED
    return came and is_its_person(by, registration)


def is_time_to_answer(registration: Registration, now: datetime) -> bool:
    """Once the session is over."""
    return registration.session.ends_at <= now


def is_asked(registration: Registration, now: datetime) -> bool:
    """Whether her page leads to the questions: she came, it is over, she has not answered."""
    came = registration.status == RegistrationStatus.ATTENDED
    return came and is_time_to_answer(registration, now) and not registration.has_answered
