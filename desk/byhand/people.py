"""Who is meant by what is typed: the shop's customers at a number, or by name or address, with what is known of them."""

import re
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import phonenumbers
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.urls import reverse

from bookings.models import Booking, Customer, Property, Shop, Visit
from bookings.services import customers
from desk import words
from desk.byhand.draft import NEW, OTHER, Draft

MOST = 6
_DIGITS = 4  # fewer would find everybody
_LETTERS = 2
_AHEAD = 3  # of one customer's bookings
# As long as callers may speak of an appointment whose window is over.
_STILL_OPEN = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class Ahead:
    """A booking that stands, in words, and where it is moved instead."""

    what: str
    link: str


@dataclass(slots=True)
class Match:
    """One customer. `place` is the address that is preselected: where they were last, else the first."""

    customer: Customer
    phone: str
    places: list[Property] = field(default_factory=list)
    place: Property | None = None
    last: str = ""
    language: str = "en"
    ahead: list[Ahead] = field(default_factory=list)
    more_ahead: int = 0


@dataclass(frozen=True, slots=True)
class Found:
    """`chosen` is a customer's id as text, NEW or "". `more`: there are others that fit."""

    matches: list[Match]
    chosen: str
    more: bool = False

    @property
    def unserved(self) -> bool:
        """Say whether one of them is not served any more, so that booking takes a decision."""
        return any(each.customer.do_not_service for each in self.matches)

    @property
    def match(self) -> Match | None:
        return next((each for each in self.matches if str(each.customer.pk) == self.chosen), None)


def find(shop: Shop, draft: Draft, *, now: datetime) -> Found:
    """Return who fits what is typed, best first, and who of them is meant. Four statements at most."""
    rows = _fitting(shop, draft)
    if rows is None:
        return Found([], draft.customer if draft.customer == NEW else "")
    people = list(rows.order_by("pk")[: MOST + 1])
    people.sort(key=lambda each: (str(each.pk) != draft.customer, each.phone != draft.number))
    shown = people[:MOST]
    return Found(_known(shop, shown, draft, now), _meant(shown, draft), more=len(people) > MOST)


def _meant(people: list[Customer], draft: Draft) -> str:
    """Return who is preselected: whoever was chosen already, else the first at a whole number or the only one that fits."""
    if draft.customer == NEW or draft.customer in {str(each.pk) for each in people}:
        return draft.customer
    whole = [each for each in people if draft.number and each.phone == draft.number]
    if whole or len(people) == 1:
        return str((whole or people)[0].pk)
    return NEW if not people and (draft.number or draft.lettered) else ""


def _fitting(shop: Shop, draft: Draft) -> QuerySet[Customer] | None:
    rows = Customer.objects.filter(shop=shop, merged_into=None)
    also = Customer.objects.filter(merged_into=OuterRef("pk"))  # names and numbers that lead to somebody
    chosen = Q(pk=int(draft.customer)) if draft.customer not in ("", NEW) else None
    if draft.number and customers.read_number(draft.typed, shop.country):
        return rows.filter(Q(phone=draft.number) | Exists(also.filter(phone=draft.number)))
    digits = re.sub(r"\D", "", draft.typed)
    if len(digits) >= _DIGITS and words.searchable(draft.typed) == digits:
        looked = _national(digits, shop.country)
        return rows.filter(Q(phone__contains=looked) | Exists(also.filter(phone__contains=looked)))
    said = [each for each in customers.fold(draft.typed).split() if len(each) >= _LETTERS]
    if not said:
        return rows.filter(chosen) if chosen is not None and not draft.typed else None
    for word in said:
        there = Property.objects.filter(customer=OuterRef("pk"), address_key__contains=word)
        rows = rows.filter(Q(name_key__contains=word) | Exists(also.filter(name_key__contains=word)) | Exists(there))
    return rows


def _national(digits: str, country: str) -> str:
    """Return the digits without what is dialled before a number of the country, as far as it can be seen."""
    code = str(phonenumbers.country_code_for_region(country))
    return digits[len(code) :] if code == "1" and digits.startswith("1") and len(digits) > _DIGITS else digits


def _known(shop: Shop, people: list[Customer], draft: Draft, now: datetime) -> list[Match]:
    if not people:
        return []
    by_customer = {each.pk: Match(each, words.phone(each.phone, shop.country)) for each in people}
    for each in Property.objects.filter(customer__in=by_customer).order_by("-pk"):
        by_customer[each.customer_id].places.append(each)
    rows = Booking.objects.filter(customer__in=by_customer).select_related("service_type")
    begun = rows.exclude(status__in=["held", "lapsed", "cancelled"])
    for last in begun.order_by("customer", "-promised_from").distinct("customer"):
        match = by_customer[last.customer_id or 0]
        match.language = last.language
        match.place = next((place for place in match.places if place.pk == last.property_id), None)
        when = last.promised_from.astimezone(shop.zone)
        if last.promised_from <= now:
            match.last = f"{words.day(when)}{'' if when.year == now.year else f' {when.year}'}, {last.service_type.name}"
    first = Visit.objects.filter(booking=OuterRef("pk"), status=Visit.Status.ACTIVE).order_by("starts_at", "pk")
    open_ones = [each for each in Booking.OPEN if each != Booking.Status.HELD]
    still = rows.filter(status__in=open_ones, promised_to__gt=now - _STILL_OPEN)
    ahead: dict[int, list[Ahead]] = defaultdict(list)
    for booking in still.annotate(visit=Subquery(first.values("pk")[:1])).order_by("promised_from", "pk")[: MOST * 10]:
        starts, ends = booking.promised_from.astimezone(shop.zone), booking.promised_to.astimezone(shop.zone)
        what = f"{words.day(starts)}, {words.span(starts, ends)}: {booking.service_type.name}, {booking.reference}"
        to = ("admin:bookings_visit_move", booking.visit) if booking.visit else ("admin:bookings_booking_change", booking.pk)
        ahead[booking.customer_id or 0].append(Ahead(what, reverse(to[0], args=[to[1]])))
    for pk, match in by_customer.items():
        match.ahead, match.more_ahead = ahead[pk][:_AHEAD], max(0, len(ahead[pk]) - _AHEAD)
        named = next((place for place in match.places if str(place.pk) == draft.place), None)
        match.place = named or match.place or (match.places[0] if match.places else None)
        if draft.place == OTHER and str(pk) == draft.customer:
            match.place = None
    return list(by_customer.values())
