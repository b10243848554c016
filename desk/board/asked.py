"""What a request to the board asks for: which shop, which day, day or week, which visit."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.http import Http404, HttpRequest

from bookings.engine.clock import instant, utc
from bookings.models import Shop, Visit
from desk import shops
from desk.board import layout, story, week


@dataclass(frozen=True, slots=True)
class Asked:
    """A stretch of one shop's days: one day, or the week it lies in."""

    shop: Shop
    on: date
    weekly: bool

    @property
    def starts(self) -> datetime:
        return layout.midnight(week.first_of(self.on) if self.weekly else self.on, self.shop.zone)

    @property
    def ends(self) -> datetime:
        first = week.first_of(self.on) if self.weekly else self.on
        return layout.midnight(first + timedelta(days=week.DAYS if self.weekly else 1), self.shop.zone)


def of(request: HttpRequest, *, now: datetime) -> Asked | None:
    """Return what is asked for, None for who belongs to no shop; raise Http404 for another's shop."""
    shop = _shop(request)
    if shop is None:
        return None
    return Asked(shop, _day(request, now.astimezone(shop.zone).date()), request.GET.get("view") == "week")


def _shop(request: HttpRequest) -> Shop | None:
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
    return asked if date(2000, 1, 8) <= asked <= date(2100, 1, 1) else today


def visit(request: HttpRequest, pk: int) -> Visit:
    """Return a visit of one of the user's shops; raise Http404 for every other."""
    found = story.of([shop.pk for shop in shops.of(request)]).filter(pk=pk).first()
    if found is None:
        raise Http404("no such visit")
    return found


def number(asked: Mapping[str, str], name: str) -> int:
    """Return a whole number; raise Http404 for anything else."""
    value = asked.get(name, "")
    if not value.isascii() or not value.isdigit() or len(value) > 18:
        raise Http404(f"no {name}")
    return int(value)


def start(asked: Mapping[str, str], shop: Shop) -> datetime:
    """Return the instant asked for: `starts_at` with its offset, or `on` and `at` by the shop's clock; else raise Http404."""
    try:
        if "starts_at" in asked:
            at = datetime.fromisoformat(asked["starts_at"])
            if at.tzinfo is None:
                raise ValueError("no offset")
            return utc(int(at.timestamp()))
        return utc(instant(date.fromisoformat(asked["on"]), time.fromisoformat(asked["at"]), shop.zone))
    except (KeyError, ValueError, OverflowError) as error:
        raise Http404("no such time") from error
