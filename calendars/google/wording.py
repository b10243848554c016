"""What an event says: our part of it, and what its technician wrote beneath. Pure: no rows written, no network.

Our part of the description ends with a line of its own; what stands beneath is the technician's and survives every write.
"""

import html
import re
from urllib.parse import urlencode

from django.conf import settings
from django.urls import reverse

from bookings.models import Booking, Shop, Urgency, Visit
from bookings.speech import english

# Raised with whatever changes these words: coming events are written anew then, some at a time.
EDITION = 2
END = "-- Notes of your own below this line stay --"
# How our own lines begin, today's and those of earlier editions. Other lines above the last one are the technician's.
_LABELS = (
    "Booking ", "Customer:", "Phone:", "Address:", "Map:", "Promised arrival:", "Fee told", "Fee not told yet", "Equipment:",
    "Problem:", "Notes:", "In the office:",
)  # fmt: skip
_BREAKS = re.compile(r"<br\s*/?>|</(?:p|div|li)>", re.IGNORECASE)
_TAGS = re.compile(r"</?[a-z][^>]*>", re.IGNORECASE)
# Google's numbers of colours: tomato, tangerine, graphite.
_RED, _ORANGE, _GREY = "11", "6", "8"


def form(shop: Shop) -> str:
    """Name the words in which the shop's events are written now."""
    return f"{EDITION} {shop.event_details}"


def summary(booking: Booking) -> str:
    who = booking.customer.name if booking.customer and _in_full(booking) else booking.reference
    return f"HVAC {booking.service_type.name} - {who}"


def description(booking: Booking) -> str:
    """Return our part: what the technician needs, or only what a calendar that others see may show."""
    place, customer, zone = booking.property, booking.customer, booking.shop.zone
    starts, ends = booking.promised_from.astimezone(zone), booking.promised_to.astimezone(zone)
    lines = [f"Booking {booking.reference}"]
    if customer is not None and _in_full(booking):
        lines += [f"Customer: {customer.name}", f"Phone: {customer.phone}"]
    lines += [f"Address: {place.address}", f"Map: {_map(place.address)}"] if place else ["Address: not known yet, ask the office"]
    lines.append(f"Promised arrival: {starts:%a %b %-d, %-I:%M %p} to {ends:%-I:%M %p}")
    if _in_full(booking):
        lines += [_fees(booking), _equipment(booking)]
        lines += [f"{label}: {text}" for label, text in (("Problem", booking.problem), ("Notes", booking.notes)) if text]
    lines.append(f"In the office: {settings.SERVER_URL}{reverse('admin:bookings_booking_change', args=[booking.pk])}")
    # A line for each, whatever line breaks a caller's words had: so ours are told from the technician's.
    return "\n".join([*(" ".join(line.split()) for line in lines if line), END])


def colour(visit: Visit) -> str:
    """Return the number of the colour that shows how the visit stands; "" for the calendar's own."""
    if visit.status == Visit.Status.DONE:
        return _GREY
    return {Urgency.EMERGENCY: _RED, Urgency.URGENT: _ORANGE}.get(Urgency(visit.booking.urgency), "")


def reminders(visit: Visit) -> list[int]:
    """Return how many minutes before the technician's telephone reminds them."""
    return [60] if visit.booking.urgency == Urgency.ROUTINE else [60, 15]


def with_notes(found: str, ours: str) -> str:
    """Return our part with what the technician wrote into the event that was found."""
    above, end, beneath = found.partition(END)
    added = [line for line in _lines(above) if not line.startswith(_LABELS)]
    if end:
        beneath = re.sub(r"^(?:\s|</?(?:br|p|div|span|b)\s*/?>)+", "", beneath, flags=re.IGNORECASE).rstrip()
    return "\n".join([ours, *added, *([beneath] if beneath else [])])


def is_ours(found: str, ours: str) -> bool:
    """Say whether our part of what was found is what it should be, be it as Google's own editor writes it."""
    above, end, _ = found.partition(END)
    return bool(end) and _lines(above) == _lines(ours.partition(END)[0])


def _lines(text: str) -> list[str]:
    plain = html.unescape(_TAGS.sub("", _BREAKS.sub("\n", text)))
    return [line for line in (" ".join(each.split()) for each in plain.splitlines()) if line]


def _in_full(booking: Booking) -> bool:
    return booking.shop.event_details == Shop.EventDetails.FULL


def _map(address: str) -> str:
    return "https://www.google.com/maps/search/?" + urlencode({"api": 1, "query": address})


def _equipment(booking: Booking) -> str:
    if not booking.equipment:
        return ""
    years = booking.equipment_years
    age = "" if years is None else f", {years} {'year' if years == 1 else 'years'} old"
    return f"Equipment: {booking.get_equipment_display()}{age}"


def _fees(booking: Booking) -> str:
    """What the technician may collect for coming, and whether the customer knows of it."""
    visit, trip = (round(each * 100) for each in (booking.visit_fee, booking.trip_fee))
    if not visit and not trip:
        return ""
    told = "Fee told" if booking.fee_told_at is not None else "Fee not told yet"
    parts = f" ({english.dollars(visit)} visit, {english.dollars(trip)} trip)" if visit and trip else ""
    return f"{told}: {english.dollars(visit + trip)}{parts}"
