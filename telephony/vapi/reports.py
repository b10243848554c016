"""Takes in what Vapi reports of a call: that it began, that it ended, how, and what was said."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import urlsplit

from telephony import calls, endings
from telephony.models import Call
from telephony.vapi.messages import Message


def take(message: Message, *, now: datetime) -> None:
    """Record a report; other types say nothing that is kept. Any order, any number of times."""
    if message.type not in ("status-update", "end-of-call-report") or not (message.vapi_id or message.twilio_sid):
        return
    known = calls.heard(
        vapi_id=message.vapi_id,
        twilio_sid=message.twilio_sid,
        shop_number=message.shop_number,
        phone_number_id=message.phone_number_id,
        from_number=message.caller,
        now=now,
    )
    call = Call.objects.get(pk=known.id)
    body = message.body
    if message.type == "end-of-call-report":
        _keep_report(call, body)
        endings.close(call, reason=_text(body.get("endedReason")), at=_moment(body.get("endedAt")) or message.at or now)
    elif body.get("status") == "in-progress":
        Call.objects.filter(pk=call.pk, stage=Call.Stage.RINGING).update(stage=Call.Stage.ASSISTANT)
    elif body.get("status") == "ended":
        endings.close(call, reason=_text(body.get("endedReason")), at=message.at or now)


def _keep_report(call: Call, body: Mapping[str, Any]) -> None:
    artifact = body.get("artifact") if isinstance(body.get("artifact"), dict) else {}
    analysis = body.get("analysis") if isinstance(body.get("analysis"), dict) else {}
    assert isinstance(artifact, dict)
    assert isinstance(analysis, dict)
    call.summary = _text(analysis.get("summary")) or call.summary
    call.transcript = _text(artifact.get("transcript")) or _text(body.get("transcript")) or call.transcript
    call.recording_url = _link(artifact.get("recordingUrl") or body.get("recordingUrl")) or call.recording_url
    cost = _decimal(body.get("cost"))
    call.cost = cost if cost is not None else call.cost
    call.save(update_fields=["summary", "transcript", "recording_url", "cost"])


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _link(value: Any) -> str:
    """Keep a web link without its query, where presigned links carry their key."""
    try:
        parts = urlsplit(_text(value))
    except ValueError:
        return ""
    return f"{parts.scheme}://{parts.netloc}{parts.path}"[:1000] if parts.scheme in ("http", "https") else ""


def _moment(value: Any) -> datetime | None:
    try:
        moment = datetime.fromisoformat(_text(value))
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def _decimal(value: Any) -> Decimal | None:
    try:
        cost = Decimal(str(value))
    except InvalidOperation:
        return None
    return cost if cost.is_finite() and 0 <= cost < 10_000 else None
