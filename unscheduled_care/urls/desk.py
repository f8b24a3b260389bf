from django.urls import path

from unscheduled_care.views import desk as views

urlpatterns = [path("<slug:cpts>/guichet/", views.desk_show, name="desk_show")]
