from __future__ import annotations

from django.urls import path

from prevention.views import sessions as views

SESSION = "<slug:cpts>/prevention/seances/<int:session>"

urlpatterns = [
    path("<slug:cpts>/prevention/seances/", views.session_list, name="session_list"),
    path(
        "<slug:cpts>/prevention/campagnes/<int:campaign>/seances/nouvelle/",
        views.session_new,
        name="session_new",
    ),
    path(f"{SESSION}/", views.session_show, name="session_show"),
    path(f"{SESSION}/modifier/", views.session_edit, name="session_edit"),
    path(f"{SESSION}/repeter/", views.session_repeat, name="session_repeat"),
    path(f"{SESSION}/annuler/", views.session_cancel, name="session_cancel"),
    path(f"{SESSION}/cloturer/", views.session_hold, name="session_hold"),
]
