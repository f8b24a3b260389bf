from django.urls import path

from members.views import coming_in as views

urlpatterns = [
    path("compte/mes-cpts/", views.cpts_choice, name="cpts_choice"),
    path("demo/connexion/", views.demo_login, name="demo_login"),
]
