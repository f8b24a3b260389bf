from __future__ import annotations

from django.urls import path

from prevention.views import unsubscribing as views

urlpatterns = [
    path("desabonnement/<str:token>/", views.unsubscribe, name="unsubscribe"),
    path(
        "mon-inscription/<str:token>/rappels/",
        views.registration_reminders,
        name="registration_reminders",
    ),
]
