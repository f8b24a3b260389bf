from __future__ import annotations

from django.urls import path

from prevention.views import rota as views

PREVENTION = "<slug:cpts>/prevention"
SHIFT = f"{PREVENTION}/postes/<int:shift>"
VOLUNTEER = f"{PREVENTION}/benevoles/<int:volunteer>"

urlpatterns = [
    path(f"{PREVENTION}/participer/", views.rota_list, name="rota_list"),
    path(f"{PREVENTION}/seances/<int:session>/postes/nouveau/", views.shift_new, name="shift_new"),
    path(f"{SHIFT}/", views.shift_edit, name="shift_edit"),
    path(f"{SHIFT}/retirer/", views.shift_remove, name="shift_remove"),
    path(f"{SHIFT}/prendre/", views.shift_take, name="shift_take"),
    path(f"{SHIFT}/ajouter/", views.volunteer_add, name="volunteer_add"),
    path(f"{VOLUNTEER}/se-retirer/", views.volunteer_leave, name="volunteer_leave"),
    path(f"{VOLUNTEER}/chercher/", views.volunteer_seek, name="volunteer_seek"),
    path(f"{VOLUNTEER}/garder/", views.volunteer_keep, name="volunteer_keep"),
    path(f"{VOLUNTEER}/remplacer/", views.volunteer_relieve, name="volunteer_relieve"),
]
