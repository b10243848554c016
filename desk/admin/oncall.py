"""Who is on call: people, their turns by week, who takes over part of one, and filling the weeks ahead."""

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils import timezone

from bookings.models import OnCallPerson, OnCallSwap, OnCallTurn
from bookings.services import customers, rota
from desk import words
from desk.admin import filling
from desk.admin.base import OwnShopAdmin, OwnShopChoices, OwnShopForm, OwnShopFormSet, OwnShopInline, display


class PersonForm(OwnShopForm):
    class Meta:
        labels = {"owner": "Owner"}
        help_texts = {"phone": "A mobile phone that takes texts", "technician": "If they are one"}

    def clean_phone(self) -> str:
        shop = self.cleaned_data.get("shop") or (self.instance.shop if self.instance.shop_id else None)
        if shop is None:  # of which the form says what is wrong
            return str(self.cleaned_data["phone"])
        number = customers.read_number(self.cleaned_data["phone"], shop.country)
        if not number:
            raise ValidationError("This is no telephone number. Write it with its area code: (212) 555-0150.")
        if number == shop.phone_number:
            raise ValidationError("This is the number customers call. Give one that rings at this person.")
        if other := OnCallPerson.objects.filter(shop=shop, phone=number).exclude(pk=self.instance.pk).first():
            raise ValidationError("%(name)s has this number already.", params={"name": other.name})
        return number


@admin.register(OnCallPerson)
class OnCallPersonAdmin(OwnShopAdmin):
    list_display = ("name", "telephone", "owner", "technician", "following", "active")
    list_filter = ("active", "owner")
    list_select_related = ("shop", "technician")
    search_fields = ("name", "phone")
    search_help_text = "Name or phone"
    ordering = ("name", "pk")
    form = PersonForm
    heading = "People on call"
    when_empty = (
        "Add whoever may be rung at night, owners too: owners are told of every emergency at once. Until then the shop's own "
        "number is told."
    )
    fields = ("name", "shop", "phone", "owner", "technician", "active")

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[OnCallPerson]:
        coming = OnCallTurn.objects.filter(ends_at__gt=timezone.now()).order_by("starts_at")
        return super().get_queryset(request).prefetch_related(models.Prefetch("turns", coming, to_attr="coming"))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # what they were told stays theirs: those who leave become inactive

    @display(description="Phone", ordering="phone")
    def telephone(self, person: OnCallPerson) -> str:
        return words.phone(person.phone, person.shop.country)

    @display(description="Next turn")
    def following(self, person: OnCallPerson) -> str:
        coming: list[OnCallTurn] = getattr(person, "coming", [])
        if not coming:
            return words.NOTHING
        turn = coming[0]
        if turn.starts_at <= timezone.now():
            return f"{turn.get_rung_display()} now, until {words.when(timezone.localtime(turn.ends_at))}"
        return f"{turn.get_rung_display()} from {words.when(timezone.localtime(turn.starts_at))}"


class SwapFormSet(OwnShopFormSet):
    """Keeps what is taken over inside of the turn, one person at a time."""

    def clean(self) -> None:
        super().clean()
        turn = self.instance
        kept: list[tuple[Any, Any]] = []
        for form in self.forms:
            said = getattr(form, "cleaned_data", {})
            starts, ends = said.get("starts_at"), said.get("ends_at")
            if said.get("DELETE") or starts is None or ends is None or not turn.starts_at or not turn.ends_at:
                continue
            if starts < turn.starts_at or ends > turn.ends_at:
                form.add_error("starts_at", "This goes beyond the turn it is taken from.")
            elif any(starts < other_ends and other_starts < ends for other_starts, other_ends in kept):
                form.add_error("starts_at", "Two people would take over the same time.")
            if said.get("person") is not None and said["person"].pk == turn.person_id:
                form.add_error("person", "They have this turn already.")
            kept.append((starts, ends))


class SwapInline(OwnShopInline):
    model = OnCallSwap
    formset = SwapFormSet
    hide_title = True
    verbose_name = "somebody who takes over"
    verbose_name_plural = "Taken over by"
    fields = ("person", "starts_at", "ends_at", "note")


class TurnForm(OwnShopForm):
    """Says of an overlap what the database would refuse."""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        shop_id = cleaned["shop"].pk if cleaned.get("shop") else self.instance.shop_id
        starts, ends, rung = cleaned.get("starts_at"), cleaned.get("ends_at"), cleaned.get("rung")
        if starts and ends and rung:
            if ends <= starts:
                self.add_error("ends_at", "A turn has to end after it starts.")
                return cleaned
            rows = OnCallTurn.objects.filter(shop=shop_id, rung=rung, starts_at__lt=ends, ends_at__gt=starts)
            other = rows.exclude(pk=self.instance.pk).select_related("person").first()
            if other is not None:
                until = words.when(timezone.localtime(other.ends_at))
                self.add_error(
                    "starts_at", f"{other.person} stands there until {until}. Let somebody take over part of that turn."
                )
        return cleaned


class When(admin.SimpleListFilter):
    title = "when"
    parameter_name = "when"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("past", "Past"), ("all", "All")]

    def choices(self, changelist: Any) -> Any:
        found = list(super().choices(changelist))
        found[0]["display"] = "Now and coming"
        return found

    def queryset(self, request: HttpRequest, queryset: models.QuerySet[OnCallTurn]) -> models.QuerySet[OnCallTurn]:
        now = timezone.now()
        match self.value():
            case "all":
                return queryset
            case "past":
                return queryset.filter(ends_at__lte=now)
            case _:
                return queryset.filter(ends_at__gt=now)


@admin.register(OnCallTurn)
class OnCallTurnAdmin(OwnShopAdmin):
    list_display = ("week", "rung", "person", "starts_at", "ends_at", "taken_over")
    list_display_links = ("week", "person")
    list_filter = (When, "rung", ("person", OwnShopChoices))
    list_select_related = ("person", "shop")
    search_fields = ("person__name", "swaps__person__name")
    search_help_text = "Name"
    ordering = ("starts_at", "rung", "pk")
    inlines = (SwapInline,)
    form = TurnForm
    heading = "On call"
    list_before_template = "desk/fill_button.html"
    when_empty = (
        "Nobody stands on the ladder: owners are told of emergencies, or the shop's own number where there is none. Add the "
        "people first, then fill the coming weeks."
    )
    fields = ("person", "rung", "starts_at", "ends_at", "shop")

    def get_urls(self) -> list[URLPattern]:
        fill = path("fill/", self.admin_site.admin_view(self.fill_view), name="bookings_oncallturn_fill")
        return [fill, *super().get_urls()]

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[OnCallTurn]:
        return super().get_queryset(request).prefetch_related("swaps__person")

    def fill_view(self, request: HttpRequest) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        return filling.view(request)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name == "person" and isinstance(field, forms.ModelChoiceField):
            field.empty_label = "Choose a person"
        return field

    @display(description="Week", ordering="starts_at")
    def week(self, turn: OnCallTurn) -> str:
        begins = rota.monday(timezone.localtime(turn.starts_at).date())
        ends = begins + timedelta(days=6)
        return f"{begins.day} {begins:%b} {words.NOTHING} {ends.day} {ends:%b}"

    @display(description="Taken over")
    def taken_over(self, turn: OnCallTurn) -> str:
        said = [
            f"{swap.person} {words.when(timezone.localtime(swap.starts_at))} to {words.when(timezone.localtime(swap.ends_at))}"
            for swap in turn.swaps.all()
        ]
        return "; ".join(said) or words.NOTHING
