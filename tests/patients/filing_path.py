"""The way through the public form, as a browser without JavaScript walks it."""

from __future__ import annotations

import re
from typing import Any

from django.test import Client
from django.urls import reverse

from cpts_portal.core.models import Message
from patients.models import RequestDraft

ANSWERS: dict[str, dict[str, Any]] = {
    "pour-qui": {"filed_for_whom": "self"},
    "commune": {"postal_code": "62840", "shown": "62840", "commune": "62491"},
    "medecin-traitant": {"no_gp_reason": "retired"},
    "situation": {"situations": ["has_ald"]},
    "identite": {
        "civility": "mme",
        "last_name": "D’Hœdt-Œuvrard",
        "first_name": "Marie-Hélène",
        "birth_date_day": "27",
        "birth_date_month": "3",
        "birth_date_year": "1948",
    },
    "contact": {
        "phone": "06 39 98 12 34",
        "email": "",
        "best_hours": "morning",
        "contact_name": "",
        "contact_phone": "",
    },
    "preferences": {"travel_km": "10", "spoken_languages": "", "words": ""},
    "accord": {"is_agreed": "on"},
}
CHECK, CODE = "verification", "code"


def step_url(slug: str, **query: str) -> str:
    return reverse("patients:filing_step", args=[slug], query=query or None)


def answer(client: Client, slug: str, **changes: Any) -> Any:
    return client.post(step_url(slug), {**ANSWERS[slug], **changes})


def fill(client: Client, *, until: str = "", after: str = "", **changes: dict[str, Any]) -> None:
    """Answer the questions before `until` and from `after` on; `changes` by slug, - being _."""
    slugs = list(ANSWERS)
    for slug in slugs[slugs.index(after) if after else 0 :]:
        if slug == until:
            break
        response = answer(client, slug, **changes.get(slug.replace("-", "_"), {}))
        assert response.status_code == 302, (slug, response.context["form"].errors)
    age_draft(client)


def age_draft(client: Client) -> None:
    """As if she had taken her time."""
    RequestDraft.objects.update(created_at="2020-01-01T00:00Z")


def ask_code(client: Client, channel: str = "sms") -> Any:
    return client.post(reverse("patients:filing_check"), {"channel": channel})


def last_code() -> str:
    message = Message.objects.filter(purpose="patients.request_code").latest("created_at")
    found = re.search(r"\b[0-9]{6}\b", message.body)
    assert found is not None
    return found.group()


def send_code(client: Client, code: str) -> Any:
    return client.post(reverse("patients:filing_code"), {"code": code})


def file(client: Client, *, channel: str = "sms", **changes: dict[str, Any]) -> Any:
    """The whole way; returns the confirmation page."""
    fill(client, **changes)
    ask_code(client, channel)
    return client.get(send_code(client, last_code()).url)
