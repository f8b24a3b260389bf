from django.urls import path

from members.views import (
    admissions,
    application_checks,
    application_places,
    application_private,
)
from members.views import applications as views

urlpatterns = [
    path("adherer/", views.application_choice, name="application_choice"),
    path("adherer/<slug:cpts>/", views.application_start, name="application_start"),
    path(
        "adherer/<slug:cpts>/lieux/ajouter/",
        application_places.application_place,
        name="application_place",
    ),
    path(
        "adherer/<slug:cpts>/lieux/<int:place>/enlever/",
        application_places.application_place_remove,
        name="application_place_remove",
    ),
    path("adherer/<slug:cpts>/lire/<slug:text>/", views.application_text, name="application_text"),
    path(
        "adherer/<slug:cpts>/lire/<slug:text>/pdf/",
        views.application_text_pdf,
        name="application_text_pdf",
    ),
    path(
        "adherer/<slug:cpts>/verification/",
        application_checks.application_check,
        name="application_check",
    ),
    path("adherer/<slug:cpts>/code/", application_checks.application_code, name="application_code"),
    path(
        "adherer/<slug:cpts>/envoyee/", application_checks.application_sent, name="application_sent"
    ),
    path("adherer/<slug:cpts>/<slug:step>/", views.application_step, name="application_step"),
    path(
        "ma-candidature/<str:candidate>/",
        application_private.application_private,
        name="application_private",
    ),
    path(
        "ma-candidature/<str:candidate>/retirer/",
        application_private.application_leave,
        name="application_leave",
    ),
    path("<slug:cpts>/candidatures/", admissions.application_list, name="application_list"),
    path(
        "<slug:cpts>/candidatures/ratifier/",
        admissions.application_ratify,
        name="application_ratify",
    ),
    path(
        "<slug:cpts>/candidatures/<int:application>/",
        admissions.application_detail,
        name="application_detail",
    ),
    path(
        "<slug:cpts>/candidatures/<int:application>/admettre/",
        admissions.application_admit,
        name="application_admit",
    ),
    path(
        "<slug:cpts>/candidatures/<int:application>/refuser/",
        admissions.application_refuse,
        name="application_refuse",
    ),
    path(
        "<slug:cpts>/candidatures/<int:application>/retirer/",
        admissions.application_withdraw,
        name="application_withdraw",
    ),
]
