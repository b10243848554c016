"""What stands in the office after a script, beside what it expects; and as one picture, to compare two ways to the same end."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.utils import timezone

from bookings.models import Booking, Concern, Lead, OutgoingMessage, RefreshRequest, Shop, Visit
from bookings.services import confirmations, rosters
from hvacsched.simulate import truth
from hvacsched.simulate.scripts import words
from hvacsched.simulate.scripts.script import Script
from hvacsched.simulate.scripts.stage import Played
from telephony.alarms import texting
from telephony.models import Call, CallEvent, ToolInvocation
from telephony.told import checking

Json = dict[str, Any]


def check(script: Script, shop: Shop, played: Played) -> tuple[int, list[str]]:
    """Return how many rows were looked at, and for each that is not as expected, how."""
    wanted: Json = words.fill(script.expect, played.scope, shop.zone)
    found: Mapping[str, list[Json]] = {
        "bookings": [_booking(each) for each in _bookings(shop)],
        "leads": [_lead(each) for each in Lead.objects.filter(shop=shop).order_by("created_at", "pk")],
        "concerns": [{"kind": each.kind, "status": each.status} for each in Concern.objects.filter(shop=shop).order_by("pk")],
        "texts": _texts(shop),
        "calls": [_call(each) for each in _in_order(shop, played.vapi_ids)],
    }
    problems: list[str] = []
    looked_at = 0
    for what, rows in found.items():
        expected = wanted.get(what, [])
        looked_at += max(1, len(expected))
        problems += _compare(what, expected, rows)
    looked_at += 1
    if overlapping := truth.overlaps(shop):
        problems.append(f"{overlapping} pairs of visits overlap")
    for call in Call.objects.filter(shop=shop, stage=Call.Stage.ENDED):
        looked_at += 1
        _, untrue = checking.contradictions(call, rosters.of(shop.pk, call.shop.config_version))
        problems += [f"{each.what}: was told {each.said!r}" for each in untrue]
    if "refresh" in wanted:
        looked_at += 1
        if RefreshRequest.objects.filter(shop=shop).exists() is not wanted["refresh"]:
            problems.append(f"calendars asked to be read: not {wanted['refresh']}")
    for number, secrets in wanted.get("never_said", {}).items():
        looked_at += len(secrets)
        told = " ".join(line.casefold() for call, line in played.said if call == int(number))
        problems += [f"call {number}: {secret!r} was told" for secret in secrets if secret.casefold() in told]
    return looked_at, problems


def _compare(what: str, expected: Sequence[Any], rows: Sequence[Json]) -> Iterable[str]:
    if len(expected) != len(rows):
        yield f"{len(rows)} {what}, not {len(expected)}: {json.dumps(rows, default=str, ensure_ascii=False)}"
        return
    for n, (want, row) in enumerate(zip(expected, rows, strict=True), start=1):
        for key, value in want.items():
            if row.get(key) != value:
                yield f"{what} {n}: {key} is {row.get(key)!r}, not {value!r}"


def _bookings(shop: Shop) -> Sequence[Booking]:
    return list(
        Booking.objects.filter(shop=shop)
        .select_related("customer", "service_type", "property", "shop")
        .prefetch_related("changes", "visits")
        .order_by("promised_from", "pk")
    )


def _booking(booking: Booking) -> Json:
    starts = booking.promised_from.astimezone(booking.shop.zone)
    return {
        "service": booking.service_type.key,
        "day": starts.date().isoformat(),
        "time": f"{starts:%H:%M}",
        "until": f"{booking.promised_to.astimezone(booking.shop.zone):%H:%M}",
        "minutes": booking.minutes,
        "status": booking.status,
        "customer": booking.customer.name if booking.customer else "",
        "phone": booking.customer.phone if booking.customer else "",
        "address": booking.property.address if booking.property else "",
        "zip": booking.zip_code,
        "urgency": booking.urgency,
        "equipment": booking.equipment,
        "problem": booking.problem,
        "notes": booking.notes,
        "trip_fee": str(booking.trip_fee),
        "visit_fee": str(booking.visit_fee),
        "fee_told": booking.fee_told_at is not None,
        "history": [change.kind for change in booking.changes.all()],
        "visits": sum(visit.status == Visit.Status.ACTIVE for visit in booking.visits.all()),
    }


def _lead(lead: Lead) -> Json:
    return {"reason": lead.reason, "status": lead.status, "phone": lead.phone, "wanted": lead.wanted}


def _texts(shop: Shop) -> list[Json]:
    """Return the texts that are true at the end; others are dropped sooner or later by whoever sends them."""
    return [
        {"why": text.reason.partition(":")[0], "to": text.to, "body": text.body}
        # Alarms are for staff, and go out only where a worker runs: beside the running product, not beside a test's clock.
        for text in OutgoingMessage.objects.filter(shop=shop).exclude(reason__startswith=texting.REASON).order_by("pk")
        if not confirmations.is_stale(text, now=timezone.now())
    ]


def _in_order(shop: Shop, vapi_ids: Sequence[str]) -> list[Call]:
    """The shop's calls, in the script's order; those it does not know come last."""
    known = {vapi_id: n for n, vapi_id in enumerate(vapi_ids)}
    return sorted(Call.objects.filter(shop=shop), key=lambda call: (known.get(call.vapi_id or "", len(known)), call.pk))


def _call(call: Call) -> Json:
    invocations = list(ToolInvocation.objects.filter(call=call).order_by("requested_at", "pk"))
    return {
        "from": call.from_number,
        "stage": call.stage,
        "outcome": call.outcome,
        "reason": call.ended_reason,
        "language": call.language,
        "summary": call.summary,
        "transcript": call.transcript,
        "recorded": bool(call.recording_url),
        "consent": call.recording_consent,
        "cost": str(call.cost) if call.cost is not None else None,
        "taken_back": call.taken_back_at is not None,
        "states": [each.state for each in invocations],
        "events": _counted(CallEvent.objects.filter(call=call).values_list("kind", flat=True)),
    }


def _counted(kinds: Iterable[str]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for kind in sorted(kinds):
        counts[kind] = counts.get(kind, 0) + 1
    return counts


def picture(shop: Shop, played: Played, *, promise_only: bool = False) -> Json:
    """Return all that a script left, without what differs from one play to the next: ids, references, tokens, when it came.

    Leads that are closed are left out: whether somebody seemed to be unserved until a later fact came hangs on the order.
    `promise_only`: what customers were promised and what is kept for it, not the way there.
    """
    bookings = [_booking(each) for each in _bookings(shop)]
    visits = Visit.objects.filter(shop=shop, status__in=("active", "held")).order_by("starts_at", "role", "pk")
    found: Json = {
        "bookings": [row for row in bookings if not promise_only or row["status"] == "booked"],
        "visits": [[each.starts_at, each.ends_at, each.status, each.role] for each in visits],
        "customers": sorted(shop.customer_set.values_list("name", "phone", "member")),
        "texts": sorted((each["why"], each["to"], each["body"]) for each in _texts(shop)),
    }
    if promise_only:
        for row in found["bookings"]:
            row.pop("history")
        found["texts"] = [text[:2] for text in found["texts"]]
        return _without_tokens(found, shop, played)
    waiting = Lead.objects.filter(shop=shop, status=Lead.Status.OPEN)
    found["leads"] = sorted(map(_lead, waiting), key=lambda row: sorted(row.items()))
    found["concerns"] = sorted(Concern.objects.filter(shop=shop).values_list("kind", "status", "text"))
    found["calls"] = [
        _call(call)
        | {
            "ended_at": call.ended_at,
            "tools": sorted({_tool(each) for each in call.invocations.all()}),
            "timeline": sorted(_event(each) for each in CallEvent.objects.filter(call=call)),
        }
        for call in _in_order(shop, played.vapi_ids)
    ]
    for call in found["calls"]:
        call["states"] = sorted(set(call["states"]))  # a read without an identity is asked again by its second delivery
    return _without_tokens(found, shop, played)


def _tool(invocation: ToolInvocation) -> str:
    return json.dumps([invocation.name, invocation.arguments, invocation.state], sort_keys=True, ensure_ascii=False)


def _event(event: CallEvent) -> str:
    return json.dumps([event.at.isoformat(), event.kind, event.role, event.detail, event.text], ensure_ascii=False)


def _without_tokens(found: Json, shop: Shop, played: Played) -> Json:
    """Put the same word for every token that was drawn: slots, references as they are and as they are spelt, ids of calls."""
    drawn = dict.fromkeys(shop.offer_set.values_list("slot_id", flat=True), "SLOT")
    for n, booking in enumerate(Booking.objects.filter(shop=shop).order_by("created_at", "pk"), start=1):
        spelt = ", ".join(" ".join(part) for part in booking.reference.split("-"))
        drawn |= {booking.reference: f"REFERENCE {n}", spelt: f"REFERENCE {n}", str(booking.public_id): f"BOOKING {n}"}
    for n, call in enumerate(_in_order(shop, played.vapi_ids), start=1):
        drawn |= {str(call.vapi_id): f"VAPI {n}", str(call.twilio_sid): f"TWILIO {n}", str(call.public_id): f"CALL {n}"}
    drawn |= {shop.phone_number: "SHOP"}
    text = json.dumps(found, default=str, ensure_ascii=False)
    for token, word in drawn.items():
        text = text.replace(token, word)
    result: Json = json.loads(text)
    for call in result.get("calls", []):  # whose order the tokens have made
        call["tools"].sort()
        call["timeline"].sort()
    result["texts"].sort()
    return result
