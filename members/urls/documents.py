from django.urls import path

from members.views import documents as views

urlpatterns = [
    path("<slug:cpts>/documents/", views.document_list, name="document_list"),
    path("<slug:cpts>/documents/nouveau/", views.document_new, name="document_new"),
    path("<slug:cpts>/documents/<int:document>/", views.document_detail, name="document_detail"),
    path("<slug:cpts>/documents/<int:document>/pdf/", views.document_file, name="document_file"),
    path(
        "<slug:cpts>/documents/<int:document>/modifier/", views.document_edit, name="document_edit"
    ),
    path(
        "<slug:cpts>/documents/<int:document>/publier/",
        views.document_publish,
        name="document_publish",
    ),
    path(
        "<slug:cpts>/documents/<int:document>/supprimer/",
        views.document_discard,
        name="document_discard",
    ),
]
