"""The booking transaction's frame: one lock per origin, and a new try when PostgreSQL says "not so".

Locks are taken in one order everywhere: origin (advisory), booking, technicians by ascending id, visits. Whoever loses a
technician to somebody faster begins anew.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from django.db import DatabaseError, connection, transaction
from psycopg import errors

from bookings.errors import TryAgainError

T = TypeVar("T")

LOCK_TIMEOUT = "2s"
TRY_SECONDS = 5.0  # somebody waits on the telephone
# Somebody was faster, or holds what we need; a unique name drawn at random was drawn before.
_CURED_BY_ANOTHER_TRY = (
    errors.DeadlockDetected,
    errors.LockNotAvailable,
    errors.ExclusionViolation,
    errors.UniqueViolation,
)
_ORIGIN_LOCKS = 7001  # the first of the advisory lock's two keys: what kind of lock this is


def lock_origin(origin: str) -> None:
    """Wait until no other transaction works for the same origin; to be called first, inside a transaction."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('lock_timeout', %s, true), pg_advisory_xact_lock(%s::int, hashtext(%s))",
            [LOCK_TIMEOUT, _ORIGIN_LOCKS, origin],
        )


@contextmanager
def retryable() -> Iterator[None]:
    """One transaction; database refusals that a new try may cure become TryAgainError."""
    try:
        with transaction.atomic():
            yield
    except DatabaseError as error:
        if isinstance(error.__cause__, _CURED_BY_ANOTHER_TRY):
            raise TryAgainError from error
        raise


@contextmanager
def booking_transaction(origin: str) -> Iterator[None]:
    """A retryable transaction that holds the origin's lock."""
    with retryable():
        lock_origin(origin)
        yield


def run(origin: str, work: Callable[[], T], *, tries: int = 12) -> T:
    """Run `work` inside a booking transaction, anew after a TryAgainError for five seconds, and return what it returned.

    Raises TryAgainError when the last try failed too: nothing was changed then.
    """
    until = time.monotonic() + TRY_SECONDS
    for left in range(tries - 1, -1, -1):
        try:
            with booking_transaction(origin):
                return work()
        except TryAgainError:
            if left == 0 or time.monotonic() > until:
                raise
    raise AssertionError("unreachable: at least one try")
