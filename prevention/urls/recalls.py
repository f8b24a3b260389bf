from __future__ import annotations

from django.urls import path

from prevention.views import recalls as views

LISTS = "<slug:cpts>/prevention/rappels-de-patients/"
HERS = "mon-rappel/<str:token>/"

urlpatterns = [
    path(LISTS, views.recall_list, name="recall_list"),
    path(f"{LISTS}nouvelle/", views.recall_new, name="recall_new"),
    path(f"{LISTS}<int:recall_list>/", views.recall_detail, name="recall_detail"),
    path(f"{LISTS}<int:recall_list>/ajouter/", views.recall_add, name="recall_add"),
    path(f"{LISTS}<int:recall_list>/clore/", views.recall_close, name="recall_close"),
    path(f"{LISTS}personnes/<int:recalled>/", views.recall_settle, name="recall_settle"),
    path(HERS, views.recall_show, name="recall_show"),
    path(f"{HERS}fait/", views.recall_done, name="recall_done"),
    path(f"{HERS}plus-de-rappel/", views.recall_refuse, name="recall_refuse"),
]
