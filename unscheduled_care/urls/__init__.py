"""Unscheduled care's pages, grouped by noun; French paths."""

from unscheduled_care.urls import (
    appointments,
    board,
    claiming,
    claims,
    day,
    feeds,
    figures,
    needs,
    settings,
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
    *claims.urlpatterns,
    *day.urlpatterns,
]
