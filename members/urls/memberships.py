from django.urls import path

from members.views import memberships as views
from members.views import my_membership as mine
from members.views import places

urlpatterns = [
    path("<slug:cpts>/adhesions/", views.membership_list, name="membership_list"),
    path("<slug:cpts>/adhesions/export.csv", views.membership_export, name="membership_export"),
    path("<slug:cpts>/adhesions/nouvelle/", views.membership_new, name="membership_new"),
    path("<slug:cpts>/adhesions/<int:member>/", views.membership_detail, name="membership_detail"),
    path(
        "<slug:cpts>/adhesions/<int:member>/modifier/",
        views.membership_edit,
        name="membership_edit",
    ),
    path("<slug:cpts>/adhesions/<int:member>/role/", views.membership_role, name="membership_role"),
    path(
        "<slug:cpts>/adhesions/<int:member>/college/",
        views.membership_college,
        name="membership_college",
    ),
    path("<slug:cpts>/adhesions/<int:member>/fin/", views.membership_end, name="membership_end"),
    path(
        "<slug:cpts>/adhesions/<int:member>/retour/",
        views.membership_return,
        name="membership_return",
    ),
    path("<slug:cpts>/adhesions/<int:member>/lieux/", places.place_list, name="place_list"),
    path("<slug:cpts>/adhesions/<int:member>/lieux/nouveau/", places.place_new, name="place_new"),
    path(
        "<slug:cpts>/adhesions/<int:member>/lieux/<int:practice>/",
        places.place_edit,
        name="place_edit",
    ),
    path(
        "<slug:cpts>/adhesions/<int:member>/lieux/<int:practice>/rejoindre/",
        places.place_join,
        name="place_join",
    ),
    path(
        "<slug:cpts>/adhesions/<int:member>/lieux/<int:practice>/principal/",
        places.place_main,
        name="place_main",
    ),
    path(
        "<slug:cpts>/adhesions/<int:member>/lieux/<int:practice>/quitter/",
        places.place_leave,
        name="place_leave",
    ),
    path("<slug:cpts>/mon-adhesion/", mine.membership_mine, name="membership_mine"),
    path("<slug:cpts>/mon-adhesion/renouveler/", mine.membership_renew, name="membership_renew"),
    path(
        "<slug:cpts>/mon-adhesion/attestation.pdf",
        mine.membership_certificate,
        name="membership_certificate",
    ),
]
