from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from cpts_portal.core.scoping import open_scope
from members.actions import communities
from members.models import Cpts


class Command(BaseCommand):
    help = (
        "Donne à une CPTS ses collèges, missions, instances et étapes d’accueil ; relancée, la"
        " commande ne change rien."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug", help="l’adresse de la CPTS, par exemple artois-lys")

    def handle(self, *args: Any, **options: Any) -> None:
        cpts = Cpts.objects.filter(slug=options["slug"]).first()
        if cpts is None:
            raise CommandError(f"Aucune CPTS n’a l’adresse « {options['slug']} ».")
        with open_scope(cpts=cpts):
            communities.prepare(cpts)
        if options["verbosity"]:
            self.stdout.write(f"{cpts.name} est prête.")
