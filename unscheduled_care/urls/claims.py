from django.urls import path

from unscheduled_care.views import claims as views

urlpatterns = [
    path("<slug:cpts>/reservations/", views.claim_list, name="claim_list"),
    path("<slug:cpts>/reservations/<int:claim>/", views.claim_show, name="claim_show"),
    path("<slug:cpts>/reservations/<int:claim>/annuler/", views.claim_cancel, name="claim_cancel"),
    path("<slug:cpts>/reservations/<int:claim>/suite/", views.claim_outcome, name="claim_outcome"),
    path(
        "<slug:cpts>/reservations/<int:claim>/medecin-traitant/",
        views.claim_gp_search,
        name="claim_gp_search",
    ),
]
