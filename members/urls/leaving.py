from django.urls import path

from members.views import leaving as views

urlpatterns = [
    path("<slug:cpts>/mon-depart/", views.leaving_show, name="leaving_show"),
    path("<slug:cpts>/mon-depart/mes-donnees.json", views.leaving_data, name="leaving_data"),
    path("<slug:cpts>/mon-depart/mes-donnees.pdf", views.leaving_paper, name="leaving_paper"),
    path("<slug:cpts>/mon-depart/confirmer/", views.leaving_confirm, name="leaving_confirm"),
]
