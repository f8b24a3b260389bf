"""Make the project's file of communes from a CSV prepared from the public sources."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from cpts_portal.core import communes_file


class Command(BaseCommand):
    help = "Refait core/data/communes.csv.xz à partir d’un CSV (voir le README à côté)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("source", type=Path)

    def handle(self, *args: Any, source: Path, **options: Any) -> None:
        with source.open(encoding="utf-8", newline="") as lines:
            rows = communes_file.build(lines, communes_file.PATH)
        self.stdout.write(f"{rows} communes, {communes_file.PATH.stat().st_size} octets.")
