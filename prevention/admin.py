"""Topics and ready-made campaigns shared by every CPTS; set aside, never deleted."""

from __future__ import annotations

from django.contrib import admin

from members.admin import KeptAdmin
from prevention.models import CampaignTemplate, TemplateReminder, Topic


@admin.register(Topic)
class TopicAdmin(KeptAdmin):
    """A topic set aside is offered no more; the campaigns that bear it keep it."""

    list_display = ["label", "label_en", "is_discreet", "position", "is_active"]
    list_filter = ["is_active", "is_discreet"]
    search_fields = ["label", "code"]


class TemplateReminderInline(admin.TabularInline):  # type: ignore[type-arg]
    model = TemplateReminder
    extra = 0


@admin.register(CampaignTemplate)
class CampaignTemplateAdmin(KeptAdmin):
    """What changes here is found in the campaigns begun afterwards."""

    list_display = [
        "title",
        "topic",
        "first_month",
        "last_month",
        "is_for_professionals",
        "is_active",
    ]
    list_filter = ["is_active", "is_for_professionals", "topic"]
    search_fields = ["title", "code"]
    inlines = [TemplateReminderInline]
