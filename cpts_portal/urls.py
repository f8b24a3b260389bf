"""The house's front doors; each app's own file reads like a menu."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("", include("cpts_portal.core.urls")),
    path("compte/", include("allauth.urls")),
    path("administration/", admin.site.urls),
    path("", include("patients.urls")),
    path("", include("members.urls")),
    path("", include("cpts_portal.board.urls")),
]
