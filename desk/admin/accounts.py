"""Accounts as such, whatever shops they belong to: for superusers. Owners see to their staff in `staff`."""

from typing import TYPE_CHECKING

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group, User
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from bookings.models import StaffMember
from desk.admin.base import ModelAdmin, NamedFormSet, SuperusersOnly, TabularInline

if TYPE_CHECKING:
    _UserAdmin = DjangoUserAdmin[User]
else:

    class _UserAdmin(DjangoUserAdmin, ModelAdmin):
        pass


admin.site.unregister(User)
admin.site.unregister(Group)  # what somebody may do follows from their role


class MembershipInline(TabularInline):
    model = StaffMember
    formset = NamedFormSet
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
