from django.apps import AppConfig
from django.core.checks import register

from cpts_portal.core import checks, logs


class CoreConfig(AppConfig):
    name = "cpts_portal.core"
    label = "core"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        register(checks.check_encryption_keys)
        logs.configure()
