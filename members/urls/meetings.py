from django.urls import path

from members.views import attendances, meetings

MEETING = "<slug:cpts>/reunions/<int:meeting>/"

urlpatterns = [
    path("<slug:cpts>/reunions/", meetings.meeting_list, name="meeting_list"),
    path("<slug:cpts>/reunions/nouvelle/", meetings.meeting_new, name="meeting_new"),
    path(MEETING, meetings.meeting_detail, name="meeting_detail"),
    path(f"{MEETING}modifier/", meetings.meeting_edit, name="meeting_edit"),
    path(f"{MEETING}annuler/", meetings.meeting_cancel, name="meeting_cancel"),
    path(f"{MEETING}tenir/", meetings.meeting_hold, name="meeting_hold"),
    path(f"{MEETING}reponse/", meetings.meeting_answer, name="meeting_answer"),
    path(f"{MEETING}reunion.ics", meetings.meeting_calendar, name="meeting_calendar"),
    path(f"{MEETING}compte-rendu/", meetings.minutes_edit, name="minutes_edit"),
    path(f"{MEETING}compte-rendu/corriger/", meetings.minutes_correct, name="minutes_correct"),
    path(f"{MEETING}pointage/", attendances.attendance_list, name="attendance_list"),
    path(f"{MEETING}pointage/ajouter/", attendances.attendance_add, name="attendance_add"),
    path(f"{MEETING}pointage/<int:member>/", attendances.attendance_tick, name="attendance_tick"),
    path(
        f"{MEETING}pointage/<int:member>/minutes/",
        attendances.attendance_count,
        name="attendance_count",
    ),
    path(
        "<slug:cpts>/presence/<str:presence>/",
        attendances.attendance_confirm,
        name="attendance_confirm",
    ),
]
