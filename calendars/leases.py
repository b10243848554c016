"""One worker at a time: who writes to a connection's calendar, refreshes its token, or reads one calendar. A name and a time in
the row, by the database's clock.

Not a row lock, because the holder talks to Google meanwhile. A killed holder's lease runs out by itself.
"""

import secrets
import time
from datetime import timedelta
from typing import Any, Literal

from django.db.models import Exists, Q
from django.db.models.functions import Now

from calendars.models import CalendarConnection, ReadCalendar

Kind = Literal["push", "pull", "refresh"]
SECONDS = 30
_ROWS: dict[Kind, type[CalendarConnection | ReadCalendar]] = {
    "push": CalendarConnection,
    "refresh": CalendarConnection,
    "pull": ReadCalendar,
}
_KEEP_EVERY_SECONDS = 5


class LeaseLostError(Exception):
    """Somebody else took over, because this process was away for too long: stop at once, write nothing."""


class Lease:
    """A lease that is held. `keep` before each request to Google; `release` at the end."""

    def __init__(self, row_id: int, kind: Kind, name: str) -> None:
        self.name = name
        self._row_id = row_id
        self._kind = kind
        self._kept = time.monotonic()

    def keep(self) -> None:
        """Hold on to it for another while. Raises LeaseLostError."""
        if time.monotonic() - self._kept < _KEEP_EVERY_SECONDS:
            return
        if not self._update(**{f"{self._kind}_until": Now() + timedelta(seconds=SECONDS)}):
            raise LeaseLostError
        self._kept = time.monotonic()

    def release(self) -> None:
        self._update(**{f"{self._kind}_lease": "", f"{self._kind}_until": None})

    def _update(self, **fields: Any) -> int:
        found = _ROWS[self._kind]._default_manager.filter(pk=self._row_id, **{f"{self._kind}_lease": self.name})
        return found.update(**fields)


def take(row_id: int, kind: Kind, *holds: Exists, **still: object) -> Lease | None:
    """Return the lease, or None when somebody holds it or the row is not (any longer) as `holds` and `still` say.

    What is asked of other tables comes as `Exists`: with a join, two at once would both find the lease free.
    """
    name = secrets.token_hex(8)
    free = Q(**{f"{kind}_until": None}) | Q(**{f"{kind}_until__lt": Now()})
    taken = (
        _ROWS[kind]
        ._default_manager.filter(free, *holds, pk=row_id, **still)
        .update(**{f"{kind}_lease": name, f"{kind}_until": Now() + timedelta(seconds=SECONDS)})
    )
    return Lease(row_id, kind, name) if taken else None
