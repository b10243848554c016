"""The timeline of a call: one row per thing that happened, ordered by Vapi's own time, stored once however often it comes.

An event of a call that is known costs one statement: it finds the call, stores the event and says whether it was new.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import Q

from telephony.calls import KnownCall
from telephony.models import Call, CallEvent
from telephony.safety.dialogue import Turn

_RECENT = timedelta(seconds=60)  # an answer belongs to what was said shortly before
_MOST_LETTERS = 8_000  # of one turn; a transcript of a whole call is the call's own


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened in a call: Vapi's word for it, who did it, which of its states, what was said.

    `turn` tells two apart that are otherwise equal, where Vapi counts them.
    """

    kind: str
    role: str = ""
    detail: str = ""
    text: str = ""
    turn: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """A call that was told of an event: `new` unless the event was there already; the rest is the call as it stood."""

    call: KnownCall
    new: bool
    stage: str
    disclosed_at: datetime | None
    recording_consent: str
    has_both_ids: bool


# A common table expression that writes is done once and always to its end, whether or not anything reads it.
_TELL = """
WITH known AS (
    SELECT c.id, c.public_id, c.shop_id, s.config_version, c.from_number, c.started_at, c.language,
           c.stage, c.disclosed_at, c.recording_consent, c.vapi_id, c.twilio_sid
      FROM telephony_call c JOIN bookings_shop s ON s.id = c.shop_id
     WHERE c.vapi_id = %(vapi_id)s::varchar OR c.twilio_sid = %(twilio_sid)s::varchar
     ORDER BY c.vapi_id = %(vapi_id)s::varchar DESC NULLS LAST LIMIT 1
), stored AS (
    INSERT INTO telephony_callevent (call_id, shop_id, key, kind, role, detail, text, at, received_at)
    SELECT id, shop_id, %(key)s::varchar, %(kind)s::varchar, %(role)s::varchar, %(detail)s::varchar, %(text)s::text,
           %(at)s::timestamptz, %(now)s::timestamptz
      FROM known
        ON CONFLICT DO NOTHING RETURNING id
)
SELECT known.*, EXISTS (SELECT FROM stored) FROM known
"""


def tell(event: Event, *, vapi_id: str, twilio_sid: str, at: datetime | None, now: datetime) -> Told | None:
    """Store an event of the call known by Vapi's id, else by Twilio's; None when no such call is known. One statement.

    `at` is Vapi's time of it, to the millisecond; `now` stands in where there is none, and is when we heard of it.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            _TELL,
            {
                "vapi_id": vapi_id or None,
                "twilio_sid": twilio_sid or None,
                "key": key(event, at),
                "kind": event.kind[:40],
                "role": event.role[:12],
                "detail": event.detail[:120],
                "text": event.text[:_MOST_LETTERS],
                "at": at or now,
                "now": now,
            },
        )
        found = cursor.fetchone()
    if found is None:
        return None
    pk, public_id, shop_id, version, number, started_at, language, stage, disclosed_at, consent, *ids, new = found
    known_vapi_id, known_twilio_sid = ids
    call = KnownCall(pk, public_id, shop_id, version, number, started_at, language=language)
    both = (known_vapi_id is not None or not vapi_id) and (known_twilio_sid is not None or not twilio_sid)
    return Told(call, new, stage, disclosed_at, consent, both)


def key(event: Event, at: datetime | None) -> str:
    """Return the name of an event that its second delivery has too: from its time, its kind and what it says."""
    parts = (event.kind, at.isoformat() if at else "", event.role, event.detail, event.turn, event.text)
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()


def began(call: KnownCall, at: datetime) -> None:
    """Note that a call was under way at this time already: the first message to arrive need not be its first."""
    Call.objects.filter(pk=call.id, started_at__gt=at).update(started_at=at)


def spoke(call_id: int) -> bool:
    """Say whether the assistant took the call, or its caller said something: what a call's end may be too early to know."""
    taken = Q(kind="status-update", detail="in-progress") | Q(kind="transcript", detail="final", role="user")
    return CallEvent.objects.filter(taken, call=call_id).exists()


_TURNS = 4  # the recognition breaks what the assistant says into parts


def said_before(call_id: int, at: datetime) -> list[Turn]:
    """Return the last turns of a call that were spoken before a moment, the latest last. One statement."""
    spoken = CallEvent.objects.filter(call=call_id, kind="transcript", detail="final", at__gte=at - _RECENT, at__lt=at)
    return [Turn(*each) for each in spoken.order_by("-at").values_list("role", "text")[:_TURNS]][::-1]


def reported_reason(call_id: int) -> str:
    """Return why the call ended as its report says, "" where none came; it wins over the words of a status."""
    reported = CallEvent.objects.filter(call=call_id, kind="end-of-call-report").exclude(detail="")
    return reported.values_list("detail", flat=True).first() or ""
