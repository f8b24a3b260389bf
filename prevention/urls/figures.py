from __future__ import annotations

from django.urls import path

from prevention.views import figures as views

FIGURES = "<slug:cpts>/prevention/chiffres/"

urlpatterns = [
    path(FIGURES, views.prevention_figures, name="prevention_figures"),
    path(f"{FIGURES}csv/", views.prevention_figures_csv, name="prevention_figures_csv"),
    path(f"{FIGURES}xlsx/", views.prevention_figures_xlsx, name="prevention_figures_xlsx"),
]
