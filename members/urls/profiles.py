from django.urls import path

from members.views import contours, practices, profiles

urlpatterns = [
    path("<slug:cpts>/mon-profil/", profiles.profile_edit, name="profile_edit"),
    path("<slug:cpts>/mon-profil/lieux/", practices.practice_choose, name="practice_choose"),
    path("<slug:cpts>/mon-profil/lieux/nouveau/", practices.practice_new, name="practice_new"),
    path(
        "<slug:cpts>/mon-profil/lieux/<int:practice>/",
        practices.practice_edit,
        name="practice_edit",
    ),
    path(
        "<slug:cpts>/mon-profil/lieux/<int:practice>/rejoindre/",
        practices.practice_join,
        name="practice_join",
    ),
    path(
        "<slug:cpts>/mon-profil/lieux/<int:practice>/quitter/",
        practices.practice_leave,
        name="practice_leave",
    ),
    path(
        "<slug:cpts>/mon-profil/lieux/<int:practice>/principal/",
        practices.practice_main,
        name="practice_main",
    ),
    path("<slug:cpts>/reglages/contours/", contours.contour_upload, name="contour_upload"),
    path("<slug:cpts>/reglages/contours/retirer/", contours.contour_remove, name="contour_remove"),
]
