from django.urls import path

from cpts_portal.board import views

app_name = "board"

urlpatterns = [
    path("<slug:cpts>/", views.today, name="today"),
]
