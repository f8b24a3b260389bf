from __future__ import annotations

from django.urls import path

from prevention.views import reminders as views

PLAN = "<slug:cpts>/prevention/rappels/<int:plan>/"

urlpatterns = [
    path("<slug:cpts>/prevention/rappels/", views.reminder_tomorrow, name="reminder_tomorrow"),
    path(
        "<slug:cpts>/prevention/rappels/tout-arreter/",
        views.reminder_stop_all,
        name="reminder_stop_all",
    ),
    path(
        "<slug:cpts>/prevention/campagnes/<int:campaign>/rappels/nouveau/",
        views.plan_new,
        name="plan_new",
    ),
    path(PLAN, views.plan_preview, name="plan_preview"),
    path(f"{PLAN}modifier/", views.plan_edit, name="plan_edit"),
    path(f"{PLAN}activer/", views.plan_activate, name="plan_activate"),
    path(f"{PLAN}arreter/", views.plan_stop, name="plan_stop"),
    path(f"{PLAN}approuver/", views.plan_approve, name="plan_approve"),
    path(f"{PLAN}essayer/", views.plan_test, name="plan_test"),
]
