"""Who works for a shop, and as what: the owner's page. Accounts as such are for superusers."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group, User
from django.db import models
from django.http import HttpRequest
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from bookings.models import StaffMember
from desk import roles
from desk.admin.base import ModelAdmin, OwnShopAdmin, OwnShopChoices, SuperusersOnly, TabularInline

if TYPE_CHECKING:
    _UserAdmin = DjangoUserAdmin[User]
else:

    class _UserAdmin(DjangoUserAdmin, ModelAdmin):
        pass


admin.site.unregister(User)
admin.site.unregister(Group)  # what somebody may do follows from their role


class MembershipInline(TabularInline):
    model = StaffMember
    verbose_name_plural = "Works at"
    fields = ("shop", "role", "technician")
    extra = 0


@admin.register(User)
class UserAdmin(SuperusersOnly, _UserAdmin):
    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    inlines = (MembershipInline,)
    list_display = ("username", "first_name", "last_name", "is_staff", "is_superuser", "last_login")
    list_filter = ("is_staff", "is_superuser", "is_active")
    list_fullwidth = True
    filter_horizontal = ()
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        ("Who it is", {"fields": ("first_name", "last_name", "email")}),
        (
            "What they may do",
            {
                "fields": ("is_active", "is_staff", "is_superuser"),
                "description": "Their role in each shop stands below. Staff may sign in; superusers are owners of every shop.",
            },
        ),
        ("Dates", {"fields": ("last_login", "date_joined")}),
    )


@admin.register(StaffMember)
class StaffMemberAdmin(OwnShopAdmin):
    list_display = ("user", "role", "technician", "shop")
    list_filter = ("role", ("shop", OwnShopChoices))
    list_select_related = ("user", "technician", "shop")
    search_fields = ("user__username", "user__first_name", "user__last_name", "user__email")
    ordering = ("user__username", "pk")
    heading = "Who works here"
    fields = ("user", "role", "technician", "shop")

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[StaffMember]:
        rows: models.QuerySet[StaffMember] = super().get_queryset(request)
        # Superusers are not an owner's to see to.
        return rows if roles.is_superuser(request.user) else rows.exclude(user__is_superuser=True)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return roles.is_superuser(request.user)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._not_self(request, obj) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._not_self(request, obj) and super().has_delete_permission(request, obj)

    def _not_self(self, request: HttpRequest, obj: StaffMember | None) -> bool:
        """Nobody takes their own role away: a shop without an owner could not get one back."""
        return obj is None or obj.user_id != request.user.pk or roles.is_superuser(request.user)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        return [*super().get_readonly_fields(request, obj), *(["user"] if obj is not None else [])]
