from django.urls import path

from members.views import invitations as views

urlpatterns = [
    path("invitation/rattacher/", views.invitation_claim, name="invitation_claim"),
    path("invitation/<str:token>/", views.invitation_show, name="invitation_show"),
    path("<slug:cpts>/invitations/", views.invitation_list, name="invitation_list"),
    path("<slug:cpts>/invitations/toutes/", views.invitation_send_all, name="invitation_send_all"),
    path(
        "<slug:cpts>/invitations/<int:member>/envoyer/",
        views.invitation_send,
        name="invitation_send",
    ),
    path(
        "<slug:cpts>/invitations/<int:member>/retirer/",
        views.invitation_revoke,
        name="invitation_revoke",
    ),
]
