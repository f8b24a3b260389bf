"""The Celery application: it only wakes work that the database already holds."""

import os

from celery import Celery
from celery.signals import beat_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cpts_portal.settings")

app = Celery("cpts_portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@beat_init.connect
def beat_at_once(**_: object) -> None:
    """The first heartbeat does not wait for its interval: /readyz knows us from the start."""
    app.send_task("core.beat")
