"""Users and groups of the back office; only superusers see these."""

from typing import TYPE_CHECKING

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group, User
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from bookings.models import StaffMember
from desk.admin.base import ModelAdmin, OwnersOnly, TabularInline

if TYPE_CHECKING:
    _UserAdmin = DjangoUserAdmin[User]
    _GroupAdmin = DjangoGroupAdmin
else:

    class _UserAdmin(DjangoUserAdmin, ModelAdmin):
        pass

    class _GroupAdmin(DjangoGroupAdmin, ModelAdmin):
        pass


admin.site.unregister(User)
admin.site.unregister(Group)


class MembershipInline(TabularInline):
    model = StaffMember
    verbose_name_plural = "Works at"
    fields = ("shop",)
    extra = 0


@admin.register(User)
class UserAdmin(OwnersOnly, _UserAdmin):
    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    inlines = (MembershipInline,)
    list_display = ("username", "first_name", "last_name", "is_staff", "is_superuser", "last_login")
    list_fullwidth = True


@admin.register(Group)
class GroupAdmin(OwnersOnly, _GroupAdmin):
    list_fullwidth = True
