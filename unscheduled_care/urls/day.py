from django.urls import path

from unscheduled_care.views import day as views

urlpatterns = [path("<slug:cpts>/ma-journee/", views.day_show, name="day_show")]
