"""Unscheduled care's pages, grouped by noun; French paths."""

from unscheduled_care.urls import (
    appointments,
    board,
    claiming,
    claims,
    day,
    desk,
    feeds,
    figures,
    needs,
    settings,
    slots,
    waiting,
)

app_name = "unscheduled_care"

urlpatterns = [
    *appointments.urlpatterns,
    *board.urlpatterns,
    *claiming.urlpatterns,
    *feeds.urlpatterns,
    *figures.urlpatterns,
    *needs.urlpatterns,
    *settings.urlpatterns,
    *slots.urlpatterns,
    *waiting.urlpatterns,
    *claims.urlpatterns,
    *day.urlpatterns,
    *desk.urlpatterns,
]
