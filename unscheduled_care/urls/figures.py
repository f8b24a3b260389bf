from django.urls import path

from unscheduled_care.views import figures as views

urlpatterns = [
    path("<slug:cpts>/creneaux/chiffres/", views.figures_show, name="figures_show"),
    path("<slug:cpts>/creneaux/chiffres/csv/", views.figures_csv, name="figures_csv"),
    path("<slug:cpts>/creneaux/chiffres/xlsx/", views.figures_xlsx, name="figures_xlsx"),
]
