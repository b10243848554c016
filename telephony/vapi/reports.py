"""Takes in what Vapi tells of a call while nobody waits for an answer: what happens in it, and the report of its end.

Any order, any number of times: what is stored is the same in the end.
"""

from datetime import datetime, timedelta

from telephony import calls, endings, timeline
from telephony.models import Call
from telephony.timeline import Told
from telephony.vapi import listening
from telephony.vapi.events import Report
from telephony.vapi.messages import Message

# A call may have begun before the first message of it that we heard of, but not by days: that is a clock gone wrong.
_WITHIN = timedelta(hours=24)


def take(message: Message, *, now: datetime) -> None:
    """Record what a message tells; types that leave nothing are ignored. One statement for an ordinary event of a known call.

    Raises calls.UnknownShopError for a new call of a number that no shop has.
    """
    if message.event is None or not (message.vapi_id or message.twilio_sid):
        return
    told = _tell(message, now)
    if message.at is not None and told.call.started_at - _WITHIN < message.at < told.call.started_at:
        timeline.began(told.call, message.at)
    if message.event.kind == "transcript":
        _heard_words(told, role=message.event.role, final=message.event.detail == "final", text=message.event.text,
                     at=message.at or now, now=now)  # fmt: skip
    elif message.event.kind == "status-update":
        _status(told, message, now)
    elif message.report is not None:
        call = Call.objects.get(pk=told.call.id)
        _keep_report(call, message.report)
        endings.close(call, reason=message.report.reason, at=message.report.ended_at or message.at or now)


def _tell(message: Message, now: datetime) -> Told:
    """Store the event, and the call first if it is new or was known to one of Vapi and Twilio only."""
    assert message.event is not None
    ids = {"vapi_id": message.vapi_id, "twilio_sid": message.twilio_sid}
    told = timeline.tell(message.event, **ids, at=message.at, now=now)
    if told is not None and told.has_both_ids:
        return told
    calls.heard(
        **ids,
        shop_number=message.shop_number,
        phone_number_id=message.phone_number_id,
        from_number=message.caller,
        now=message.at if message.at is not None and abs(message.at - now) < _WITHIN else now,
    )
    told = told or timeline.tell(message.event, **ids, at=message.at, now=now)
    if told is None:
        raise RuntimeError("the call that was just recorded is gone")
    return told


def _heard_words(told: Told, *, role: str, final: bool, text: str, at: datetime, now: datetime) -> None:
    """Words of a call, as speech recognition has them: `role` is user or assistant, `final` unless they may still change.

    `told.call` is the call with its shop, `told.new` says that this delivery is the first. Most words cost nothing here.
    """
    if told.new and role == "user":
        listening.heard(told.call, text=text, final=final, at=at, now=now)


def _status(told: Told, message: Message, now: datetime) -> None:
    assert message.event is not None
    if message.event.detail == "in-progress" and told.stage == Call.Stage.RINGING:
        Call.objects.filter(pk=told.call.id, stage=Call.Stage.RINGING).update(stage=Call.Stage.ASSISTANT)
    elif message.event.detail == "ended":
        endings.close(Call.objects.get(pk=told.call.id), reason=message.event.text, at=message.at or now)


def _keep_report(call: Call, report: Report) -> None:
    call.summary = report.summary or call.summary
    call.transcript = report.transcript or call.transcript
    call.recording_url = report.recording_url or call.recording_url
    call.cost = report.cost if report.cost is not None else call.cost
    call.wanted = report.wanted or call.wanted
    call.save(update_fields=["summary", "transcript", "recording_url", "cost", "wanted"])
