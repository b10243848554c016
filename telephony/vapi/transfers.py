"""Moves a live call from the assistant to the first person of the ladder: at Twilio where Twilio asked us, else at Vapi.

One of the two network calls a caller waits for: one total deadline, a few at once, no transaction and no connection held.
"""

from datetime import datetime
from functools import lru_cache

import structlog
from django.conf import settings
from django.db import DatabaseError, connection
from django.utils import translation
from twilio.base.exceptions import TwilioRestException

from telephony import calls, rings, stages
from telephony.models import Call, Ring
from telephony.twilio import rest, twiml
from telephony.vapi import control
from wire.deadline import Bulkhead, BulkheadFullError, DeadlineExceededError

log = structlog.get_logger(__name__)
SECONDS = 4.0
_FAILURES = (*rest.ERRORS, BulkheadFullError, DeadlineExceededError)


def put_through(call_id: int, now: datetime) -> bool | None:
    """Move the call to the first person who is to be rung; say whether that was accepted: None, it may still be. Never raises."""
    try:
        call = Call.objects.select_related("shop").get(pk=call_id)
        turn = rings.begin(call, 0, now=now)
        if turn is None:
            return False
        moved = _at_twilio(call, turn) if _is_twilios(call) else _at_vapi(call, turn)
    except DatabaseError:
        log.exception("call_not_put_through")
        return False
    try:
        if moved is False:
            rings.take_back(turn)
        elif moved and _is_twilios(call):
            stages.advance(call, Call.Stage.DISPATCHER)  # from here on Twilio says how it goes on
    except DatabaseError:  # what became of the call is so, written down or not
        log.exception("putting_through_not_written_down")
    return moved


def _is_twilios(call: Call) -> bool:
    """Say whether Twilio asked us what to do with the call, and not Vapi, which then answers the number by itself."""
    return call.handoff_started_at is not None and bool(call.twilio_sid)


def _at_twilio(call: Call, turn: Ring) -> bool | None:
    text = twiml.ring(
        number=turn.number,
        # Twilio refuses to dial with a caller id that is no number: https://www.twilio.com/docs/api/errors/13214
        caller_id="" if call.from_number else call.to_number,
        seconds=call.shop.ring_seconds,
        ring_id=turn.pk,
        step=turn.step,
        shop=call.shop.name,
        language=calls.language_of(call),
        announced=True,
    )
    assert len(text) <= twiml.LONGEST_MOVE
    sid = str(call.twilio_sid)
    if not connection.in_atomic_block:
        connection.close()  # a caller waits here for seconds: with the pool, this gives the connection to others
    try:
        _bulkhead(settings.WEB_THREADS // 4).call(lambda: rest.client().calls(sid).update(twiml=text), seconds=SECONDS)
    except _FAILURES as error:
        # 21220: the caller has hung up meanwhile. https://www.twilio.com/docs/api/errors/21220
        code = error.code if isinstance(error, TwilioRestException) else None
        log.warning("transfer_failed", kind=type(error).__name__, code=code)
        return None if isinstance(error, DeadlineExceededError) else False
    return True


def _at_vapi(call: Call, turn: Ring) -> bool:
    with translation.override(calls.language_of(call)):
        message = twiml.connecting(call.shop.name)
    return control.transfer(call, turn.number, message)


@lru_cache(maxsize=4)
def _bulkhead(places: int) -> Bulkhead:
    return Bulkhead(max(places, 1))
