"""The board's page, its fragment, and the question whether it has changed."""

from datetime import date, timedelta

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotModified, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_GET

from bookings.models import Shop
from desk import roles, shops
from desk.board import day, layout, pulse

staff_only = roles.desk


def _shop(request: HttpRequest) -> Shop | None:
    """Return the shop asked for, or the user's first; another's is not found."""
    mine = shops.of(request)
    asked = request.GET.get("shop")
    if asked is None:
        return mine[0] if mine else None
    for shop in mine:
        if str(shop.pk) == asked:
            return shop
    raise Http404("no such shop")


def _day(request: HttpRequest, today: date) -> date:
    try:
        asked = date.fromisoformat(request.GET.get("day", ""))
    except ValueError:
        return today
    # The ends of the calendar have no neighbours to link to.
    return asked if date(2000, 1, 1) <= asked <= date(2100, 1, 1) else today


@require_GET
@staff_only
def board(request: HttpRequest) -> HttpResponse:
    """Show a day by technician; with `fragment` only the part that is swapped in."""
    shop = _shop(request)
    if shop is None:
        context = {**admin.site.each_context(request), "title": "Board"}
        return render(request, "desk/no_shop.html", context)
    now = timezone.now()
    today = now.astimezone(shop.zone).date()
    on = _day(request, today)
    with timezone.override(shop.timezone):
        shown = day.read(shop, on, now=now)
        context = {"board": shown, "shop": shop, "shops": shops.of(request), "explicit": "shop" in request.GET}
        if "fragment" in request.GET:
            response = render(request, "desk/_board.html", context)
        else:
            site = admin.site.each_context(request)
            response = render(request, "desk/board.html", {**site, **context, "title": "Board", "is_fullwidth": "1"})
    patch_cache_control(response, no_store=True)
    return response


@require_GET
@staff_only
def changes(request: HttpRequest) -> HttpResponse:
    """Answer 304 while the board of a day is what the caller has, else its new token."""
    shop = _shop(request)
    if shop is None:
        raise Http404("no shop")
    now = timezone.now()
    on = _day(request, now.astimezone(shop.zone).date())
    starts = layout.midnight(on, shop.zone)
    ends = layout.midnight(on + timedelta(days=1), shop.zone)
    etag = f'"{pulse.take(shop, starts=starts, ends=ends, now=now).token}"'
    held = [each.strip().removeprefix("W/") for each in request.headers.get("If-None-Match", "").split(",")]
    response: HttpResponse = HttpResponseNotModified() if etag in held else JsonResponse({"token": etag.strip('"')})
    response["ETag"] = etag
    patch_cache_control(response, no_cache=True, private=True)
    return response
