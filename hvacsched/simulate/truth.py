"""Compares what callers were told with what stands in the database. Reads only."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from django.db import connection

from bookings.models import Booking, Lead, Shop, Visit
from hvacsched.simulate.answers import Claim
from hvacsched.simulate.record import Record
from telephony.models import Call

Status = Booking.Status

_OVERLAPS = """
SELECT count(*) FROM bookings_visit a JOIN bookings_visit b
    ON a.technician_id = b.technician_id AND a.id < b.id AND a.blocked && b.blocked
 WHERE a.shop_id = %s AND a.status IN ('held', 'active') AND b.status IN ('held', 'active')
   AND NOT a.overbooked AND NOT b.overbooked
"""


def overlaps(shop: Shop) -> int:
    """Return how many pairs of visits overlap for one technician, over all of the shop's visits."""
    with connection.cursor() as cursor:
        cursor.execute(_OVERLAPS, [shop.pk])
        return int(cursor.fetchone()[0])


def check(records: Sequence[Record]) -> None:
    """Mark every call as failed whose caller was told something that is not so, or not told of what is."""
    sids = [call.sid for record in records for call in record.calls]
    calls = {call.twilio_sid: call for call in Call.objects.filter(twilio_sid__in=sids)}
    origins = [call.origin for call in calls.values()]
    made: defaultdict[str, list[Booking]] = defaultdict(list)
    for booking in (
        Booking.objects.filter(origin__in=origins)
        .select_related("customer", "service_type", "shop")
        .prefetch_related("visits", "service_type__crew")
        .order_by("pk")
    ):
        made[booking.origin].append(booking)
    leads = {lead.origin: lead for lead in Lead.objects.filter(origin__in=origins)}
    for record in records:
        if record.failure:
            continue
        known = [(each, calls[each.sid]) for each in record.calls if each.sid in calls]
        if len(known) < len(record.calls):
            record.failure = "untrue: the call was never recorded"
            continue
        wrong = [*_bookings_wrong(record, [booking for _, call in known for booking in made[call.origin]])]
        for each, call in known:
            wrong += [*_ending_wrong(each, call), *_lead_wrong(each, leads.get(call.origin))]
        record.failure = f"untrue: {wrong[0]}" if wrong else ""


def _bookings_wrong(record: Record, found: Sequence[Booking]) -> Iterable[str]:
    """Compare what stands after all the calls with what these calls made, whichever of them."""
    told = record.at_last
    stored = {booking.reference: booking for booking in found}
    stand = {reference for reference, booking in stored.items() if booking.status not in (Status.CANCELLED, Status.LAPSED)}
    if held := [booking for booking in found if booking.status == Status.HELD]:
        yield f"{len(held)} holds outlive their call"
        return
    if missing := set(told) - stand:
        yield f"{len(missing)} of {len(told)} bookings told of do not exist"
    if unspoken := stand - set(told):
        yield f"{len(unspoken)} bookings exist that the caller was not told of"
    for reference in set(told) & stand:
        yield from _booking_wrong(told[reference], stored[reference], record)
    for reference in record.cancelled:
        if reference not in stored or stored[reference].status != Status.CANCELLED:
            yield "a booking was said to be cancelled and is not"
    for booking in found:
        if booking.reference not in stand:
            yield from _ended_wrong(booking)
    if "held" in record.states and not stand and not any(booking.status == Status.LAPSED for booking in found):
        yield "a time was said to be held, and no hold was ever made"


def _booking_wrong(claim: Claim, booking: Booking, record: Record) -> Iterable[str]:
    if str(booking.public_id) != claim.booking:
        yield "bookingId is another booking's"
    if booking.promised_from != claim.starts_at:
        yield f"told {claim.starts_at:%Y-%m-%d %H:%M}, promised from {booking.promised_from:%Y-%m-%d %H:%M} UTC"
    if booking.customer is None or booking.customer.phone != record.phone:
        yield "the booking has another number than the caller gave"
    if record.urgent and booking.urgency != "urgent":
        yield f"the booking is {booking.urgency}, it was urgent"
    yield from _visits_wrong(booking)


def _visits_wrong(booking: Booking) -> Iterable[str]:
    """One visit a person and day of the service, each within the promised window by the clock of its day."""
    visits = [visit for visit in booking.visits.all() if visit.status == Visit.Status.ACTIVE]
    if any(visit.status == Visit.Status.HELD for visit in booking.visits.all()):
        yield "a visit of a booking is only held"
    service, zone = booking.service_type, booking.shop.zone
    roles = Counter(["lead", *(member.role for member in service.crew.all())] * service.days)
    if len(visits) != roles.total() or any(visit.technician_id is None for visit in visits):
        yield f"{len(visits)} visits keep the promise"
        return
    if Counter(visit.role for visit in visits) != roles:
        yield "the crew is not the one that the service takes"
    opens, length = booking.promised_from.astimezone(zone), booking.promised_to - booking.promised_from
    turns = {(visit.technician_id, visit.starts_at.astimezone(zone).date()) for visit in visits}
    days = {day for _, day in turns}
    if len(turns) != len(visits) or len(days) != service.days:
        yield "the visits are not one a person and day"
    elif min(days) != opens.date():
        yield "the first day is another than was promised"
    for visit in visits:
        window = datetime.combine(visit.starts_at.astimezone(zone).date(), opens.time(), zone).astimezone(UTC)
        if not window <= visit.starts_at <= window + length:
            yield "the visit is planned outside of the window that was promised"
            return


def _ended_wrong(booking: Booking) -> Iterable[str]:
    """What was cancelled, or only held, takes nobody's time and is still there to be read."""
    states = {visit.status for visit in booking.visits.all()}
    if states != {Visit.Status.ENDED}:
        yield f"a booking is {booking.get_status_display().lower()}, and its visits are {', '.join(sorted(states)) or 'gone'}"


def _ending_wrong(record: Record, call: Call) -> Iterable[str]:
    if call.stage != Call.Stage.ENDED:
        yield f"the call is over, and stands as {call.get_stage_display()}"
    if call.outcome != record.must_come_to:
        yield f"the outcome is {call.outcome or 'nothing'}, it was {record.must_come_to}"
    if record.vapi_id and call.vapi_id != record.vapi_id:
        yield "the call does not know its id at Vapi"


def _lead_wrong(record: Record, lead: Lead | None) -> Iterable[str]:
    if record.must_leave:
        if lead is None or lead.status != Lead.Status.OPEN:
            yield f"nobody will call back, though it was {record.must_leave}"
        elif lead.reason != record.must_leave:
            yield f"the lead says {lead.reason}, it was {record.must_leave}"
        elif record.must_leave == "voicemail" and not lead.recording_url:
            yield "the message on the voicemail cannot be heard"
    elif record.standing and "office_will_call" not in record.states and lead is not None and lead.status == Lead.Status.OPEN:
        yield "booked, and still to be called back"
