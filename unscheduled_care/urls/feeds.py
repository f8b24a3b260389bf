from django.urls import path

from unscheduled_care.views import feeds as views

urlpatterns = [
    path("agenda/<str:token>.ics", views.feed_calendar, name="feed_calendar"),
    path("<slug:cpts>/mon-agenda/", views.feed_show, name="feed_show"),
    path("<slug:cpts>/mon-agenda/adresse/", views.feed_open, name="feed_open"),
    path("<slug:cpts>/mon-agenda/adresse/retirer/", views.feed_revoke, name="feed_revoke"),
    path("<slug:cpts>/mon-agenda/lu/", views.feed_follow, name="feed_follow"),
    path("<slug:cpts>/mon-agenda/lu/oublier/", views.feed_unfollow, name="feed_unfollow"),
]
