from django.apps import AppConfig


class UnscheduledCareConfig(AppConfig):
    name = "unscheduled_care"
    default_auto_field = "django.db.models.BigAutoField"
