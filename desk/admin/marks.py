"""Numbers that are no customer's: the list of them, and the actions that mark a number where its call or lead is seen."""

from collections import defaultdict
from typing import Any

from django.contrib import admin, messages
from django.db import models
from django.http import HttpRequest
from django.utils import timezone

from bookings.services import customers
from desk import words
from desk.admin.base import OwnShopAdmin, OwnShopForm, action, display
from telephony import marks
from telephony.models import MarkedNumber


class MarkedNumberForm(OwnShopForm):
    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        shop = cleaned.get("shop")
        if cleaned.get("phone") and shop is not None:
            number = customers.read_number(cleaned["phone"], shop.country)
            if not number:
                self.add_error("phone", "This is no telephone number.")
            cleaned["phone"] = number
        return cleaned


@admin.register(MarkedNumber)
class MarkedNumberAdmin(OwnShopAdmin):
    form = MarkedNumberForm
    list_display = ("telephone", "kind", "note", "created_at")
    list_filter = ("kind", "created_at")
    list_select_related = ("shop",)
    search_fields = ("phone", "note")
    search_help_text = "Phone or words of the note"
    ordering = ("-created_at", "-pk")
    heading = "Spam and vendors"
    when_empty = "No number is marked. Mark one at its call or its lead: it is still answered, and kept off the lists."
    fields = ("phone", "kind", "note", "shop")

    @display(description="Phone", ordering="phone")
    def telephone(self, mark: MarkedNumber) -> str:
        return words.phone(mark.phone, mark.shop.country)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        # Another number is another mark: the leads of this one would stay aside.
        return [*super().get_readonly_fields(request, obj), *(["phone"] if obj is not None else [])]

    def save_model(self, request: HttpRequest, obj: MarkedNumber, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        marks.look_back(obj.phone, shop_id=obj.shop_id, now=timezone.now())

    def delete_model(self, request: HttpRequest, obj: MarkedNumber) -> None:
        marks.unmark([obj.phone], shop_id=obj.shop_id, now=timezone.now())

    def delete_queryset(self, request: HttpRequest, queryset: models.QuerySet[MarkedNumber]) -> None:
        for each in queryset:
            self.delete_model(request, each)


class MarksNumbers:
    """Adds the actions to a list whose rows have a shop and a number in `number_field`."""

    number_field = ""
    actions: Any = ("mark_spam", "mark_vendor", "unmark")

    @action(description="Mark the number as spam", permissions=["mark"])
    def mark_spam(self, request: HttpRequest, queryset: models.QuerySet[Any]) -> None:
        self._mark(request, queryset, MarkedNumber.Kind.SPAM)

    @action(description="Mark the number as a vendor's", permissions=["mark"])
    def mark_vendor(self, request: HttpRequest, queryset: models.QuerySet[Any]) -> None:
        self._mark(request, queryset, MarkedNumber.Kind.VENDOR)

    @action(description="Take the mark off the number", permissions=["mark"])
    def unmark(self, request: HttpRequest, queryset: models.QuerySet[Any]) -> None:
        now = timezone.now()
        taken = sum(marks.unmark(each, shop_id=shop, now=now) for shop, each in self._numbers(queryset).items())
        said = f"{_numbers(taken)} no longer marked. Their leads are back on the list."
        self.message_user(request, said if taken else "None of these numbers was marked.", messages.SUCCESS)  # type: ignore[attr-defined]

    def has_mark_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("telephony.add_markednumber")

    def _mark(self, request: HttpRequest, queryset: models.QuerySet[Any], kind: MarkedNumber.Kind) -> None:
        now = timezone.now()
        marked = sum(marks.mark(each, kind, shop_id=shop, now=now) for shop, each in self._numbers(queryset).items())
        if not marked:
            said, level = "These callers withheld their number: nothing can be marked.", messages.WARNING
        else:
            said = f"{_numbers(marked)} marked. It is still answered; its leads are off the list. "
            said, level = said + "“Take the mark off the number” takes it back.", messages.SUCCESS
        self.message_user(request, said, level)  # type: ignore[attr-defined]

    def _numbers(self, queryset: models.QuerySet[Any]) -> dict[int, set[str]]:
        found: defaultdict[int, set[str]] = defaultdict(set)
        for shop, number in queryset.order_by().values_list("shop", self.number_field):
            if number:
                found[shop].add(number)
        return found


def _numbers(count: int) -> str:
    return f"{count} number{'' if count == 1 else 's'}"
