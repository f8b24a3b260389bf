"""Draw docs/lifecycles.md, or say that it is no longer what the code says."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from cpts_portal.core.lifecycle_drawing import document


class Command(BaseCommand):
    help = "Dessine docs/lifecycles.md ; avec --check, échoue s’il ne suit plus le code."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true")

    def handle(self, *args: Any, check: bool, **options: Any) -> None:
        path = Path(settings.BASE_DIR) / "docs" / "lifecycles.md"
        drawn = document()
        if not check:
            path.write_text(drawn, encoding="utf-8")
        elif not path.exists() or path.read_text(encoding="utf-8") != drawn:
            raise CommandError(
                "docs/lifecycles.md ne suit plus le code : lancez « manage.py lifecycles »."
            )
