from __future__ import annotations

from django.urls import path

from prevention.views import unsubscribing as views

urlpatterns = [
    path("desabonnement/<str:way>/", views.unsubscribe, name="unsubscribe"),
    path(
        "mon-inscription/<str:token>/rappels/",
        views.registration_reminders,
        name="registration_reminders",
    ),
]
