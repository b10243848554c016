"""A new booking by hand: the page, the same as a panel over any page, and the parts of it that follow what is typed."""

import json
import uuid
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_http_methods, require_POST

from bookings.engine.roster import Roster, Service, Urgency
from bookings.models import Booking, Equipment, Lead, OutgoingMessage, Shop
from bookings.services import rosters
from desk import roles, shops, words
from desk.byhand import booking as bookings
from desk.byhand import draft as drafts
from desk.byhand import people, times
from desk.byhand.booking import Came
from desk.byhand.draft import NEW, OTHER, OWN, Draft

Context = dict[str, Any]


def _shop(request: HttpRequest) -> Shop | None:
    """Return the shop asked for, or the user's first; another's is not found."""
    mine = shops.of(request)
    asked = request.POST.get("shop") or request.GET.get("shop")
    found = next((each for each in mine if asked in (None, str(each.pk))), None)
    if found is None and asked is not None:
        raise Http404("no such shop")
    return found


def _needed(request: HttpRequest) -> tuple[Shop, Roster]:
    shop = _shop(request)
    if shop is None:
        raise Http404("no shop")
    roster = rosters.of(shop.pk, shop.config_version)
    if not roster.services:
        raise Http404("no services")
    return shop, roster


@roles.desk
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Show the form, filled by the address's query; or book what it says."""
    shop, now = _shop(request), timezone.now()
    roster = rosters.of(shop.pk, shop.config_version) if shop is not None else None
    if shop is None or roster is None or not roster.services:
        may_set_up = roles.may(request.user, "bookings.add_servicetype")
        return _page(request, "desk/byhand/nothing.html", {"shop": shop, "may_set_up": may_set_up})
    with timezone.override(shop.timezone):
        services = times.usual(shop, roster, now=now)
        if request.method == "POST":
            draft = drafts.read(request.POST.dict(), roster, usual=services[0])
            if draft.take:
                found = people.find(shop, draft, now=now)
                came = bookings.carry_out(shop, roster, draft, found, user=request.user, now=now)
                if came.booking is not None:
                    return _done(request, shop, came.booking, came, lead=draft.lead, now=now)
                return _page(request, "desk/byhand/form.html", _form(request, shop, roster, draft, services, now, came))
        else:
            draft = drafts.read(_asked(request, shop), roster, usual=services[0])
        return _page(request, "desk/byhand/form.html", _form(request, shop, roster, draft, services, now))


def _asked(request: HttpRequest, shop: Shop) -> dict[str, str]:
    """Return the query of a link; a lead named in it says who called and what for."""
    said = request.GET.dict()
    lead_id = drafts.whole(said.get("lead"))
    if lead_id is not None:
        lead = get_object_or_404(Lead, pk=lead_id, shop=shop)
        from_lead = {
            "phone": lead.phone, "problem": lead.wanted, "service": str(lead.service_type_id or ""),
            "urgency": str(Urgency.URGENT) if lead.urgent else "",
        }  # fmt: skip
        said = {**{name: value for name, value in from_lead.items() if value}, **said}
    if said.get("phone"):
        said["phone"] = words.phone(said["phone"], shop.country)
    return said


@roles.desk
@require_POST
def who(request: HttpRequest) -> HttpResponse:
    """Show who fits what is typed."""
    shop, roster = _needed(request)
    draft = drafts.read(request.POST.dict(), roster, usual=roster.services[0])
    with timezone.override(shop.timezone):
        context = _people(shop, draft, people.find(shop, draft, now=timezone.now()))
        return _kept_nowhere(render(request, "desk/byhand/_who.html", context))


@roles.desk
@require_POST
def when(request: HttpRequest) -> HttpResponse:
    """Show the times that are offered for what the form says, and what the rules say of a time of one's own."""
    shop, roster = _needed(request)
    now = timezone.now()
    draft = drafts.read(request.POST.dict(), roster, usual=roster.services[0])
    found = people.find(shop, draft, now=now)
    with timezone.override(shop.timezone):
        context: Context = {"draft": draft, "own": OWN}
        if "verdict" in request.POST:
            template, context["verdict"] = "_verdict.html", _verdict(request, roster, draft, found, now)
        else:
            template, context["offers"] = "_times.html", _offers(request, roster, draft, found, now)
        return _kept_nowhere(render(request, f"desk/byhand/{template}", context))


@roles.desk
@require_POST
def undo(request: HttpRequest) -> HttpResponse:
    """Take back what was booked a moment ago."""
    rows = Booking.objects.select_related("customer", "service_type", "shop").filter(shop__in=shops.of(request))
    try:
        found = get_object_or_404(rows, public_id=uuid.UUID(request.POST.get("booking", "")))
    except ValueError as error:
        raise Http404("no such booking") from error
    now, lead = timezone.now(), drafts.whole(request.POST.get("lead"))
    with timezone.override(found.shop.timezone):
        took = bookings.take_back(found, user=request.user, lead=lead, now=now)
        found.refresh_from_db()
        return _done(request, found.shop, found, Came(found, again=True), lead=None, now=now, late=not took)


def _form(
    request: HttpRequest,
    shop: Shop,
    roster: Roster,
    draft: Draft,
    services: list[Service],
    now: datetime,
    came: Came | None = None,
) -> Context:
    found = people.find(shop, draft, now=now)
    fresh = came.slots if came is not None else []
    if fresh:
        asks = bookings.request_of(draft, found, roster, user=request.user, now=now)
        zip_code = times.zip_of(asks)
        offers = times.Offers(
            [times.shown(roster, draft.service, each, zip_code=zip_code, member=asks.member) for each in fresh]
        )  # fmt: skip
    else:
        offers = _offers(request, roster, draft, found, now)
    held = times.at(came.held, roster, draft.service) if came is not None and came.held else None
    if held is not None:  # it stands above the others, not among them
        offers = replace(offers, times=[each for each in offers.times if each.value != held.value])
    verdict = _verdict(request, roster, draft, found, now, overlaps=came is not None and came.overlaps)
    return {
        **_people(shop, draft, found),
        "title": "New booking",
        "shop": shop,
        "shops": shops.of(request),
        "zone": words.shop_zone(shop, now),
        "services": services,
        "urgencies": Booking._meta.get_field("urgency").choices,
        "equipment": Equipment.choices,
        "parts": [part.name for part in roster.parts],
        "workers": roster.workers,
        "today": now.astimezone(shop.zone).date(),
        "offers": offers,
        "verdict": verdict,
        "problem": came.problem if came is not None else "",
        "held": held,
        "held_until": words.clock(came.held_until.astimezone(shop.zone)) if came is not None and came.held_until else "",
        "own": OWN,
    }


def _people(shop: Shop, draft: Draft, found: people.Found) -> Context:
    number = words.phone(draft.number, shop.country) if draft.number else ""
    return {"draft": draft, "found": found, "new": NEW, "other": OTHER, "number": number}


def _offers(request: HttpRequest, roster: Roster, draft: Draft, found: people.Found, now: datetime) -> times.Offers:
    asks = bookings.request_of(draft, found, roster, user=request.user, now=now)
    return times.offers(
        roster, draft, zip_code=times.zip_of(asks), member=asks.member, origin=asks.origin, now=now,
        keep=request.method == "POST",
    )  # fmt: skip


def _verdict(
    request: HttpRequest, roster: Roster, draft: Draft, found: people.Found, now: datetime, *, overlaps: bool = False
) -> times.Verdict | None:
    if not draft.own:
        return None
    asks = bookings.request_of(replace(draft, take=OWN), found, roster, user=request.user, now=now)
    return times.verdict(roster, draft, asks, now=now, overlaps=overlaps)


def _done(
    request: HttpRequest, shop: Shop, booking: Booking, came: Came, *, lead: int | None, now: datetime, late: bool = False
) -> HttpResponse:
    """Say what was booked, to whom a text goes, and for how long it can be taken back."""
    starts, ends = booking.promised_from.astimezone(shop.zone), booking.promised_to.astimezone(shop.zone)
    visits = booking.visits.exclude(status="ended").select_related("technician").order_by("starts_at", "pk")
    text = OutgoingMessage.objects.filter(booking=booking).order_by("-pk").first()
    undo_until = booking.created_at + bookings.UNDO_FOR
    context = {
        "title": "New booking",
        "shop": shop,
        "booking": booking,
        "came": came,
        "when": f"{words.day(starts)}, {words.span(starts, ends)}",
        "day": starts.date(),
        "who": list(dict.fromkeys(str(each.technician) for each in visits if each.technician_id)),
        "phone": words.phone(booking.customer.phone, shop.country) if booking.customer else "",
        "text": text,
        "lead": lead if came.closed_lead else None,
        "undo_left": max(0, int((undo_until - now) / timedelta(seconds=1)))
        if bookings.may_take_back(booking, user=request.user, now=now)
        else 0,
        "late": late,
    }
    answer = _page(request, "desk/byhand/done.html", context)
    if not came.again or booking.status == Booking.Status.CANCELLED:
        event = {"booking": booking.pk, "day": f"{starts:%Y-%m-%d}", "status": booking.status}
        answer["HX-Trigger"] = json.dumps({"desk:booked": event})
    return answer


def _page(request: HttpRequest, template: str, context: Context) -> HttpResponse:
    """Render a part of the panel for a script that asks for one, else the page around it."""
    if request.headers.get("HX-Request") or "panel" in request.GET:
        within = urlsplit(request.headers.get("HX-Current-URL", "")).path == request.path
        return _kept_nowhere(render(request, template, {**context, "panel": not within}))
    whole = {**admin.site.each_context(request), "title": "New booking", **context, "part": template}
    return _kept_nowhere(render(request, "desk/byhand/page.html", whole))


def _kept_nowhere(response: HttpResponse) -> HttpResponse:
    patch_cache_control(response, no_store=True)
    return response
