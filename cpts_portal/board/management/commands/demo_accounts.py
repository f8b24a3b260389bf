from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.urls import reverse

from cpts_portal.board.demo.queue import PRIVATE_TOKEN
from members import demo


class Command(BaseCommand):
    help = "Écrit l’adresse de connexion et les comptes de la démonstration, un par rôle."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("Il n’y a de comptes de démonstration qu’avec DEMO=1.")
        self.stdout.write(f"  {settings.PUBLIC_URL}{reverse('account_login')}")
        for username, role in demo.ACCOUNTS.items():
            self.stdout.write(f"  {role.label:<28}{username:<16}{demo.PASSWORD}")
        page = reverse("patients:private_show", args=[PRIVATE_TOKEN])
        self.stdout.write(f"  {'Page privée d’une patiente':<28}{settings.PUBLIC_URL}{page}")
