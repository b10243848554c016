"""The forms Twilio posts for one call, each with all that Twilio sends. Shapes: https://www.twilio.com/docs/voice/twiml"""

import secrets
from datetime import datetime
from email.utils import format_datetime

Form = dict[str, str]
_PLACE = {"City": "NEW YORK", "State": "NY", "Zip": "10001", "Country": "US"}


def new_sid(prefix: str) -> str:
    return prefix + secrets.token_hex(16)


def voice(*, account: str, sid: str, caller: str, called: str, status: str) -> Form:
    """What every request about a call says."""
    form = {
        "AccountSid": account,
        "ApiVersion": "2010-04-01",
        "CallSid": sid,
        "CallStatus": status,
        "Called": called,
        "Caller": caller,
        "Direction": "inbound",
        "From": caller,
        "To": called,
    }
    for name, value in _PLACE.items():
        form |= {f"From{name}": value, f"To{name}": value, f"Caller{name}": value, f"Called{name}": value}
    return form


def ringing(form: Form) -> Form:
    """A call that comes in, vouched for by the caller's carrier."""
    return form | {"CallToken": secrets.token_urlsafe(24), "StirVerstat": "TN-Validation-Passed-A"}


def nobody_answered(form: Form) -> Form:
    """The action of a Dial that rang in vain."""
    return form | {"DialBridged": "false", "DialCallSid": new_sid("CA"), "DialCallStatus": "no-answer"}


def talked(form: Form, *, leg: str, seconds: int) -> Form:
    """The action of a Dial whose person was connected, and hung up after so long."""
    return form | {
        "DialBridged": "true",
        "DialCallDuration": str(seconds),
        "DialCallSid": leg,
        "DialCallStatus": "completed",
    }


def persons_line(form: Form, *, number: str) -> Form:
    """What is said of the line of a person who was rung: a call of its own, below the caller's."""
    return {
        "AccountSid": form["AccountSid"],
        "ApiVersion": form["ApiVersion"],
        "CallSid": new_sid("CA"),
        "CallStatus": "in-progress",
        "Called": number,
        "Caller": form["From"],
        "Direction": "outbound-dial",
        "From": form["From"],
        "ParentCallSid": form["CallSid"],
        "To": number,
    }


def recorded(form: Form, *, recording: str, url: str, seconds: int) -> Form:
    """The action of a Record: the caller spoke and hung up."""
    return form | {
        "Digits": "hangup",
        "RecordingDuration": str(seconds),
        "RecordingSid": recording,
        "RecordingUrl": url,
    }


def recording_ready(form: Form, *, recording: str, url: str, seconds: int, now: datetime) -> Form:
    return {
        "AccountSid": form["AccountSid"],
        "CallSid": form["CallSid"],
        "ErrorCode": "0",
        "RecordingChannels": "1",
        "RecordingDuration": str(seconds),
        "RecordingSid": recording,
        "RecordingSource": "RecordVerb",
        "RecordingStartTime": format_datetime(now),
        "RecordingStatus": "completed",
        "RecordingTrack": "both",
        "RecordingUrl": url,
    }


def transcribed(form: Form, *, recording: str, url: str, text: str) -> Form:
    sid = new_sid("TR")
    return form | {
        "CallStatus": "completed",
        "RecordingSid": recording,
        "RecordingUrl": url,
        "TranscriptionSid": sid,
        "TranscriptionStatus": "completed",
        "TranscriptionText": text,
        "TranscriptionType": "fast",
        "TranscriptionUrl": f"{url}/Transcriptions/{sid}",
    }


def ended(form: Form, *, seconds: int, now: datetime) -> Form:
    """The number's status callback."""
    return form | {
        "CallDuration": str(seconds),
        "CallStatus": "completed",
        "CallbackSource": "call-progress-events",
        "Duration": str(-(-seconds // 60)),
        "SequenceNumber": "0",
        "Timestamp": format_datetime(now),
    }
