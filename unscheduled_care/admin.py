"""Words shared by every CPTS: acts, reasons, red flags; set aside, never deleted."""

from __future__ import annotations

from django.contrib import admin

from members.admin import KeptAdmin
from unscheduled_care.models import Act, Reason, RedFlag


@admin.register(Act, Reason, RedFlag)
class CodedCareAdmin(KeptAdmin):
    """A word set aside is offered no more; what bears it keeps it."""

    list_display = ["label", "label_en", "position", "is_active"]
    list_filter = ["is_active"]
    search_fields = ["label", "code"]
