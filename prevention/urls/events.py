from django.urls import path

from prevention.views import event_pictures as pictures
from prevention.views import events as views
from prevention.views import feeds

HERE = "evenements/<slug:cpts>/"

urlpatterns = [
    path("evenements/", views.event_choice, name="event_choice"),
    path(HERE, views.event_list, name="event_list"),
    path(f"{HERE}evenements.ics", feeds.event_calendar, name="event_calendar"),
    path(f"{HERE}evenements.atom", feeds.event_atom, name="event_atom"),
    path(f"{HERE}evenements.rss", feeds.event_rss, name="event_rss"),
    path(f"{HERE}integrer/", views.event_embed, name="event_embed"),
    path(f"{HERE}<int:session>/", views.event_show, name="event_show"),
    path(f"{HERE}<int:session>/image/", pictures.event_picture, name="event_picture"),
    path(f"{HERE}campagne/<int:campaign>/", views.campaign_public, name="campaign_public"),
    path(
        f"{HERE}campagne/<int:campaign>/image/", pictures.campaign_picture, name="campaign_picture"
    ),
    path(f"{HERE}photo/<int:picture>/", pictures.picture_show, name="picture_show"),
]
