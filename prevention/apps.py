from django.apps import AppConfig


class PreventionConfig(AppConfig):
    name = "prevention"
    default_auto_field = "django.db.models.BigAutoField"
