from django.urls import path

from unscheduled_care.views import waiting

urlpatterns = [
    path("mon-attente/<str:token>/", waiting.waiting_show, name="waiting_show"),
    path("mon-attente/<str:token>/accepter/", waiting.waiting_accept, name="waiting_accept"),
    path("mon-attente/<str:token>/decliner/", waiting.waiting_decline, name="waiting_decline"),
    path("mon-attente/<str:token>/retirer/", waiting.waiting_leave, name="waiting_leave"),
    path("<slug:cpts>/liste-d-attente/", waiting.waiting_list, name="waiting_list"),
    path("<slug:cpts>/liste-d-attente/ajouter/", waiting.waiting_new, name="waiting_new"),
    path(
        "<slug:cpts>/liste-d-attente/<int:entry>/reponse/",
        waiting.waiting_answer,
        name="waiting_answer",
    ),
    path(
        "<slug:cpts>/liste-d-attente/<int:entry>/retirer/",
        waiting.waiting_remove,
        name="waiting_remove",
    ),
]
