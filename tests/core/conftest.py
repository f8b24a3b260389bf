"""Messages for tests: templates of their own, one posting at a time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from cpts_portal.core import outbox
from cpts_portal.core.models import Message

TEMPLATES = Path(__file__).parent / "templates"


@pytest.fixture(autouse=True)
def note_templates(settings: Any) -> None:
    [engine] = settings.TEMPLATES
    settings.TEMPLATES = [{**engine, "DIRS": [*engine["DIRS"], TEMPLATES]}]


@pytest.fixture
def post_note():
    """Post one e-mail to Odile, in a transaction of its own, changed by the keywords given."""

    def post(**changes: Any) -> Message | None:
        asked = {
            "channel": "email",
            "recipient": "odile.garnier@courriel.example",
            "purpose": "tests.note",
            "occurrence": "1",
            "template": "tests/note",
            "context": {"who": "Odile d’O'Neil"},
        }
        with transaction.atomic():
            return outbox.post(**{**asked, **changes})

    return post
