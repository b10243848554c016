"""Takes in what Vapi tells of a call while nobody waits for an answer: what happens in it, and the report of its end.

Any order, any number of times: what is stored is the same in the end.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Min

from telephony import calls, consent, endings, safety, timeline
from telephony.models import Call, Emergency
from telephony.safety import dialogue
from telephony.safety.dialogue import Turn
from telephony.timeline import Told
from telephony.vapi import control, listening
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
    elif message.event.kind == "language-change-detected":
        consent.settle(told.call.id)
    elif message.event.kind == "status-update":
        _status(told, message, now)
    elif message.report is not None:
        _report(told, message.report, message.at or now, now)


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
    if not final:
        return
    if role == "assistant":
        matters = told.disclosed_at is None or at < told.disclosed_at or not told.recording_consent
    else:
        matters = (told.disclosed_at is not None and not told.recording_consent) or consent.declines(text)
    if matters:
        consent.settle(told.call.id)
    if role == "user" and told.stage == Call.Stage.ENDED:
        _end_again(told)


def _status(told: Told, message: Message, now: datetime) -> None:
    assert message.event is not None
    if message.event.detail == "in-progress":
        if told.stage == Call.Stage.RINGING:
            at = control.accepted(message.control_url)
            commands = {"control_url": at} if at else {}
            Call.objects.filter(pk=told.call.id, stage=Call.Stage.RINGING).update(stage=Call.Stage.ASSISTANT, **commands)
        elif told.stage == Call.Stage.ENDED:
            _end_again(told)
    elif message.event.detail == "ended":
        reason = timeline.reported_reason(told.call.id) or message.event.text
        endings.close(Call.objects.get(pk=told.call.id), reason=reason, at=message.at or now)


def _end_again(told: Told) -> None:
    """Look again at what came of a call that ended before this was heard of it."""
    endings.look_again(Call.objects.get(pk=told.call.id))


def _report(told: Told, report: Report, at: datetime, now: datetime) -> None:
    """Complete the call's record, and close it."""
    _look_for_danger(told, report, now)
    with transaction.atomic():
        call = Call.objects.select_for_update(of=("self",), no_key=True).get(pk=told.call.id)
        call.summary = report.summary or call.summary
        call.transcript = report.transcript or call.transcript
        call.cost = report.cost if report.cost is not None else call.cost
        call.wanted = report.wanted or call.wanted
        if call.recording_removed_at is None and call.recording_consent != Call.Consent.DECLINED:
            call.recording_url = report.recording_url or call.recording_url
        call.started_at = _began(call, report)
        call.save(update_fields=["summary", "transcript", "cost", "wanted", "recording_url", "started_at"])
    opening = report.opening
    if opening is not None:
        after = report.spoken[report.spoken.index(opening) + 1 :]
        consent.settle(
            call.pk, opening=opening.text, opened_at=opening.until, said=[each.text for each in after if each.role == "user"]
        )
    else:
        consent.settle(call.pk)
    endings.close(call, reason=report.reason, at=report.ended_at or at)


def _look_for_danger(told: Told, report: Report, now: datetime) -> None:
    """Raise what was said of danger in a call none was heard in: its transcripts may never have come."""
    dangers = list(_dangers(report))
    if dangers and not Emergency.objects.filter(call=told.call.id).exists():
        for danger, text, at in dangers:
            listening.raise_for(told.call, danger, text=text, at=at or now, now=now)


def _dangers(report: Report) -> Iterator[tuple[safety.Heard, str, datetime | None]]:
    """Yield each danger the caller spoke of, by a turn or across turns, with its words and their time."""
    before: list[Turn] = []
    for each in report.spoken:
        if each.role == "user":
            if (danger := safety.heard_in(each.text)) is not None:
                yield danger, each.text, each.until
            elif (across := dialogue.heard_across(before, each.text)) is not None:
                yield across.heard, across.text, each.until
        before.append(Turn(each.role, each.text))


def _began(call: Call, report: Report) -> datetime:
    """Return when the call began: the earliest time that anything says of it, within reason."""
    asked = call.invocations.aggregate(first=Min("requested_at"))["first"]
    times = [at for at in (report.started_at, asked) if at is not None and call.started_at - _WITHIN < at]
    return min([call.started_at, *times])
