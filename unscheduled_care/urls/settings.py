from django.urls import path

from unscheduled_care.views import settings as views

urlpatterns = [
    path("<slug:cpts>/creneaux/reglages/", views.care_settings, name="care_settings"),
    path("<slug:cpts>/creneaux/reglages/sas/", views.sas_name, name="sas_name"),
    path(
        "<slug:cpts>/creneaux/reglages/sas/<int:sas>/retirer/", views.sas_unname, name="sas_unname"
    ),
]
