from django.urls import path

from unscheduled_care.views import board as views

urlpatterns = [
    path("<slug:cpts>/creneaux/", views.slot_list, name="slot_list"),
]
