from django.urls import path

from members.views import imports as views
from members.views import register

urlpatterns = [
    path("<slug:cpts>/import/", views.import_list, name="import_list"),
    path("<slug:cpts>/import/modele.csv", views.import_model, name="import_model"),
    path("<slug:cpts>/import/rpps/", register.register_list, name="register_list"),
    path(
        "<slug:cpts>/import/rpps/<int:difference>/reprendre/",
        register.register_approve,
        name="register_approve",
    ),
    path(
        "<slug:cpts>/import/rpps/<int:difference>/ecarter/",
        register.register_dismiss,
        name="register_dismiss",
    ),
    path("<slug:cpts>/import/<int:batch>/", views.import_detail, name="import_detail"),
    path("<slug:cpts>/import/<int:batch>/lire/", views.import_read, name="import_read"),
    path(
        "<slug:cpts>/import/<int:batch>/lignes/<int:line>/",
        views.import_choose,
        name="import_choose",
    ),
    path("<slug:cpts>/import/<int:batch>/importer/", views.import_apply, name="import_apply"),
    path("<slug:cpts>/import/<int:batch>/annuler/", views.import_undo, name="import_undo"),
    path("<slug:cpts>/import/<int:batch>/abandonner/", views.import_discard, name="import_discard"),
    path(
        "<slug:cpts>/import/<int:batch>/resultat.csv", views.import_results, name="import_results"
    ),
]
