"""The answers tools were given: kept with what they did, and heard again by the same request."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection

from bookings.models import Shop
from telephony.calls import IN_FORCE, InForce, in_force
from telephony.models import ToolInvocation
from telephony.tools.answers import Answer
from wire import rows

_BEFORE = f"""
SELECT {IN_FORCE.format(call="%(call)s")},
       (SELECT answer FROM telephony_toolinvocation WHERE call_id = %(call)s AND replay_key = %(key)s),
       (SELECT taken_back_at FROM telephony_call WHERE id = %(call)s),
       (SELECT array_agg(arguments ->> 'serviceType') FROM telephony_toolinvocation
         WHERE call_id = %(call)s AND requested_at > %(at)s AND name = ANY(%(changes)s))
"""  # noqa: S608 - a part of our own


@dataclass(frozen=True, slots=True)
class Before:
    """What the call has seen when a request is looked at, the origin locked.

    `alarm` is a danger that was heard meanwhile and that nobody released. `answer` is the one this request was given before.
    `newer` are the services that later requests of the same call were about, None where they named none.
    """

    alarm: InForce | None
    answer: Answer | None
    taken_back_at: datetime | None
    newer: Sequence[str | None]


def before(call_id: int, key: str | None, *, requested_at: datetime, changes: list[str]) -> Before:
    """Return what the call has seen; `changes` are the tools that make an older one of them void. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(_BEFORE, {"call": call_id, "key": key, "at": requested_at, "changes": changes})
        alarm, answer, taken_back_at, newer = cursor.fetchone()
    return Before(in_force(alarm), json.loads(answer) if answer is not None else None, taken_back_at, newer or ())


def keep(invocation: ToolInvocation) -> bool:
    """Keep an answer, unless the same request was given one meanwhile; say whether it was kept."""
    return rows.insert_unless_there(invocation)


def better(call_id: int, key: str, answer: Answer) -> None:
    """Put an answer that has become true in the place of the one its request was given first."""
    ToolInvocation.objects.filter(call=call_id, replay_key=key).update(answer=answer, state=answer["state"])


def forget(*, now: datetime) -> int:
    """Delete answers, and what was said to get them, after the shop's days for answers or for transcripts, whichever are fewer.

    Return how many. Runs twice without harm.
    """
    deleted = 0
    for shop in Shop.objects.order_by("pk"):
        until = now - timedelta(days=min(shop.keep_days, shop.transcript_days))
        deleted += ToolInvocation.objects.filter(shop=shop, answered_at__lt=until).delete()[0]
    return deleted
