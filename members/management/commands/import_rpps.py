"""Load the public extraction of the RPPS, then compare each CPTS's members with it."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from cpts_portal.core import rpps_file
from cpts_portal.core.models import Commune
from cpts_portal.core.scoping import open_scope, scopes_disabled
from members.actions.register import compare_with_register, replace_register
from members.models import Cpts, CptsCommune

NAMED_DAY = re.compile(r"(20\d{2})(\d{2})(\d{2})")


class Command(BaseCommand):
    help = (
        "Lit l’extraction RPPS en libre accès (fichier texte ou ZIP), garde les lignes des"
        " communes des CPTS, puis dit ce qui diffère pour leurs membres."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("path", type=Path, help="le fichier PS_LibreAcces_Personne_activite")
        parser.add_argument(
            "--date",
            type=date.fromisoformat,
            help="jour de l’extraction, AAAA-MM-JJ ; sans cela, celui du nom du fichier",
        )

    def handle(self, *args: Any, path: Path, **options: Any) -> None:
        extracted_on = options["date"] or day_in(path.name)
        if extracted_on is None:
            raise CommandError("Le nom du fichier ne dit pas le jour : ajoutez --date.")
        counts = rpps_file.Counts()
        try:
            kept = _load(path, extracted_on, counts)
        except (OSError, ValidationError) as refusal:
            raise CommandError(_told(refusal)) from refusal
        self.stdout.write(
            f"{counts.lines} lignes lues, {kept} gardées, {counts.broken} abîmées,"
            f" {counts.other_ids} sous un autre identifiant."
        )
        for cpts in Cpts.objects.filter(is_active=True):
            with open_scope(cpts=cpts):
                self.stdout.write(f"{cpts} : {compare_with_register(cpts)} différences nouvelles.")


def _load(path: Path, extracted_on: date, counts: rpps_file.Counts) -> int:
    with scopes_disabled():
        wanted = set(CptsCommune.objects.values_list("commune_id", flat=True))
    activities = rpps_file.read(path, communes=wanted, counts=counts)
    known = set(Commune.objects.filter(pk__in=wanted).values_list("pk", flat=True))
    return replace_register(activities, extracted_on=extracted_on, communes=known)


def day_in(name: str) -> date | None:
    """The day in « PS_LibreAcces_Personne_activite_202611150830.txt »; None if there is none."""
    for year, month, day in NAMED_DAY.findall(name):
        try:
            return date(int(year), int(month), int(day))
        except ValueError:
            continue
    return None


def _told(refusal: Exception) -> str:
    return refusal.messages[0] if isinstance(refusal, ValidationError) else str(refusal)
