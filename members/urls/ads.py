from django.urls import path

from members.views import ad_talks, ads

urlpatterns = [
    path("<slug:cpts>/annonces/", ads.ad_list, name="ad_list"),
    path("<slug:cpts>/annonces/nouvelle/", ads.ad_new, name="ad_new"),
    path("<slug:cpts>/annonces/<int:ad>/", ads.ad_detail, name="ad_detail"),
    path("<slug:cpts>/annonces/<int:ad>/modifier/", ads.ad_edit, name="ad_edit"),
    path("<slug:cpts>/annonces/<int:ad>/prolonger/", ads.ad_prolong, name="ad_prolong"),
    path("<slug:cpts>/annonces/<int:ad>/pourvue/", ads.ad_fill, name="ad_fill"),
    path("<slug:cpts>/annonces/<int:ad>/retirer/", ads.ad_withdraw, name="ad_withdraw"),
    path("<slug:cpts>/annonces/<int:ad>/echange/", ad_talks.ad_talk, name="ad_talk"),
    path(
        "<slug:cpts>/annonces/<int:ad>/echange/<int:correspondent>/",
        ad_talks.ad_talk_with,
        name="ad_talk_with",
    ),
]
