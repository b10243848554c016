"""Where a telephone call is, and that it only ever moves forward, however late or often its messages arrive."""

from typing import Any

from telephony.models import Call

_ORDER = [Call.Stage.RINGING, Call.Stage.ASSISTANT, Call.Stage.DISPATCHER, Call.Stage.VOICEMAIL, Call.Stage.ENDED]


def advance(call: Call, to: Call.Stage, **also: Any) -> bool:
    """Bring the call to a stage, with other fields in the same statement; False when it was there or further."""
    moved = Call.objects.filter(pk=call.pk, stage__in=_ORDER[: _ORDER.index(to)]).update(stage=to, **also)
    if moved:
        call.stage = to
    return bool(moved)
