"""Refuses a signed request that is sent again too late, where the signature says nothing of time: Twilio's, and Vapi's older one.

A signature is remembered from the first time it was seen. Within five minutes its request may come again: Twilio and Vapi try
anew, and a caller who is told to wait asks the same question twice. Later it is somebody who kept a copy.
"""

import hashlib
from datetime import datetime, timedelta

import structlog
from django.db import DatabaseError, connection

from telephony.models import SeenRequest

log = structlog.get_logger(__name__)

MAY_COME_AGAIN = timedelta(minutes=5)
REMEMBERED = timedelta(days=30)
_ROWS_AT_ONCE = 20_000

# A request that arrives twice at once finds neither its own row nor the other's: both are the first. A caller does not wait for
# the disk: what a crash of the database forgets are the requests of its last second.
_SEEN = """
WITH new AS (
    INSERT INTO telephony_seenrequest (digest, first_seen_at) SELECT %(digest)s::varchar, %(now)s::timestamptz
      FROM set_config('synchronous_commit', 'off', true)
        ON CONFLICT DO NOTHING RETURNING first_seen_at
)
SELECT first_seen_at FROM new UNION ALL SELECT first_seen_at FROM telephony_seenrequest WHERE digest = %(digest)s::varchar
"""


def is_late(path: str, signature: str, *, now: datetime) -> bool:
    """Say whether the request of a signature that fits was first seen more than five minutes ago. One statement.

    Without a database nothing is late: a caller is on the line, and whoever kept a copy gains a sentence at most.
    """
    digest = _digest(path, signature)
    try:
        with connection.cursor() as cursor:
            cursor.execute(_SEEN, {"digest": digest, "now": now})
            found = cursor.fetchone()
    except DatabaseError:
        log.exception("replay_not_checked")
        return False
    late = found is not None and now - found[0] > MAY_COME_AGAIN
    if late:
        log.warning("replay_refused", path=path)
    return late


def first_seen(path: str, signature: str) -> datetime | None:
    """Return when the request of a signature first came, None when that is not known. One statement."""
    return SeenRequest.objects.filter(digest=_digest(path, signature)).values_list("first_seen_at", flat=True).first()


def _digest(path: str, signature: str) -> str:
    return hashlib.sha256(f"{path}\n{signature}".encode()).hexdigest()


def forget(*, now: datetime) -> int:
    """Delete what was seen long ago; return how many."""
    old = SeenRequest.objects.filter(first_seen_at__lt=now - REMEMBERED).order_by("first_seen_at")
    some = list(old.values_list("pk", flat=True)[:_ROWS_AT_ONCE])
    return SeenRequest.objects.filter(pk__in=some).delete()[0] if some else 0
