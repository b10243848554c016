"""What the office and the vendors must have once everything has recovered: outcomes, leads, texts, events, nobody twice.

Each problem is one sentence under the kind it is counted as: silent, lost or doubled.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.utils import timezone

from bench.faults import truth
from bench.faults.findings import DOUBLED, LOST, ODD, SILENT, UNTRUE, Findings
from bench.faults.heard import Life
from bench.faults.truth import Rows
from bookings.models import Booking, Lead, OutgoingMessage, Shop
from hvacsched.simulate import mirror
from hvacsched.simulate.truth import overlaps
from telephony.models import Call

Json = dict[str, Any]
SEEDED = "CA5eed"  # the demo's own call


def judge(lives: Sequence[Life], shop: Shop, *, events: Mapping[str, Sequence[Json]], texts: Sequence[Json]) -> Findings:
    """Look at every call and at the office as a whole. Reads only."""
    rows, findings = Rows.read(), Findings()
    for life in lives:
        lost, doubled, unspoken = truth.untold(life, rows)
        findings.unspoken[life.phase] += len(unspoken)
        found = [*((UNTRUE, text) for text in truth.untrue(life, rows)), *((LOST, text) for text in lost)]
        found += [*((DOUBLED, text) for text in doubled), *_call_wrong(life, rows)]
        if life.fault:
            found.append((SILENT if not life.ending else ODD, life.fault))
        elif not life.ending:
            found.append((SILENT, "the caller heard nothing at all"))
        if not life.lean:
            found += _compared(life, rows, unspoken=bool(unspoken))
        for kind, text in found:
            findings.add(life.phase, kind, f"{text} ({life})")
    findings.everywhere += [(DOUBLED, f"{overlaps(shop)} pairs of visits overlap")] if overlaps(shop) else []
    findings.everywhere += [(LOST, text) for text in mirror.problems(shop, events, now=timezone.now())]
    findings.everywhere += list(_texts_wrong(texts))
    findings.everywhere += list(_others_wrong(lives))
    return findings


def _call_wrong(life: Life, rows: Rows) -> Iterator[tuple[str, str]]:
    call = rows.call_of(life)
    if call is None:
        if life.uses or life.sid:
            yield LOST, "the office never heard of the call"
        return
    if call.stage != Call.Stage.ENDED or not call.outcome:
        yield LOST, f"the call has no end: {call.get_stage_display()}, outcome {call.outcome or 'none'}"
    leads = rows.leads.get(call.origin, [])
    open_leads = [lead for lead in leads if lead.status == Lead.Status.OPEN]
    changed = truth.changed_something(call, rows)
    if not changed and not life.served_by_person:
        if not open_leads:
            yield LOST, f"nobody will call back; the call is {call.outcome or 'without an outcome'}"
        elif open_leads[0].phone != life.phone:
            yield LOST, "the lead has no number to call back, or another one"
    if len(leads) > 1:
        yield DOUBLED, f"{len(leads)} leads of one call"
    if life.left_message and not open_leads:
        yield LOST, "a message was left and nobody will hear it"
    if life.standing and open_leads and not life.left_message and "office_will_call" not in life.states:
        yield DOUBLED, "booked, and still to be called back"


def _compared(life: Life, rows: Rows, *, unspoken: bool) -> Iterator[tuple[str, str]]:
    """Look at what the product's own comparison made of the call: nothing, unless something stands that was never said."""
    call = rows.call_of(life)
    raised = rows.concerns.get(call.origin, set()) if call else set()
    if truth.never_said(life, rows) and not raised:
        yield LOST, "something stands that was never said, and nobody was asked to look"
    if raised and not unspoken and all(use.answered for use in life.uses):
        yield ODD, f"a false alarm of the comparison: {', '.join(sorted(raised))}"


def _texts_wrong(texts: Sequence[Json]) -> Iterator[tuple[str, str]]:
    """Compare the texts Twilio has with those that were to be sent: each once, and one confirmation for what stands."""
    at_twilio = Counter((each["to"], each["body"]) for each in texts)
    wanted: Counter[tuple[str, str]] = Counter()
    for message in OutgoingMessage.objects.order_by("pk"):
        wanted[message.to, message.body] += 1
        if message.status not in (OutgoingMessage.Status.SENT, OutgoingMessage.Status.DELIVERED):
            yield LOST, f"a text is {message.get_status_display().casefold()} ({message.error_code or 'no error'})"
    for key, times in at_twilio.items():
        if times > wanted[key]:
            yield DOUBLED, f"a text was sent {times} times instead of {wanted[key]}"
    for key, times in wanted.items():
        if at_twilio[key] < times:
            yield LOST, f"a text is at Twilio {at_twilio[key]} times instead of {times}"
    standing = Booking.objects.filter(status=Booking.Status.BOOKED, origin__startswith="call:")
    confirmed: defaultdict[int, list[str]] = defaultdict(list)
    for pk, reason in OutgoingMessage.objects.order_by("pk").values_list("booking", "reason"):
        if reason.startswith("confirm:") and pk is not None:
            confirmed[pk].append(reason)
    for booking in standing:
        if not confirmed[booking.pk]:
            yield LOST, f"{booking.reference} stands and was never confirmed by text"
        elif f"{booking.promised_from:%Y%m%dT%H%MZ}" not in confirmed[booking.pk][-1]:
            yield LOST, f"the last confirmation of {booking.reference} names another time"


def _others_wrong(lives: Sequence[Life]) -> Iterator[tuple[str, str]]:
    """Calls that nobody made, and two calls of one telephone call."""
    known = {key for life in lives for key in (life.sid, life.vapi_id) if key}
    strangers = [
        call for call in Call.objects.exclude(twilio_sid__startswith="CA5eed") if not {call.twilio_sid, call.vapi_id} & known
    ]
    if strangers:
        yield DOUBLED, f"{len(strangers)} calls that nobody made"
    sids = {life.vapi_id: life.sid for life in lives if life.sid and life.vapi_id}
    apart = [call for call in Call.objects.filter(twilio_sid=None) if sids.get(call.vapi_id or "")]
    if apart:
        yield DOUBLED, f"{len(apart)} calls stand twice, once for Twilio and once for Vapi"
