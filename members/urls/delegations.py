from django.urls import path

from members.views import delegations as views

urlpatterns = [
    path("<slug:cpts>/delegations/", views.delegation_list, name="delegation_list"),
    path("<slug:cpts>/delegations/nommer/", views.delegation_grant, name="delegation_grant"),
    path(
        "<slug:cpts>/delegations/<int:delegation>/retirer/",
        views.delegation_revoke,
        name="delegation_revoke",
    ),
]
