"""The way through the candidate's form, as a browser without JavaScript walks it."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cpts_portal.core.models import Message
from members.models import Application, College, Cpts
from tests.factories import CommuneFactory, CptsCommuneFactory, ProfessionFactory

RPPS = "10101010105"
OTHER_RPPS = "10000000017"
EMAIL = "elise@sante.example"


def settle(cpts: Cpts) -> None:
    """What the form looks up: a commune and a profession."""
    commune = CommuneFactory(
        insee_code="62491", name="Laventie", search_name="laventie", postal_codes=["62840"]
    )
    CptsCommuneFactory(cpts=cpts, commune=commune)
    ProfessionFactory()


def url(cpts: Cpts, name: str = "step", *arguments: Any, **query: str) -> str:
    return reverse(f"members:application_{name}", args=[cpts.slug, *arguments], query=query or None)


def answers(college: College) -> dict[str, dict[str, Any]]:
    """A whole form, by page."""
    return {
        "vous": {
            "college": college.pk,
            "title": "Dr",
            "last_name": "D’Hœdt",
            "first_name": "Élise",
        },
        "profession": {"profession": "medecin-generaliste", "rpps": RPPS},
        "coordonnees": {"email": EMAIL, "phone": "06 39 98 12 34", "mssante": ""},
        "competences": {"other_skills": "Médecine de montagne"},
    }


PLACE = {
    "name": "Cabinet du Pont",
    "kind": "surgery",
    "address": "2 rue du Pont",
    "where": "Laventie",
    "phone": "",
    "finess": "",
    "hours_1": "9h-12h, 14h-19h",
}


def fill(client: Client, college: College, **changes: dict[str, Any]) -> None:
    """Answer every page up to the check; `changes` by page."""
    cpts = college.cpts
    for step, typed in answers(college).items():
        sent = client.post(url(cpts, "step", step), {**typed, **changes.get(step, {})})
        assert sent.status_code == 302, (step, sent.context["form"].errors)
    pledge(client, cpts)
    age_draft()


def fill_partner(client: Client, college: College, **changes: Any) -> None:
    told = answers(college)
    cpts = college.cpts
    client.post(url(cpts, "step", "vous"), told["vous"])
    client.post(url(cpts, "step", "profession"), {"organisation": "EHPAD des Tilleuls"})
    client.post(url(cpts, "step", "coordonnees"), {**told["coordonnees"], **changes})
    pledge(client, cpts)
    age_draft()


def pledge(client: Client, cpts: Cpts, **changes: Any) -> Any:
    """Accept the texts that the page shows."""
    page = url(cpts, "step", "engagement")
    shown = client.get(page).context["form"]["shown"].value()
    return client.post(page, {"accepts": "on", "shown": shown, "words": "", **changes})


def age_draft() -> None:
    """As if she had taken her time."""
    begun = timezone.now() - timedelta(minutes=5)
    Application.objects.filter(status="draft").update(created_at=begun)


def ask_code(client: Client, cpts: Cpts) -> str:
    """The six digits that her mail tells."""
    client.post(url(cpts, "check"))
    body = Message.objects.filter(purpose="members.application_code").latest("created_at").body
    [code] = re.findall(r"\b\d{6}\b", body)
    return str(code)


def submit(client: Client, cpts: Cpts) -> Any:
    return client.post(url(cpts, "code"), {"code": ask_code(client, cpts)})
