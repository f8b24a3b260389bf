from __future__ import annotations

from django.urls import path

from prevention.views import door as views
from prevention.views import feedback

SESSION = "<slug:cpts>/prevention/seances/<int:session>/entree/"

urlpatterns = [
    path(SESSION, views.door_show, name="door_show"),
    path(f"{SESSION}liste.pdf", views.door_list, name="door_list"),
    path(f"{SESSION}<int:registration>/pointer/", views.door_note, name="door_note"),
    path(f"{SESSION}sans-inscription/", views.door_walk_in, name="door_walk_in"),
    path(f"{SESSION}compter/", views.door_count, name="door_count"),
    path(
        "mon-inscription/<str:token>/avis/",
        feedback.registration_feedback,
        name="registration_feedback",
    ),
]
