"""Who works for a shop, and as what: the owner's page.

An account that works in the owner's shops alone is the owner's to see to: name, address, whether it may sign in. One that
works elsewhere too, or is a superuser, is not: who could change its address could take it over.
"""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth.models import AnonymousUser, User
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone
from unfold.widgets import UnfoldAdminEmailInputWidget, UnfoldAdminTextInputWidget, UnfoldBooleanSwitchWidget

from bookings.models import StaffMember
from desk import actors, roles, tasks, words
from desk.account import mails, twostep
from desk.account.models import Authenticator
from desk.admin.base import OwnShopAdmin, OwnShopChoices, OwnShopForm, action, display
from desk.roles import Role
from wire.later import later

_ACCOUNT = ("first_name", "last_name", "email")


def sees_to(owner: User | AnonymousUser, account: User) -> bool:
    """Say whether an account is an owner's to see to: it works in their shops alone, or nowhere yet."""
    if roles.is_superuser(owner):
        return True
    mine = [place.shop.pk for place in roles.places(owner) if place.role == Role.OWNER]
    works_at = set(account.memberships.values_list("shop", flat=True))
    return not account.is_superuser and works_at <= set(mine)


class MemberForm(OwnShopForm):
    """A role, and the account that has it. `by` is who fills the form in; set by the page."""

    by: User
    first_name = forms.CharField(max_length=150, widget=UnfoldAdminTextInputWidget)
    last_name = forms.CharField(max_length=150, required=False, widget=UnfoldAdminTextInputWidget)
    email = forms.EmailField(
        max_length=150, label="E-mail", widget=UnfoldAdminEmailInputWidget,
        help_text="A link to choose a password goes there. New accounts sign in with it.",
    )  # fmt: skip
    may_sign_in = forms.BooleanField(required=False, initial=True, widget=UnfoldBooleanSwitchWidget)

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        if self.instance.pk:
            account = self.instance.user
            now = {name: getattr(account, name) for name in _ACCOUNT} | {"may_sign_in": account.is_active}
            for name, value in now.items():
                if name in self.fields:
                    self.fields[name].initial = value
                    self.fields[name].required = False  # accounts of before may have neither name nor address

    def clean_email(self) -> str:
        typed = str(self.cleaned_data["email"]).strip().lower()
        if not typed:
            return ""
        taken = User.objects.filter(Q(username__iexact=typed) | Q(email__iexact=typed))
        if self.instance.pk:
            taken = taken.exclude(pk=self.instance.user_id)
        other = taken.first()
        if other is not None and (self.instance.pk or not sees_to(self.by, other)):
            raise ValidationError("This address has an account already. Whoever runs this server can let it work here, too.")
        return typed

    def account(self) -> User:
        """Return the account of the form, made or changed. Within a transaction."""
        said = self.cleaned_data
        email = said["email"]
        known = User.objects.filter(Q(username__iexact=email) | Q(email__iexact=email))
        found = self.instance.user if self.instance.pk else known.first()
        user = found or User(username=email, is_staff=True)
        for name in _ACCOUNT:
            setattr(user, name, said[name])
        user.is_active = bool(said.get("may_sign_in", user.is_active))
        if found is None:
            user.set_unusable_password()
        user.save()
        return user


@admin.register(StaffMember)
class StaffMemberAdmin(OwnShopAdmin):
    form = MemberForm
    list_display = ("who", "signs_in_as", "role", "technician", "shown_second_step", "last_seen", "shop")
    list_filter = ("role", ("shop", OwnShopChoices))
    list_select_related = ("user", "technician", "shop")
    search_fields = ("user__username", "user__first_name", "user__last_name", "user__email")
    search_help_text = "Name or e-mail"
    ordering = ("user__first_name", "user__username", "pk")
    actions = ("send_link", "second_step_off")
    heading = "Who works here"
    when_empty = "Add whoever works at the desk, and technicians who are to see their own day."
    readonly_fields = ("who", "signs_in_as", "second_step", "last_seen")

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[StaffMember]:
        app = Authenticator.objects.filter(user=models.OuterRef("user"), confirmed=True)
        rows: models.QuerySet[StaffMember] = super().get_queryset(request).annotate(two_step=models.Exists(app))
        # Superusers are not an owner's to see to.
        return rows if roles.is_superuser(request.user) else rows.exclude(user__is_superuser=True)

    def get_fieldsets(self, request: HttpRequest, obj: StaffMember | None = None) -> Any:
        role = (None, {"fields": ("role", "technician", "shop")})
        if obj is None:
            return ((None, {"fields": _ACCOUNT}), role)
        theirs = (*_ACCOUNT, "may_sign_in") if sees_to(request.user, obj.user) else ("who",)
        return (role, ("Account", {"fields": (*theirs, "signs_in_as", "second_step", "last_seen")}))

    def get_form(self, request: HttpRequest, obj: StaffMember | None = None, change: bool = False, **kwargs: Any) -> Any:
        form: Any = super().get_form(request, obj, change, **kwargs)
        form.by = request.user
        if obj is None:
            del form.base_fields["may_sign_in"]  # of course they may
        elif not sees_to(request.user, obj.user):
            for name in (*_ACCOUNT, "may_sign_in"):
                del form.base_fields[name]
        return form

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._not_self(request, obj) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._not_self(request, obj) and super().has_delete_permission(request, obj)

    def _not_self(self, request: HttpRequest, obj: StaffMember | None) -> bool:
        """Nobody takes their own role away: a shop without an owner could not get one back."""
        return obj is None or obj.user_id != request.user.pk or roles.is_superuser(request.user)

    def save_model(self, request: HttpRequest, obj: StaffMember, form: MemberForm, change: bool) -> None:
        if "email" in form.cleaned_data:
            obj.user = form.account()
        super().save_model(request, obj, form, change)
        if not change:
            self._write(request, obj.user)

    def _write(self, request: HttpRequest, account: User) -> None:
        """Have an account sent its link; where no mail is sent, give it to whoever asked."""
        if not settings.SENDS_MAIL:
            said = f"This server sends no mail. Give {account.get_full_name()} this link to choose a password:"
            self.message_user(request, f"{said} {mails.link(account)}", messages.WARNING)
            return
        pk = account.pk
        hint = lambda: tasks.mail_password.apply_async((pk,), retry=False, expires=3600)  # noqa: E731
        transaction.on_commit(lambda: later.soon(("password", pk), hint))
        self.message_user(request, f"A link to choose a password goes to {account.email}.", messages.SUCCESS)

    @action(description="Send a link to choose a password", permissions=["change"])
    def send_link(self, request: HttpRequest, queryset: models.QuerySet[StaffMember]) -> None:
        for account in self._accounts(request, queryset):
            self._write(request, account)

    @action(description="Turn two-step sign-in off: phone and codes are lost", permissions=["change"])
    def second_step_off(self, request: HttpRequest, queryset: models.QuerySet[StaffMember]) -> None:
        for account in self._accounts(request, queryset):
            twostep.turn_off(account)
            self.message_user(request, f"{actors.called(account)} signs in with the password alone.", messages.SUCCESS)

    def _accounts(self, request: HttpRequest, queryset: models.QuerySet[StaffMember]) -> list[User]:
        """Return the accounts of these rows that the user sees to, and say which are not."""
        chosen = [row.user for row in queryset.select_related("user") if self._not_self(request, row)]
        mine = [account for account in chosen if sees_to(request.user, account)]
        if len(mine) < len(chosen):
            said = f"{len(chosen) - len(mine)} left alone: they work for somebody else, too."
            self.message_user(request, said, messages.WARNING)
        return mine

    @display(description="Name", ordering="user__first_name")
    def who(self, member: StaffMember) -> str:
        return actors.called(member.user)

    @display(description="Signs in as", ordering="user__username")
    def signs_in_as(self, member: StaffMember) -> str:
        return member.user.get_username() if member.user.is_active else f"{member.user.get_username()} (may not)"

    @display(description="Two steps", label={"on": "success", "off": "default"})
    def shown_second_step(self, member: StaffMember) -> tuple[str, str]:
        return ("on", "On") if getattr(member, "two_step", False) else ("off", "Off")

    @display(description="Two steps")
    def second_step(self, member: StaffMember) -> str:
        return self.shown_second_step(member)[1]

    @display(description="Last signed in", ordering="user__last_login")
    def last_seen(self, member: StaffMember) -> str:
        seen = member.user.last_login
        return words.when(timezone.localtime(seen)) if seen else "Never"
