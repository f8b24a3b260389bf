"""Unscheduled care's pages, grouped by noun; French paths."""

from unscheduled_care.urls import settings

app_name = "unscheduled_care"

urlpatterns = [
    *settings.urlpatterns,
]
