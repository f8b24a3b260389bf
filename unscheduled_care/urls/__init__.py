"""Unscheduled care's pages, grouped by noun; French paths."""

app_name = "unscheduled_care"

urlpatterns: list[object] = []
