"""Calls whose end, or whose caller, nobody told us: asked about at Vapi and Twilio, and completed with what those say."""

from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import connection
from django.db.models import Q

from telephony import calls, endings
from telephony.models import Call
from telephony.reconciling.vendors import Vendors, Word, is_reported, take_report

log = structlog.get_logger(__name__)

QUIET = timedelta(minutes=3)  # without a sign of life; the status and the report of an end come within seconds
REPORT_COMES_WITHIN = timedelta(minutes=10)  # after the end; its analysis takes a while
REPORT_ASKED_FOR = timedelta(hours=24)
GIVEN_UP_AFTER = timedelta(hours=6)  # when neither could be asked
AT_ONCE = 30
_SOONEST, _LATEST = timedelta(minutes=1), timedelta(minutes=30)
_NEVER_AGAIN = timedelta(days=30)  # beyond the time in which a report is asked for
NOBODY_KNOWS = "failed: neither Twilio nor Vapi could say how it ended"

_DUE = """
SELECT c.id FROM telephony_call c
 WHERE c.stage <> 'ended' AND c.started_at < %(quiet)s AND (c.reconcile_at IS NULL OR c.reconcile_at <= %(now)s)
   AND NOT EXISTS (SELECT FROM telephony_callevent e WHERE e.call_id = c.id AND e.received_at > %(quiet)s)
   AND NOT EXISTS (SELECT FROM telephony_toolinvocation t WHERE t.call_id = c.id AND t.answered_at > %(quiet)s)
 ORDER BY c.started_at LIMIT %(limit)s
"""
_UNREPORTED = """
SELECT c.id FROM telephony_call c
 WHERE c.shop_id IN (SELECT id FROM bookings_shop) AND c.started_at > %(since)s
   AND c.stage = 'ended' AND c.ended_at < %(settled)s AND c.vapi_id IS NOT NULL AND c.vapi_id NOT LIKE 'unnamed-%%'
   AND (c.reconcile_at IS NULL OR c.reconcile_at <= %(now)s)
   AND NOT EXISTS (SELECT FROM telephony_callevent e WHERE e.call_id = c.id AND e.kind = 'end-of-call-report')
 ORDER BY c.started_at LIMIT %(limit)s
"""
# Neither number: a recording's callback was the first we heard of it. A withheld caller's call has the number that was called.
_UNNAMED = """
SELECT c.id FROM telephony_call c
 WHERE c.shop_id IN (SELECT id FROM bookings_shop) AND c.started_at > %(since)s
   AND c.stage = 'ended' AND c.from_number = '' AND c.to_number = '' AND c.twilio_sid IS NOT NULL AND c.vapi_id IS NULL
   AND (c.reconcile_at IS NULL OR c.reconcile_at <= %(now)s)
 ORDER BY c.started_at LIMIT %(limit)s
"""


def due(now: datetime) -> list[int]:
    """Return the ids of calls to ask about: not over and quiet, ended without a report, ended without a number."""
    with connection.cursor() as cursor:
        cursor.execute(_DUE, {"now": now, "quiet": now - QUIET, "limit": AT_ONCE})
        found = [pk for (pk,) in cursor.fetchall()]
        since, settled = now - REPORT_ASKED_FOR, now - REPORT_COMES_WITHIN
        cursor.execute(_UNREPORTED, {"now": now, "since": since, "settled": settled, "limit": AT_ONCE - len(found)})
        found += [pk for (pk,) in cursor.fetchall()]
        cursor.execute(_UNNAMED, {"now": now, "since": since, "limit": AT_ONCE - len(found)})
        return found + [pk for (pk,) in cursor.fetchall()]


def settle(call_id: int, vendors: Vendors, *, now: datetime) -> bool:
    """Ask about one call and close it if it is over; say whether anything was learnt. Claimed by the time of the next try."""
    waiting = Call.objects.filter(Q(reconcile_at=None) | Q(reconcile_at__lte=now), pk=call_id)
    call = waiting.first()
    if call is None:
        return False
    again = now + min(max((now - call.started_at) / 3, _SOONEST), _LATEST)
    if not waiting.update(reconcile_at=again):
        return False
    if call.stage == Call.Stage.ENDED and call.vapi_id is None:
        return _ask_who_called(call, vendors, now=now)
    if call.stage == Call.Stage.ENDED:
        return _ask_for_the_report(call, vendors, now=now)
    return _ask_how_it_ended(call, vendors, now=now)


def _ask_how_it_ended(call: Call, vendors: Vendors, *, now: datetime) -> bool:
    words = []
    twilios = vapis = None
    if call.twilio_sid:
        word, twilios = vendors.of_twilio(call.twilio_sid)
        words.append(word)
        _name(call, twilios)
        if word is Word.LIVE:
            return False  # the caller is on the line, with whomever
    if call.vapi_id and not call.vapi_id.startswith("unnamed-"):
        word, vapis = vendors.of_vapi(call.vapi_id)
        words.append(word)
        if word is Word.LIVE and twilios is None:
            return False
        if word is Word.OVER and vapis and not is_reported(call):
            take_report(vapis, now=now)  # what Vapi knows first: it says more than Twilio's "completed"
    if twilios is not None:
        # Twilio's word on the line is the last: a call that it has ended is over, whatever Vapi still believes.
        endings.close(call, reason=str(twilios.status), at=_moment(twilios.end_time, call, now), hung_up=True)
    elif Word.OVER in words:
        endings.close(call, reason="", at=_moment(None, call, now), hung_up=Word.SILENT not in words)
    elif Word.SILENT not in words or now - call.started_at > GIVEN_UP_AFTER:
        # A request that named no call can be asked about nowhere: what it did is all there is to know.
        endings.close(call, reason=NOBODY_KNOWS if words else "", at=_moment(None, call, now), hung_up=True)
    else:
        return False
    log.info("call_reconciled", call=call.origin, words=[each.value for each in words])
    return True


def _ask_for_the_report(call: Call, vendors: Vendors, *, now: datetime) -> bool:
    word, vapis = vendors.of_vapi(call.vapi_id or "")
    if word is Word.OVER:
        take_report(vapis, now=now)
        log.info("report_reconciled", call=call.origin)
        return True
    if word is Word.UNKNOWN:
        Call.objects.filter(pk=call.pk).update(reconcile_at=now + _NEVER_AGAIN)
    return False


def _ask_who_called(call: Call, vendors: Vendors, *, now: datetime) -> bool:
    word, twilios = vendors.of_twilio(call.twilio_sid or "")
    if _name(call, twilios):
        endings.look_again(call)
        log.info("caller_reconciled", call=call.origin)
        return True
    if word is not Word.SILENT:
        Call.objects.filter(pk=call.pk).update(reconcile_at=now + _NEVER_AGAIN)
    return False


def _name(call: Call, twilios: Any) -> bool:
    """Give a call the numbers that Twilio has of it, where it has neither; say whether it got one."""
    if twilios is None or call.from_number or call.to_number or not (twilios._from or twilios.to):
        return False
    calls.name(call, from_number=twilios._from or "", to_number=twilios.to or "")
    return True


def _moment(said: datetime | None, call: Call, now: datetime) -> datetime:
    """Return when the call ended, as it was told, else its last sign of life."""
    if said is not None:
        return said
    last = call.events.order_by("-received_at").values_list("received_at", flat=True).first()
    return min(last or now, now)
