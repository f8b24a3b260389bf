"""Unscheduled care's pages, grouped by noun; French paths."""

from unscheduled_care.urls import claiming, settings

app_name = "unscheduled_care"

urlpatterns = [
    *claiming.urlpatterns,
    *settings.urlpatterns,
]
