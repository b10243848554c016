"""One total deadline and a bulkhead around a call that a caller waits for.

An HTTP client's own timeouts count each read apart and leave name resolution out; a worker thread and a waiting time
on its answer hold whatever the far side does. Calls that outlive their deadline keep their place in the bulkhead
until they really end, so a hanging service cannot eat the threads of the whole process.
"""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from contextvars import copy_context
from typing import TypeVar

T = TypeVar("T")


class BulkheadFullError(Exception):
    """As many calls as allowed are already under way: answer without this service."""


class DeadlineExceededError(Exception):
    """No answer within the time allowed; the call may still be under way."""


class Bulkhead:
    """At most `places` calls at once, each under its own total deadline."""

    def __init__(self, places: int) -> None:
        self._places = threading.BoundedSemaphore(places)

    def call(self, work: Callable[[], T], *, seconds: float) -> T:
        """Run `work` and return its result within `seconds`.

        Raises BulkheadFullError at once when no place is free, DeadlineExceededError when time is up, and whatever
        `work` raises.
        """
        if not self._places.acquire(blocking=False):
            raise BulkheadFullError
        outcome: Future[T] = Future()
        context = copy_context()

        def run() -> None:
            try:
                outcome.set_result(context.run(work))
            except BaseException as error:
                outcome.set_exception(error)
            finally:
                self._places.release()

        threading.Thread(target=run, name="bulkhead", daemon=True).start()
        try:
            return outcome.result(timeout=seconds)
        except FutureTimeoutError as error:
            if outcome.done():  # `work` itself ran into a timeout of its own
                raise
            raise DeadlineExceededError from error
