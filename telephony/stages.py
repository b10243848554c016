"""Where a telephone call is, and that it only ever moves forward, however late or often its messages arrive."""

from typing import Any

from django.db import connection

from telephony.models import Call

_ORDER = [Call.Stage.RINGING, Call.Stage.ASSISTANT, Call.Stage.DISPATCHER, Call.Stage.VOICEMAIL, Call.Stage.ENDED]
_FALL_BACK = """
UPDATE telephony_call SET fallback_reason = CASE fallback_reason WHEN '' THEN %(reason)s ELSE fallback_reason END,
       stage = CASE WHEN stage = ANY(%(earlier)s) THEN %(to)s ELSE stage END
 WHERE id = %(id)s
"""


def fall_back(call: Call, reason: str) -> None:
    """Note why people are rung and not the assistant, the first reason for good, and that they are. A caller waits for it."""
    earlier = _ORDER[: _ORDER.index(Call.Stage.DISPATCHER)]
    with connection.cursor() as cursor:
        cursor.execute(_FALL_BACK, {"reason": reason[:60], "to": Call.Stage.DISPATCHER, "earlier": earlier, "id": call.pk})
    if call.stage in earlier:
        call.stage = Call.Stage.DISPATCHER


def advance(call: Call, to: Call.Stage, **also: Any) -> bool:
    """Bring the call to a stage, with other fields in the same statement; False when it was there or further."""
    moved = Call.objects.filter(pk=call.pk, stage__in=_ORDER[: _ORDER.index(to)]).update(stage=to, **also)
    if moved:
        call.stage = to
    return bool(moved)
