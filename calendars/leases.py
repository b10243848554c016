"""One worker at a time for one thing of a connection: a name and a time in its row, by the database's clock.

Not a row lock, because the holder talks to Google meanwhile. A killed holder's lease runs out by itself.
"""

import secrets
import time
from datetime import timedelta
from typing import Literal

from django.db.models import Q
from django.db.models.functions import Now

from calendars.models import CalendarConnection

Kind = Literal["push", "pull", "refresh"]
SECONDS = 30
_KEEP_EVERY_SECONDS = 5


class LeaseLostError(Exception):
    """Somebody else took over, because this process was away for too long: stop at once, write nothing."""


class Lease:
    """A lease that is held. `keep` before each request to Google; `release` at the end."""

    def __init__(self, connection_id: int, kind: Kind, name: str) -> None:
        self.name = name
        self._connection_id = connection_id
        self._kind = kind
        self._kept = time.monotonic()

    def keep(self) -> None:
        """Hold on to it for another while. Raises LeaseLostError."""
        if time.monotonic() - self._kept < _KEEP_EVERY_SECONDS:
            return
        kept = CalendarConnection.objects.filter(pk=self._connection_id, **{f"{self._kind}_lease": self.name}).update(
            **{f"{self._kind}_until": Now() + timedelta(seconds=SECONDS)}
        )
        if not kept:
            raise LeaseLostError
        self._kept = time.monotonic()

    def release(self) -> None:
        CalendarConnection.objects.filter(pk=self._connection_id, **{f"{self._kind}_lease": self.name}).update(
            **{f"{self._kind}_lease": "", f"{self._kind}_until": None}
        )


def take(connection_id: int, kind: Kind, **still: object) -> Lease | None:
    """Return the lease, or None when somebody holds it or the row is not (any longer) as `still` says."""
    name = secrets.token_hex(8)
    free = Q(**{f"{kind}_until": None}) | Q(**{f"{kind}_until__lt": Now()})
    taken = CalendarConnection.objects.filter(free, pk=connection_id, **still).update(
        **{f"{kind}_lease": name, f"{kind}_until": Now() + timedelta(seconds=SECONDS)}
    )
    return Lease(connection_id, kind, name) if taken else None
