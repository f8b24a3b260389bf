from django.apps import AppConfig

from cpts_portal.core import logs


class CoreConfig(AppConfig):
    name = "cpts_portal.core"
    label = "core"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        logs.configure()
