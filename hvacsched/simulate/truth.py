"""Compares what callers were told with what stands in the database. Reads only."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from django.db import connection

from bookings.models import Booking, Lead, Shop, Visit
from hvacsched.simulate.answers import Claim
from hvacsched.simulate.record import Record
from telephony.models import Call

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
    calls = {call.twilio_sid: call for call in Call.objects.filter(twilio_sid__in=[record.sid for record in records])}
    origins = [call.origin for call in calls.values()]
    bookings: defaultdict[str, list[Booking]] = defaultdict(list)
    for booking in (
        Booking.objects.filter(origin__in=origins).exclude(status=Booking.Status.CANCELLED).select_related("customer")
    ):  # fmt: skip
        bookings[booking.origin].append(booking)
    visits: defaultdict[int, list[Visit]] = defaultdict(list)
    for visit in Visit.objects.filter(booking__origin__in=origins, status=Visit.Status.ACTIVE):
        visits[visit.booking_id].append(visit)
    leads = {lead.origin: lead for lead in Lead.objects.filter(origin__in=origins)}
    for record in records:
        call = calls.get(record.sid)
        if record.failure:
            continue
        if call is None:
            record.failure = "untrue: the call was never recorded"
            continue
        wrong = [
            *_bookings_wrong(record, bookings[call.origin], visits),
            *_ending_wrong(record, call),
            *_lead_wrong(record, leads.get(call.origin)),
        ]
        record.failure = f"untrue: {wrong[0]}" if wrong else ""


def _bookings_wrong(record: Record, found: Sequence[Booking], visits: dict[int, list[Visit]]) -> Iterable[str]:
    told = record.standing
    stored = {booking.reference: booking for booking in found}
    if missing := set(told) - set(stored):
        yield f"{len(missing)} of {len(told)} bookings told of do not exist"
    if unspoken := set(stored) - set(told):
        yield f"{len(unspoken)} bookings exist that the caller was not told of"
    for reference in set(told) & set(stored):
        yield from _booking_wrong(told[reference], stored[reference], visits[stored[reference].pk], record)


def _booking_wrong(claim: Claim, booking: Booking, visits: Sequence[Visit], record: Record) -> Iterable[str]:
    if str(booking.public_id) != claim.booking:
        yield "bookingId is another booking's"
    if booking.promised_from != claim.starts_at:
        yield f"told {claim.starts_at:%Y-%m-%d %H:%M}, promised from {booking.promised_from:%Y-%m-%d %H:%M} UTC"
    if booking.customer is None or booking.customer.phone != record.phone:
        yield "the booking has another number than the caller gave"
    if len(visits) != 1 or visits[0].technician_id is None:
        yield f"{len(visits)} visits keep the promise"
    elif not booking.promised_from <= visits[0].starts_at <= booking.promised_to:
        yield "the visit is planned outside of the window that was promised"


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
