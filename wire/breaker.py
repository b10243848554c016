"""A circuit breaker for each outside service: who has cost somebody their time is not asked again for a while.

What one process learns, all know, through Redis; while Redis is away or was emptied, each process goes by what it learnt
itself. After a wait exactly one call over all processes tries again, and its success lets everybody through. No lock is held
and no thread waits while a service is asked (docs/adr/0024 says why not a library).
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import TypeVar

import structlog

from wire.notes import AwayError, Memory, Notes, Shared

log = structlog.get_logger(__name__)
T = TypeVar("T")

FIRST_SECONDS, MOST_SECONDS = 5.0, 30.0  # before the first trial, and before any later one
_COUNTED_SECONDS = 300.0  # failures further apart than this do not follow upon each other
# Of notes that say how things stand. That all is well again has to outlive what another process remembers of the outage.
_KEPT_SECONDS = 3600.0


class OpenError(Exception):
    """The service is not asked now: it failed a moment ago."""


class Health(Enum):
    """What an answer or a failure says of the service. A request it refuses says that it is well."""

    WELL = "well"
    BROKEN = "broken"
    UNTOLD = "untold"  # it was not asked, or the fault is ours


@dataclass(frozen=True, slots=True)
class _Passage:
    """Leave to ask: on `trial`, or because nothing is known against it; `failures` that were counted so far."""

    trial: bool = False
    failures: int = 0


@dataclass(frozen=True, slots=True)
class _Names:
    """The notes of one service: how often it was found broken in a row, that nobody asks it yet, who tries it, and so on."""

    openings: str
    waiting: str
    trial: str
    failures: str
    well: str


class Breaker:
    """`failures` in a row open it: 1 where a caller waits, several in the background. A trial takes at most `trial_seconds`."""

    def __init__(self, service: str, *, failures: int = 1, trial_seconds: float) -> None:
        self.service = service
        self._failures = failures
        self._trial_seconds = trial_seconds
        self._names = _Names(*(f"breaker:{service}:{name}" for name in _Names.__slots__))
        self._memory = Memory()
        self._shared = Shared()
        _every.append(self)

    def call(self, work: Callable[[], T], *, judge: Callable[[T | Exception], Health]) -> T:
        """Run `work` and return its result, or raise what it raises. Raises OpenError at once while the breaker is open."""
        passage = self._enter()
        told = Health.UNTOLD
        try:
            outcome = work()
            told = judge(outcome)
        except Exception as error:  # whatever it is, the judge says what it tells of the service; it goes on to the caller
            told = judge(error)
            raise
        finally:
            self._leave(passage, told)
        return outcome

    def warm(self) -> None:
        """Make the connection to the shared notes now."""
        try:
            self._shared.read([self._names.openings])
        except AwayError:
            log.info("breaker_starts_alone", service=self.service)

    def forget(self) -> None:
        """Forget everything, for all processes: what was known no longer holds."""
        names = [getattr(self._names, name) for name in _Names.__slots__]
        self._memory.remove(names)
        self._shared = Shared()
        try:
            self._shared.remove(names)
        except AwayError:
            log.info("breaker_forgot_alone", service=self.service)

    def _enter(self) -> _Passage:
        names, failures = self._names, None
        try:
            openings, waiting, failures, well = self._shared.read([names.openings, names.waiting, names.failures, names.well])
            if openings:
                return self._after_failures(self._shared, waiting=waiting is not None)
            if well:
                self._all_is_well(self._memory)
            elif self._tell_the_others():
                return self._after_failures(self._shared, waiting=self._memory.read([names.waiting]) != [None])
        except AwayError:
            log.debug("breaker_alone", service=self.service)
        openings, waiting, own = self._memory.read([names.openings, names.waiting, names.failures])
        if openings:
            return self._after_failures(self._memory, waiting=waiting is not None)
        return _Passage(failures=max(failures or 0, own or 0))

    def _tell_the_others(self) -> bool:
        """Share what this process learnt while nobody could hear it; say whether it had learnt of an outage."""
        openings, waiting = self._memory.read([self._names.openings, self._names.waiting])
        if not openings:
            return False
        if waiting is not None:
            self._shared.write(self._names.waiting, 1, seconds=FIRST_SECONDS, only_new=True)
        self._shared.write(self._names.openings, openings, seconds=_KEPT_SECONDS, only_new=True)
        return True

    def _after_failures(self, notes: Notes, *, waiting: bool) -> _Passage:
        """Let exactly one caller try once the wait is over."""
        trial = self._names.trial
        if waiting or not notes.write(trial, 1, seconds=self._trial_seconds, only_new=True):
            raise OpenError(self.service)
        # Another trial may have ended between the reading and the claim.
        openings, still = notes.read([self._names.openings, self._names.waiting])
        if openings and still is not None:
            notes.remove([trial])
            raise OpenError(self.service)
        return _Passage(trial=True)

    def _leave(self, passage: _Passage, told: Health) -> None:
        if told is Health.WELL and not passage.trial and not passage.failures:
            return  # nothing to say that is not known: the usual case costs nothing
        for notes in (self._memory, self._shared):
            try:
                if told is Health.BROKEN:
                    self._broke(notes, passage)
                elif passage.trial and told is Health.UNTOLD:
                    notes.remove([self._names.trial])
                elif passage.trial:
                    self._all_is_well(notes)
                elif told is Health.WELL:
                    notes.remove([self._names.failures])
            except AwayError:
                continue
        if passage.trial and told is Health.WELL:
            log.warning("breaker_closed", service=self.service)

    def _broke(self, notes: Notes, passage: _Passage) -> None:
        names = self._names
        if passage.trial:
            openings = notes.add(names.openings, seconds=_KEPT_SECONDS)
            seconds = min(FIRST_SECONDS * 2 ** min(openings - 1, 10), MOST_SECONDS)
            # The wait begins before the trial ends: no gap for a second one.
            notes.write(names.waiting, 1, seconds=seconds)
            notes.remove([names.trial, names.well])
            log.warning("breaker_stays_open", service=self.service, seconds=seconds, own=notes is self._memory)
        elif notes.read([names.openings]) != [None]:
            return  # it began before, and is only late
        elif notes.add(names.failures, seconds=_COUNTED_SECONDS) >= self._failures:
            # The wait first: nobody may find the one without the other. Many may fail at once.
            notes.write(names.waiting, 1, seconds=FIRST_SECONDS, only_new=True)
            if notes.write(names.openings, 1, seconds=_KEPT_SECONDS, only_new=True):
                log.warning("breaker_opened", service=self.service, seconds=FIRST_SECONDS, own=notes is self._memory)
            notes.remove([names.failures, names.well])

    def _all_is_well(self, notes: Notes) -> None:
        names = self._names
        if notes is not self._memory:
            notes.write(names.well, 1, seconds=_KEPT_SECONDS)
        notes.remove([names.openings, names.waiting, names.trial, names.failures])


_every: list[Breaker] = []


def forget_all() -> None:
    """Forget what is known of every service."""
    for each in _every:
        each.forget()
