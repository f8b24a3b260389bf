from django.urls import path

from members.views import factor_resets as views

urlpatterns = [
    path("<slug:cpts>/protections/", views.factor_reset_list, name="factor_reset_list"),
    path("<slug:cpts>/protections/ouvrir/", views.factor_reset_open, name="factor_reset_open"),
    path(
        "<slug:cpts>/protections/<int:reset>/confirmer/",
        views.factor_reset_confirm,
        name="factor_reset_confirm",
    ),
    path(
        "<slug:cpts>/protections/<int:reset>/annuler/",
        views.factor_reset_cancel,
        name="factor_reset_cancel",
    ),
]
