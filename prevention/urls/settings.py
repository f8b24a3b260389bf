from __future__ import annotations

from typing import Any

from django.urls import path

from prevention.views import settings as views

urlpatterns: list[Any] = [
    path("<slug:cpts>/prevention/reglages/", views.prevention_settings, name="prevention_settings"),
]
