"""Speaks a safety script into the running call when danger was overheard and nobody asked a tool.

What is to be said stands in the emergency's row: a hint after the commit is the fast way, a sweep finds what was lost. A try is
claimed by the time of the next one, so that two at once speak once. A tool whose answer carried the script ends it.
"""

from datetime import datetime, timedelta

import structlog
from django.db import connection
from django.db.models import Exists, OuterRef

from telephony import emergencies, safety
from telephony.models import Call, Emergency
from telephony.safety import scripts
from telephony.vapi import control
from telephony.vapi.messages import Message

log = structlog.get_logger(__name__)
AGAIN = timedelta(seconds=10)  # beyond one command with its deadline
# Later than that the call has gone on without it: the assistant's own tools have answered with the script by then.
WITHIN = timedelta(minutes=2)
_STAGES = (Call.Stage.RINGING, Call.Stage.ASSISTANT)


def due(now: datetime, *, limit: int = 50) -> list[int]:
    """Return the emergencies whose script waits to be spoken into a call that goes on, the oldest first."""
    waiting = Emergency.objects.filter(
        say_at__lte=now, said_at=None, released_at=None, call__stage__in=_STAGES, words__at__gt=now - WITHIN
    ).order_by("say_at")
    return list(dict.fromkeys(waiting.values_list("pk", flat=True)[:limit]))


def say(emergency_id: int, *, now: datetime) -> bool:
    """Speak a script into its call, if it waits and nobody else does so; say whether it was. Never in a transaction."""
    if connection.in_atomic_block:
        raise RuntimeError("nothing is spoken inside a transaction")
    # A join would be looked at once only, and a claim that waited for another one would not see it.
    goes_on = Exists(Call.objects.filter(pk=OuterRef("call"), stage__in=_STAGES))
    waiting = Emergency.objects.filter(goes_on, pk=emergency_id, say_at__lte=now, said_at=None, released_at=None)
    if not waiting.update(say_at=now + AGAIN):
        return False
    emergency = Emergency.objects.select_related("call").get(pk=emergency_id)
    if emergency.call is None or not control.say(emergency.call, emergency.script):
        return False
    emergencies.said(emergency_id, at=now)
    log.info("emergency_said", emergency=emergency_id)
    return True


def say_unwritten(message: Message) -> bool:
    """Speak the product's own script into the call of final words that speak of danger and could not be written down."""
    event = message.event
    if event is None or (event.kind, event.role, event.detail) != ("transcript", "user", "final"):
        return False
    found = safety.heard_in(event.text)
    return found is not None and control.say_at(message.control_url, scripts.default(found.danger, found.language))
