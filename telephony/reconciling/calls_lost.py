"""Calls and voicemails that never reached us, because the server was down and Twilio's fallback document took the caller.

Derived from what is stored, not from when was last looked: each look goes back further than the one before it, and what is
known already is left alone.
"""

from datetime import datetime, timedelta

import structlog
from django.conf import settings

from bookings.models import Lead, Shop
from telephony import calls, endings
from telephony.models import Call
from telephony.reconciling.vendors import FINAL, Vendors, take_report
from telephony.twilio import chain

log = structlog.get_logger(__name__)

# Each minute the last while is looked at, and every quarter of an hour more than a day, for hosts that were down for long.
SHORT, LONG = timedelta(minutes=40), timedelta(hours=26)
_LONG_EVERY_MINUTES = 15
LISTED_AT_MOST = 1000  # one page of Twilio's
TAKEN_AT_ONCE = 50
NEVER_REACHED = "the call did not reach this server"
_SETTLES = timedelta(minutes=2)  # what has just ended may have its messages still under way


def window(now: datetime) -> timedelta:
    return LONG if now.minute % _LONG_EVERY_MINUTES == 0 else SHORT


def recover(vendors: Vendors, *, now: datetime) -> int:
    """Record what was lost; return how many calls and voicemails that were."""
    back = window(now)
    found = 0
    for shop in Shop.objects.exclude(phone_number="").order_by("pk"):
        found += _from_twilio(shop, vendors, now=now, back=back)
    return found + _from_vapi(vendors, now=now, back=back) + _voicemails(vendors, now=now, back=back)


def _from_twilio(shop: Shop, vendors: Vendors, *, now: datetime, back: timedelta) -> int:
    listed = [
        each
        for each in vendors.calls_at_twilio(shop.phone_number, now - back, most=LISTED_AT_MOST)
        # Legs that were dialled and calls that we placed are no callers; neither are our own tests of the line.
        if each.direction == "inbound"
        and not each.parent_call_sid
        and each.status in FINAL
        and each._from not in (shop.phone_number, settings.SELF_TEST_NUMBER)
    ]
    known = set(Call.objects.filter(twilio_sid__in=[each.sid for each in listed]).values_list("twilio_sid", flat=True))
    lost = [each for each in listed if each.sid not in known and (each.end_time or each.start_time or now) < now - _SETTLES]
    for each in lost[:TAKEN_AT_ONCE]:
        began = each.start_time or now
        call = calls.record(
            shop=shop, now=began, twilio_sid=each.sid, from_number=each._from or "", to_number=shop.phone_number
        )  # fmt: skip
        Call.objects.filter(pk=call.pk, fallback_reason="").update(fallback_reason=NEVER_REACHED[:60])
        endings.close(call, reason=str(each.status), at=each.end_time or began, hung_up=True)
        log.warning("lost_call_recorded", call=call.origin)
    return len(lost[:TAKEN_AT_ONCE])


def _from_vapi(vendors: Vendors, *, now: datetime, back: timedelta) -> int:
    """Take in calls that Vapi has answered and told us nothing of, or that we asked it for and lost before they were linked."""
    listed = [
        each
        for each in vendors.calls_at_vapi(now - back)
        if each.get("status") == "ended" and isinstance(each.get("id"), str) and each.get("type") == "inboundPhoneCall"
        # Vapi waited for a caller whom we had sent elsewhere meanwhile.
        and "no-call-received" not in str(each.get("endedReason"))
        and str(each.get("endedAt") or each.get("updatedAt") or "") < _iso(now - _SETTLES)
    ]  # fmt: skip
    known = set(Call.objects.filter(vapi_id__in=[each["id"] for each in listed]).values_list("vapi_id", flat=True))
    lost = [each for each in listed if each["id"] not in known][:TAKEN_AT_ONCE]
    taken = 0
    for each in lost:
        try:
            take_report(each, now=now)
        except calls.UnknownShopError:
            log.info("lost_call_of_no_shop")
            continue
        taken += 1
        log.warning("lost_call_reported")
    return taken


def _voicemails(vendors: Vendors, *, now: datetime, back: timedelta) -> int:
    """Put recordings that Twilio has, and whose callback was lost, into the leads of their calls."""
    listed = {
        each.call_sid: each
        for each in vendors.recordings(now - back, most=LISTED_AT_MOST)
        if each.source == "RecordVerb" and each.status == "completed" and str(each.duration).isdigit() and int(each.duration)
    }
    added = 0
    for call in Call.objects.filter(twilio_sid__in=listed).exclude(stage=Call.Stage.VOICEMAIL):
        recording = listed[call.twilio_sid]
        lead = Lead.objects.filter(shop=call.shop_id, origin=call.origin).first()
        if lead is not None and (lead.recording_url or lead.reason == Lead.Reason.VOICEMAIL):
            continue
        address = settings.TWILIO_API_BASE_URL + str(recording.uri).removesuffix(".json")
        chain.keep_lead(
            call, Lead.Reason.VOICEMAIL, now=recording.date_created or now, recording_url=address[:500],
            seconds=int(recording.duration),
        )  # fmt: skip
        endings.look_again(call)
        added += 1
        log.warning("lost_voicemail_recorded", call=call.origin)
        if added >= TAKEN_AT_ONCE:
            break
    return added


def _iso(at: datetime) -> str:
    """Return a time as Vapi writes it, so that texts compare as times do."""
    return at.strftime("%Y-%m-%dT%H:%M:%S.000Z")
