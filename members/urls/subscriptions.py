from django.urls import path

from members.views import subscriptions as views

urlpatterns = [
    path("<slug:cpts>/cotisations/", views.subscription_list, name="subscription_list"),
    path(
        "<slug:cpts>/cotisations/noter/",
        views.subscription_note_many,
        name="subscription_note_many",
    ),
    path(
        "<slug:cpts>/adhesions/<int:member>/annee/",
        views.subscription_open,
        name="subscription_open",
    ),
    path(
        "<slug:cpts>/cotisations/<int:year>/noter/",
        views.subscription_note,
        name="subscription_note",
    ),
    path(
        "<slug:cpts>/cotisations/<int:year>/exonerer/",
        views.subscription_waive,
        name="subscription_waive",
    ),
    path(
        "<slug:cpts>/cotisations/<int:year>/reprendre/",
        views.subscription_take_back,
        name="subscription_take_back",
    ),
    path(
        "<slug:cpts>/cotisations/<int:year>/recu.pdf",
        views.subscription_receipt,
        name="subscription_receipt",
    ),
]
