"""Erase what the retention calendar says is due, as the nightly task does."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from cpts_portal.core import retention


class Command(BaseCommand):
    help = "Efface ce dont la durée de conservation est échue ; --dry-run compte seulement."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="compter sans rien effacer")

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        counts = retention.due_now(now) if options["dry_run"] else retention.run(now).counts
        for rule in retention.rules():
            count = counts[rule.name]
            told = "échec, voir les journaux" if count is None else count
            self.stdout.write(f"{rule.name:<28} {rule.label} : {told}")
        if None in counts.values():
            raise CommandError("Une règle au moins a échoué.")
