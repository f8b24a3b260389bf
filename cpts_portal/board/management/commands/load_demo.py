from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from cpts_portal.board.demo import loading


class Command(BaseCommand):
    help = "Charge la démonstration ; relancée, la commande ne change rien."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("Ces comptes sont connus de tous : seulement avec DEMO=1.")
        call_command("load_communes", stdout=self.stdout)
        loading.load(self.stdout.write)
        call_command("demo_accounts", stdout=self.stdout)
