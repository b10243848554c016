"""The form that fills the coming weeks with turns on call."""

from datetime import date, time
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from unfold.widgets import (
    INPUT_CLASSES,
    UnfoldAdminDateWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldBooleanWidget,
)

from bookings.models import OnCallPerson, OnCallTurn, Shop
from bookings.services import rota
from desk import shops, words
from desk.admin.forms import InARow

MOST_WEEKS = 52


class FillForm(forms.Form):
    people = forms.ModelMultipleChoiceField(
        OnCallPerson.objects.none(),
        widget=InARow,
        label="In rotation",
        help_text="One after the other, a week each",
        error_messages={"required": "Choose at least one person."},
    )
    first = forms.DateField(
        widget=UnfoldAdminDateWidget, label="First week", help_text="Any day of it: turns go from Monday to Monday"
    )
    weeks = forms.IntegerField(min_value=1, max_value=MOST_WEEKS, initial=8, widget=UnfoldAdminIntegerFieldWidget, label="Weeks")
    change = forms.TimeField(
        initial=time(8),
        widget=forms.TimeInput(attrs={"type": "time", "class": " ".join(INPUT_CLASSES)}, format="%H:%M"),
        label="Changes on Monday at",
    )
    backup = forms.BooleanField(
        required=False,
        initial=True,
        widget=UnfoldBooleanWidget,
        label="Whoever comes next backs up",
        help_text="With two people or more",
    )
    manager = forms.ModelChoiceField(
        OnCallPerson.objects.none(), required=False, widget=UnfoldAdminSelectWidget, label="Manager", empty_label="Nobody",
        help_text="Stands behind them every week",
    )  # fmt: skip

    def __init__(self, *arguments: Any, shop: Shop, **more: Any) -> None:
        super().__init__(*arguments, **more)
        people = OnCallPerson.objects.filter(shop=shop, active=True)
        for name in ("people", "manager"):
            field = self.fields[name]
            assert isinstance(field, forms.ModelChoiceField)
            field.queryset = people
        self.shop = shop

    def clean_first(self) -> date:
        first: date = self.cleaned_data["first"]
        if rota.monday(first) < rota.monday(timezone.now().astimezone(self.shop.zone).date()):
            raise forms.ValidationError("This week is over.")
        return first


def view(request: HttpRequest) -> HttpResponse:
    """Show the form, or fill the weeks and say how many turns were made."""
    shop = _shop(request)
    if request.method == "POST":
        form = FillForm(request.POST, shop=shop)
        if form.is_valid():
            said = form.cleaned_data
            filled = rota.fill(
                shop, list(said["people"]), first=said["first"], weeks=said["weeks"], change=said["change"],
                backup=said["backup"], manager=said["manager"],
            )  # fmt: skip
            if filled.made:
                messages.success(request, _said(filled))
            else:
                messages.warning(request, "Nothing was added: every one of these weeks has somebody already.")
            return HttpResponseRedirect(reverse("admin:bookings_oncallturn_changelist"))
    else:
        usual = OnCallPerson.objects.filter(shop=shop, active=True).order_by("owner", "name", "pk")
        chosen = [each for each in usual if not each.owner] or list(usual)  # owners are told of everything anyway
        form = FillForm(shop=shop, initial={"first": _next_free(shop), "people": chosen})
    people = form.fields["people"]
    assert isinstance(people, forms.ModelMultipleChoiceField)
    context = {
        "title": "Fill the coming weeks", "form": form, "shop": shop, "shops": shops.of(request),
        "anybody": people.queryset is not None and people.queryset.exists(), "zone": words.shop_zone(shop, timezone.now()),
    }  # fmt: skip
    return TemplateResponse(request, "desk/fill.html", {**admin.site.each_context(request), **context})


def _said(filled: rota.Filled) -> str:
    made = "1 turn was added" if filled.made == 1 else f"{filled.made} turns were added"
    return f"{made}; {filled.taken} had somebody already and stay as they are." if filled.taken else f"{made}."


def _shop(request: HttpRequest) -> Shop:
    """Return the shop asked for, or the user's first."""
    asked = request.GET.get("shop")
    found = next((shop for shop in shops.of(request) if asked in (None, str(shop.pk))), None)
    if found is None:
        raise Http404("no such shop")
    return found


def _next_free(shop: Shop) -> date:
    """Return the first Monday from this week on whose week nobody stands first in."""
    first = rota.monday(timezone.now().astimezone(shop.zone).date())
    last = (
        OnCallTurn.objects.filter(shop=shop, rung=OnCallTurn.Rung.FIRST, ends_at__gt=timezone.now()).order_by("-ends_at").first()
    )
    return max(first, rota.monday(last.ends_at.astimezone(shop.zone).date())) if last is not None else first
