"""Reference data, behind the portal's own log-in: nothing is deleted, no state changes here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from allauth.account.decorators import secure_admin_login
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib import admin
from django.contrib.auth.models import Group
from django.db import models
from django.http import HttpRequest, HttpResponse

from cpts_portal.core.scoping import open_scope, scopes_disabled
from members.actions import accounts as actions
from members.actions import communities
from members.models import Cpts, CptsCommune, Membership, Profession, User

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Any]
    TabularInline = admin.TabularInline[Any, Any]
else:
    ModelAdmin, TabularInline = admin.ModelAdmin, admin.TabularInline

admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]
for model in (EmailAddress, Authenticator, UserSession, Group):
    if admin.site.is_registered(model):
        admin.site.unregister(model)


class KeptAdmin(ModelAdmin):
    """Rows are added and corrected, never deleted."""

    formfield_overrides: ClassVar[Any] = {models.URLField: {"assume_scheme": "https"}}

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class CommuneInline(TabularInline):
    model = CptsCommune
    fields = ["commune", "is_assumed"]
    raw_id_fields = ["commune"]
    extra = 0


@admin.register(Cpts)
class CptsAdmin(KeptAdmin):
    """A new CPTS finds its colleges, missions, instances and checklist ready."""

    list_display = ["name", "slug", "aci_signed_on", "is_active"]
    inlines = [CommuneInline]

    def save_model(self, request: HttpRequest, obj: Cpts, *args: Any) -> None:
        is_new = obj._state.adding
        super().save_model(request, obj, *args)
        if is_new:
            with open_scope(cpts=obj):
                communities.prepare(obj)


@admin.register(Profession)
class ProfessionAdmin(KeptAdmin):
    list_display = ["label", "code", "can_be_treating_doctor"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["code"] if obj else []


@admin.register(User)
class UserAdmin(KeptAdmin):
    """Neither the password nor its hash: a person sets hers by the link sent to her."""

    list_display = ["username", "title", "last_name", "first_name", "is_staff", "is_active"]
    list_filter = ["is_staff", "is_active"]
    search_fields = ["username", "last_name", "email"]
    fields = ["username", "email", "title", "first_name", "last_name", "is_staff", "is_active"]

    def save_model(self, request: HttpRequest, obj: User, *args: Any) -> None:
        if obj._state.adding:
            obj.set_unusable_password()
        actions.save_account(obj)


@admin.register(Membership)
class MembershipAdmin(KeptAdmin):
    """Places in every CPTS: the pages are drawn while scopes are off, for rows of each."""

    list_display = ["user", "cpts", "role", "profession", "starts_on", "ends_on"]
    list_filter = ["cpts", "role"]
    list_select_related = ["user", "cpts", "profession"]
    raw_id_fields = ["user"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["cpts", "user"] if obj else []

    @scopes_disabled()
    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Membership]:
        return super().get_queryset(request)

    @scopes_disabled()
    def changelist_view(self, *args: Any, **kwargs: Any) -> HttpResponse:
        return _drawn(super().changelist_view(*args, **kwargs))

    @scopes_disabled()
    def changeform_view(self, *args: Any, **kwargs: Any) -> HttpResponse:
        return _drawn(super().changeform_view(*args, **kwargs))


def _drawn(response: Any) -> HttpResponse:
    """Drawn at once, for a page drawn later would ask for the scope that it has not."""
    drawn: HttpResponse = response.render() if hasattr(response, "render") else response
    return drawn
