"""The house's front doors; each app's own file reads like a menu."""

from django.contrib import admin
from django.urls import include, path

from cpts_portal.core import health

handler500 = "cpts_portal.core.unavailable.server_error"

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("", include("cpts_portal.core.urls")),
    path("compte/", include("allauth.urls")),
    path("administration/", admin.site.urls),
    path("", include("patients.urls")),
    path("", include("members.urls")),
    path("", include("unscheduled_care.urls")),
    path("", include("prevention.urls")),
    path("", include("cpts_portal.board.urls")),
]
