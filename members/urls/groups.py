from django.urls import path

from members.views import groups as views

urlpatterns = [
    path("<slug:cpts>/instances/", views.group_list, name="group_list"),
    path("<slug:cpts>/instances/nouvelle/", views.group_new, name="group_new"),
    path("<slug:cpts>/instances/<int:group>/", views.group_detail, name="group_detail"),
    path("<slug:cpts>/instances/<int:group>/modifier/", views.group_edit, name="group_edit"),
    path("<slug:cpts>/instances/<int:group>/terminer/", views.group_close, name="group_close"),
    path("<slug:cpts>/instances/<int:group>/mandat/", views.mandate_new, name="mandate_new"),
    path("<slug:cpts>/mandats/<int:mandate>/fin/", views.mandate_end, name="mandate_end"),
]
