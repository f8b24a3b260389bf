from django.urls import path

from members.views import newcomers, welcome_settings

public_urlpatterns = [
    path("adherer/<slug:cpts>/aides/", welcome_settings.aid_public, name="aid_public"),
]
"""Goes before the steps of an application, which would take it for one of theirs."""

urlpatterns = [
    path("<slug:cpts>/mes-premiers-pas/", newcomers.welcome_show, name="welcome_show"),
    path(
        "<slug:cpts>/mes-premiers-pas/etapes/<int:welcome_step>/",
        newcomers.welcome_tick,
        name="welcome_tick",
    ),
    path(
        "<slug:cpts>/mes-premiers-pas/presentation/",
        newcomers.welcome_consent,
        name="welcome_consent",
    ),
    path("<slug:cpts>/nouveaux/", newcomers.newcomer_list, name="newcomer_list"),
    path("<slug:cpts>/nouveaux/ouvrir/", newcomers.newcomer_start, name="newcomer_start"),
    path("<slug:cpts>/nouveaux/<int:welcome>/", newcomers.newcomer_detail, name="newcomer_detail"),
    path(
        "<slug:cpts>/nouveaux/<int:welcome>/terminer/",
        newcomers.newcomer_finish,
        name="newcomer_finish",
    ),
    path(
        "<slug:cpts>/reglages/accueil/",
        welcome_settings.welcome_step_list,
        name="welcome_step_list",
    ),
    path(
        "<slug:cpts>/reglages/accueil/nouvelle/",
        welcome_settings.welcome_step_new,
        name="welcome_step_new",
    ),
    path(
        "<slug:cpts>/reglages/accueil/<int:welcome_step>/",
        welcome_settings.welcome_step_edit,
        name="welcome_step_edit",
    ),
    path("<slug:cpts>/installation/", welcome_settings.aid_list, name="aid_list"),
    path("<slug:cpts>/installation/nouvelle/", welcome_settings.aid_new, name="aid_new"),
    path("<slug:cpts>/installation/<int:aid>/", welcome_settings.aid_edit, name="aid_edit"),
]
