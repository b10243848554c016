"""Forgets calls: their words after the shop's days for transcripts, their recordings after its days for recordings.

What was said to a caller of machine and recording, and that they stayed on, is kept: it is what the shop can show. Recordings
lie at Vapi and, for voicemail, at Twilio, and are deleted there, outside of any transaction; only then is their link let go.
Whatever fails is tried again by a later sweep, ever less often; two sweeps at once do the work once.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

import httpx
import structlog
from django.db import connection
from django.db.models import Q
from twilio.base.exceptions import TwilioRestException

from bookings.models import Concern, Lead, Shop
from telephony.models import Call, CallEvent, EmergencyWords
from telephony.twilio import rest
from telephony.vapi import client

log = structlog.get_logger(__name__)

CALLS_AT_ONCE = 50  # requests to Vapi, and to Twilio, in one sweep
ROWS_AT_ONCE = 2_000
# A call that declined is deleted once its report is there, which Vapi makes from it; without one, when none will come.
REPORT_COMES_WITHIN = timedelta(minutes=10)
_SOONEST, _LATEST = timedelta(minutes=5), timedelta(days=1)
_SID = re.compile(r"/Recordings/(RE[0-9a-fA-F]{32})(?:\.\w+)?$")
_NO_SUCH = 404
_OURS = frozenset({401, 403, 408, 429})  # says nothing of the one recording, but of us or of the moment


@dataclass(frozen=True, slots=True)
class Swept:
    """How many there were of each: calls whose words were deleted, events, recordings at Vapi, voicemail recordings."""

    calls: int = 0
    events: int = 0
    recordings: int = 0
    voicemails: int = 0


def sweep(*, now: datetime) -> Swept:
    """Delete what is due in every shop. Must not be called in a transaction: it talks to Vapi and Twilio."""
    if connection.in_atomic_block:
        raise RuntimeError("recordings are not deleted inside a transaction")
    calls = events = 0
    for shop in Shop.objects.order_by("pk"):
        until = now - timedelta(days=shop.transcript_days)
        calls += _forget_words(shop, until)
        events += _forget_events(shop, until)
        EmergencyWords.objects.filter(shop=shop, at__lt=until).exclude(text="").update(text="")  # what was heard and when stays
    return Swept(calls, events, _delete_recordings(now), _delete_voicemails(now))


def _forget_words(shop: Shop, until: datetime) -> int:
    # A contradiction quotes what was said.
    Concern.objects.filter(shop=shop, created_at__lt=until).exclude(said="").update(said="")
    due = Call.objects.filter(~Q(summary="", transcript="", wanted={}, wants_person=""), shop=shop, started_at__lt=until)
    some = list(due.order_by("started_at").values_list("pk", flat=True)[:ROWS_AT_ONCE])
    return Call.objects.filter(pk__in=some).update(summary="", transcript="", wanted={}, wants_person="") if some else 0


def _forget_events(shop: Shop, until: datetime) -> int:
    due = CallEvent.objects.filter(shop=shop, received_at__lt=until).order_by("received_at").values_list("pk", flat=True)
    some = list(due[:ROWS_AT_ONCE])
    return CallEvent.objects.filter(pk__in=some).delete()[0] if some else 0


def _due_calls(now: datetime) -> list[tuple[int, str, datetime]]:
    """Return (call, Vapi's id, since when it is due) of recordings to be deleted, longest due first."""
    waiting = Call.objects.filter(
        Q(recording_try_at=None) | Q(recording_try_at__lte=now), recording_removed_at=None, vapi_id__isnull=False
    ).exclude(vapi_id__startswith="unnamed-")
    due: list[tuple[int, str, datetime]] = []
    for shop in Shop.objects.order_by("pk"):
        kept = timedelta(days=shop.recording_days)
        old = waiting.filter(shop=shop, started_at__lt=now - kept).order_by("started_at")
        for pk, vapi_id, began in old.values_list("pk", "vapi_id", "started_at")[:CALLS_AT_ONCE]:
            due.append((pk, vapi_id or "", began + kept))
        declined = waiting.filter(
            Q(ended_at__lt=now - REPORT_COMES_WITHIN) | Q(events__kind="end-of-call-report"),
            shop=shop, recording_consent=Call.Consent.DECLINED, ended_at__isnull=False, started_at__gte=now - kept,
        )  # fmt: skip
        for pk, vapi_id, ended in declined.values_list("pk", "vapi_id", "ended_at").distinct()[:CALLS_AT_ONCE]:
            due.append((pk, vapi_id or "", ended or now))
    return sorted(due, key=lambda each: each[2])[:CALLS_AT_ONCE]


def _delete_recordings(now: datetime) -> int:
    deleted = 0
    for pk, vapi_id, since in _due_calls(now):
        # The next try is noted before this one: another sweep leaves it alone, and one that dies loses nothing.
        again = now + min(max(now - since, _SOONEST), _LATEST)
        unclaimed = Call.objects.filter(Q(recording_try_at=None) | Q(recording_try_at__lte=now), pk=pk, recording_removed_at=None)
        if not unclaimed.update(recording_try_at=again):
            continue
        try:
            status = client.delete_call(vapi_id).status_code
        except httpx.HTTPError as error:
            log.warning("recordings_wait", service="vapi", kind=type(error).__name__)
            return deleted
        if 200 <= status < 300 or status == _NO_SUCH:
            Call.objects.filter(pk=pk).update(recording_url="", recording_removed_at=now, recording_try_at=None)
            deleted += 1
            continue
        log.warning("recordings_wait", service="vapi", status=status)
        if status >= 500 or status in _OURS:
            return deleted
    return deleted


def _delete_voicemails(now: datetime) -> int:
    deleted = 0
    for shop in Shop.objects.order_by("pk"):
        kept = timedelta(days=shop.recording_days)
        untried = Q(recording_try_at=None) | Q(recording_try_at__lte=now)
        due = Lead.objects.filter(untried, shop=shop, created_at__lt=now - kept).exclude(recording_url="").order_by("created_at")
        for pk, address, began in list(due.values_list("pk", "recording_url", "created_at")[: CALLS_AT_ONCE - deleted]):
            again = now + min(max(now - began - kept, _SOONEST), _LATEST)
            if not Lead.objects.filter(untried, pk=pk, recording_url=address).update(recording_try_at=again):
                continue
            sid = _SID.search(address)
            if sid is not None:
                try:
                    rest.client().recordings(sid.group(1)).delete()
                except TwilioRestException as error:
                    if error.status != _NO_SUCH:
                        log.warning("recordings_wait", service="twilio", status=error.status, error_code=error.code)
                        if error.status >= 500 or error.status in _OURS:
                            return deleted
                        continue
                except rest.ERRORS as error:
                    log.warning("recordings_wait", service="twilio", kind=type(error).__name__)
                    return deleted
            Lead.objects.filter(pk=pk, recording_url=address).update(
                recording_url="", recording_seconds=None, recording_try_at=None
            )  # fmt: skip
            deleted += 1
    return deleted
