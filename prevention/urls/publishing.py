from django.urls import path

from prevention.views import publishing as views

CAMPAIGN = "<slug:cpts>/prevention/campagnes/<int:campaign>/"
SESSION = "<slug:cpts>/prevention/seances/<int:session>/"

urlpatterns = [
    path(f"{CAMPAIGN}affiche.pdf", views.campaign_poster, name="campaign_poster"),
    path(f"{CAMPAIGN}code/", views.campaign_code, name="campaign_code"),
    path(f"{SESSION}affiche.pdf", views.session_poster, name="session_poster"),
    path(f"{SESSION}code/", views.session_code, name="session_code"),
]
