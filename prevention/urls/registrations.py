from django.urls import path

from prevention.views import private, registration_desk, registrations

PUBLIC = "evenements/<slug:cpts>/<int:session>/inscription/"
PRIVATE = "mon-inscription/<str:token>/"
DESK = "<slug:cpts>/prevention/seances/<int:session>/inscriptions/"
OWN = "<slug:cpts>/prevention/seances/<int:session>/ma-place/"

urlpatterns = [
    path(PUBLIC, registrations.registration_new, name="registration_new"),
    path(f"{PUBLIC}code/", registrations.registration_code, name="registration_code"),
    path(f"{PUBLIC}confirmee/", registrations.registration_done, name="registration_done"),
    path(PRIVATE, private.registration_show, name="registration_show"),
    path(f"{PRIVATE}annuler/", private.registration_cancel, name="registration_cancel"),
    path(f"{PRIVATE}prendre/", private.registration_accept, name="registration_accept"),
    path(f"{PRIVATE}seance.ics", private.registration_calendar, name="registration_calendar"),
    path(DESK, registration_desk.registration_list, name="registration_list"),
    path(f"{DESK}ajouter/", registration_desk.registration_add, name="registration_add"),
    path(
        f"{DESK}<int:registration>/retirer/",
        registration_desk.registration_remove,
        name="registration_remove",
    ),
    path(
        f"{DESK}<int:registration>/place/",
        registration_desk.registration_take,
        name="registration_take",
    ),
    path(OWN, registration_desk.member_register, name="member_register"),
    path(f"{OWN}laisser/", registration_desk.member_leave, name="member_leave"),
    path(f"{OWN}prendre/", registration_desk.member_accept, name="member_accept"),
]
