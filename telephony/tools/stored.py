"""The answers tools were given: kept with what they did, and heard again by the same request."""

import json
from datetime import datetime, timedelta

from django.db import connection

from bookings.models import Shop
from telephony.models import ToolInvocation
from telephony.tools.answers import Answer
from wire import rows

_BINDING = """
SELECT answer FROM telephony_toolinvocation
 WHERE call_id = %s AND (replay_key = %s OR state = 'emergency')
 ORDER BY (replay_key IS NOT DISTINCT FROM %s) DESC LIMIT 1
"""


def binding(call_id: int, key: str | None) -> Answer | None:
    """Return the answer this request was given before, else the one a danger was given in this call: it stays in force."""
    with connection.cursor() as cursor:
        cursor.execute(_BINDING, [call_id, key, key])
        found = cursor.fetchone()
    if found is None:
        return None
    answer: Answer = json.loads(found[0])
    return answer


def keep(invocation: ToolInvocation) -> bool:
    """Keep an answer, unless the same request was given one meanwhile; say whether it was kept."""
    return rows.insert_unless_there(invocation)


def forget(*, now: datetime) -> int:
    """Delete the answers that are older than their shop keeps them; return how many. Runs twice without harm."""
    return sum(
        ToolInvocation.objects.filter(shop=shop, answered_at__lt=now - timedelta(days=shop.keep_days)).delete()[0]
        for shop in Shop.objects.order_by("pk")
    )
