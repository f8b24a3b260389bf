from django.urls import path

from unscheduled_care.views import appointments as views

urlpatterns = [
    path("mon-rendez-vous/<str:token>/", views.appointment_show, name="appointment_show"),
    path(
        "mon-rendez-vous/<str:token>/annuler/", views.appointment_cancel, name="appointment_cancel"
    ),
    path(
        "mon-rendez-vous/<str:token>/rendez-vous.ics",
        views.appointment_calendar,
        name="appointment_calendar",
    ),
]
