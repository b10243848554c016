"""A short call as Vapi tells of it, message by message, and what is stored of it."""

from datetime import UTC, datetime, timedelta

from telephony.models import Call, CallEvent

BEGAN = datetime(2026, 8, 20, 16, 0, 0, tzinfo=UTC)
CALL = "0192d3a4-7b1c-7aa0-9c55-1f0a2b3c4d5e"
SID = "CA0123456789abcdef0123456789abcdef"
CALLER = "+14155550142"


def told(kind, seconds, call=CALL, **fields):
    """A message of this type, so many seconds into the call."""
    at = BEGAN + timedelta(seconds=seconds)
    return {
        "message": {
            "type": kind,
            "timestamp": round(at.timestamp() * 1000),
            "call": {"id": call, "phoneCallProviderId": SID, "customer": {"number": CALLER}},
            "phoneNumber": {"number": "+12125550100"},
            "customer": {"number": CALLER},
            **fields,
        }
    }


def words(seconds, role, text, *, final=True, bracketed=False, call=CALL):
    kind = 'transcript[transcriptType="final"]' if bracketed else "transcript"
    return told(kind, seconds, call, role=role, transcriptType="final" if final else "partial", transcript=text)


def report(seconds=20, call=CALL, **fields):
    spoken = [
        {"role": "system", "message": "You book appointments.", "time": ms(0)},
        {"role": "bot", "message": "Thank you for calling. This call is recorded.", "time": ms(1), "endTime": ms(3)},
        {"role": "user", "message": "My furnace is broken.", "time": ms(5), "endTime": ms(6)},
    ]
    artifact = {
        "messages": spoken,
        "transcript": "AI: Thank you for calling. This call is recorded.\nUser: My furnace is broken.\n",
        "recordingUrl": "https://storage.vapi.ai/rec-mono.wav?X-Amz-Signature=abc&X-Amz-Credential=def",
    }
    more = {
        "endedReason": "customer-ended-call",
        "startedAt": iso(0.5),
        "endedAt": iso(12.25),
        "cost": 0.0731,
        "artifact": artifact,
        "analysis": {"summary": "The furnace is broken.", "structuredData": {"reason": "repair", "urgent": True}},
    }
    return told("end-of-call-report", seconds, call, **{**more, **fields})


def short_call():
    """What Vapi tells of a call of twelve seconds, in order."""
    return [
        told("status-update", 0.5, status="in-progress"),
        told("speech-update", 1, role="assistant", status="started", turn=0),
        words(3, "assistant", "Thank you for calling. This call is recorded."),
        told("speech-update", 3.1, role="assistant", status="stopped", turn=0),
        words(5.4, "user", "My fur", final=False),
        words(6, "user", "My furnace is broken.", bracketed=True),
        told("conversation-update", 6.1, messages=report()["message"]["artifact"]["messages"]),
        told("language-change-detected", 6.2, language="en"),
        told("user-interrupted", 8, turnId="t-2"),
        told("status-update", 12.3, status="ended", endedReason="customer-ended-call"),
        report(),
    ]


def ms(seconds):
    return round((BEGAN + timedelta(seconds=seconds)).timestamp() * 1000)


def iso(seconds):
    return (BEGAN + timedelta(seconds=seconds)).isoformat().replace("+00:00", "Z")


EVENT = ("kind", "role", "detail", "text", "at")
NOT_OF_THE_CALL = {"id", "public_id"}


def record():
    """Every field of every call and of its events, but for what differs each time: our own ids and when we heard of it."""
    calls = [{k: v for k, v in row.items() if k not in NOT_OF_THE_CALL} for row in Call.objects.order_by("pk").values()]
    return calls, list(CallEvent.objects.values_list("shop_id", "key", *EVENT))
