"""The glossary knows each table by its name in the code, once."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from django.apps import apps
from django.conf import settings

LINES = (settings.BASE_DIR / "docs" / "glossary.md").read_text(encoding="utf-8").splitlines()
ENTRIES = [line.strip("| ").split(" | ") for line in LINES if line.startswith("| ")][1:]
WORDS = Counter(word for entry in ENTRIES for word in re.findall(r"`(\w+)`", entry[0]))
OURS = ("core", "members", "patients", "unscheduled_care", "prevention")


@pytest.mark.parametrize("app", OURS)
def test_each_table_is_in_the_glossary(app: str) -> None:
    tables = {model.__name__ for model in apps.get_app_config(app).get_models()}
    history = {name for name in tables if name.removesuffix("Event") in tables - {name}}

    assert tables - history <= {*WORDS}


def test_each_line_has_a_word_a_screen_and_a_meaning() -> None:
    assert [entry for entry in ENTRIES if len(entry) != 3 or not all(entry)] == []


def test_a_word_stands_in_one_line_alone() -> None:
    assert [word for word, times in WORDS.items() if times > 1] == []
