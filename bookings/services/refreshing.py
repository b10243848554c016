"""Asks for a shop's calendars to be read soon, because somebody is about to ask for times. Reading them is calendars' work."""

from datetime import datetime, timedelta

from django.db import connection, transaction

from bookings.models import RefreshRequest
from bookings.signals import refresh_asked

# Callers say "schedule" many times a minute; the picture is no older than this either way.
AT_MOST_EVERY = timedelta(seconds=30)

_ASK = """
INSERT INTO bookings_refreshrequest (shop_id, asked_at) VALUES (%s, %s)
    ON CONFLICT (shop_id) DO UPDATE SET asked_at = EXCLUDED.asked_at WHERE bookings_refreshrequest.asked_at < %s
RETURNING shop_id
"""


# What this process asked for last, by shop: a growing partial transcript says "schedule" many times a second.
_asked: dict[int, datetime] = {}


def ask(shop_id: int, *, now: datetime) -> bool:
    """Ask, unless somebody has within half a minute; say whether it was asked now. One statement; waits for nobody."""
    last = _asked.get(shop_id)
    if last is not None and timedelta(0) <= now - last < AT_MOST_EVERY:
        return False
    _asked[shop_id] = now
    with connection.cursor() as cursor:
        cursor.execute(_ASK, [shop_id, now, now - AT_MOST_EVERY])
        asked = cursor.fetchone() is not None
    if asked:
        transaction.on_commit(lambda: refresh_asked.send(RefreshRequest, shop_id=shop_id), robust=True)
    return asked
