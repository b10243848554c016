"""Which booking a promise is about, and whether it stands as it was said. No database."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from telephony.told import phrases
from telephony.told.promise import Promise
from telephony.told.rows import Row, Standing
from telephony.told.turns import light

SLACK = timedelta(seconds=2)  # between the clock of a tool call and that of the words around it


class Sense(StrEnum):
    """How a promise stands to the rows."""

    KEPT = "kept"  # agrees with its row, as far as it goes
    OTHER = "other"  # is about its row, and names another time
    FORMER = "former"  # names what the row was before
    UNKEPT = "unkept"  # nothing keeps it
    NOTHING = "nothing"  # about something that was there before the call, or about nothing


@dataclass(frozen=True, slots=True)
class Read:
    promise: Promise
    sense: Sense
    row: Row | None = None


class Judge:
    """Finds what a promise is about."""

    def __init__(self, standing: Standing, made: Sequence[Promise], service_of: Callable[[str], int | None]) -> None:
        self.held, self.made, self.service_of = standing.held, made, service_of
        self.stand = [row for row in standing.rows if row.touched and not row.cancelled]
        self.gone = [row for row in standing.rows if row.touched and row.cancelled]
        self.known = [row for row in standing.rows if not row.touched and not row.cancelled]
        self.known_gone = [row for row in standing.rows if not row.touched and row.cancelled]

    def read(self, promise: Promise) -> Read:
        if promise.kind == "cancelled":
            return self._cancelled(promise)
        if promise.bare:
            return self._bare(promise)
        return self._timed(promise) if promise.time is not None else self._untimed(promise)

    def _cancelled(self, promise: Promise) -> Read:
        time = promise.time
        if promise.soft and not self.gone:
            return self._nobody_comes(promise)
        both = time is None and phrases.BOTH.search(light(promise.sentence)) is not None
        if both and len(self.gone) == 1 and any(row.asked_about for row in self.known):
            return Read(promise, Sense.UNKEPT)
        fit = [row for row in self.gone if time is None or any(time.fits(each) for each in (row.window, *row.windows))]
        if fit:
            return Read(promise, Sense.KEPT, self._choose(fit, promise))
        moved = [row for row in self.stand if row.windows and (time is None or any(time.fits(each) for each in row.windows))]
        if moved:  # "I've cancelled the Tuesday one and put you on Thursday"
            return Read(promise, Sense.FORMER, self._choose(moved, promise))
        if self.known_gone or (self.held and not self.stand and not self.known):
            return Read(promise, Sense.NOTHING)
        named = any(
            each.kind == "cancelled" and each.time and each.time.fits(row.window) for each in self.made for row in self.gone
        )
        if self.gone and not (named and any(time is not None and time.fits(row.window) for row in (*self.stand, *self.known))):
            return Read(promise, Sense.OTHER, self._choose(self.gone, promise))
        return Read(promise, Sense.UNKEPT)

    def _nobody_comes(self, promise: Promise) -> Read:
        """Read "nobody comes": it ends a booking that was there, on its day or where it is the one that was spoken of."""
        time = promise.time
        moved = [row for row in self.stand if time is not None and any(time.fits(each) for each in row.windows)]
        if moved:
            return Read(promise, Sense.FORMER, self._choose(moved, promise))
        known = [row for row in self.known if (time.fits(row.window) if time is not None else not self.stand)]
        return Read(promise, Sense.UNKEPT if known else Sense.NOTHING)

    def _bare(self, promise: Promise) -> Read:
        """Read a day and a time without a promise: after the change, or where the call was left, they are about the booking."""
        time = promise.time
        assert time is not None
        fit = [row for row in self.stand if time.fits(row.window)]
        if fit:
            row = self._choose(fit, promise)
            told = promise.at is None or row.changed_at is None or promise.at >= row.changed_at - SLACK
            return Read(promise, Sense.KEPT if told else Sense.NOTHING, row)
        if self.gone or promise.another or not (time.pairs and time.names_a_day()):
            return Read(promise, Sense.NOTHING)
        if not self.stand and promise.last and (misread := self._misread(promise)):
            return Read(promise, Sense.OTHER, misread[-1])
        if len(self.stand) != 1:
            return Read(promise, Sense.NOTHING)
        row = self.stand[0]
        if any(time.fits(each) for each in row.windows) or any(time.fits(each.window) for each in self.known):
            return Read(promise, Sense.NOTHING)
        after = promise.at is not None and row.changed_at is not None and promise.at >= row.changed_at
        return Read(promise, Sense.OTHER if promise.last and (after or promise.at is None) else Sense.NOTHING, row)

    def _timed(self, promise: Promise) -> Read:
        time = promise.time
        assert time is not None
        fit = [row for row in self.stand if time.fits(row.window)]
        if fit:
            return Read(promise, Sense.KEPT, self._choose(fit, promise))
        for row in (*self.stand, *self.gone):
            earlier = row.windows if row in self.stand else (row.window, *row.windows)
            if any(time.fits(each) for each in earlier):
                unmoved = promise.at is None and row.moved and phrases.UNCHANGED.search(light(promise.sentence)) is not None
                if not (unmoved or self._is_after(promise, row)) or (promise.kind == "moved" and row.moved):
                    return Read(promise, Sense.FORMER, row)
                return Read(promise, Sense.OTHER, row) if row in self.stand else Read(promise, Sense.UNKEPT)
        if promise.kind == "booked" and any(time.fits(row.window) for row in self.known):
            return Read(promise, Sense.NOTHING)
        if (
            any(time.fits(each) for each in self.held)
            and not self.stand
            and re.search(r"\b(?:h[eo]ld|reserved)", light(promise.sentence))
        ):
            return Read(promise, Sense.NOTHING)
        if promise.kind == "moved":
            movers = [row for row in self.stand if row.moved]
            return Read(promise, Sense.OTHER, self._choose(movers, promise)) if movers else Read(promise, Sense.UNKEPT)
        service = self.service_of(promise.words)
        same = [row for row in self.stand if service is None or row.booking.service_type_id == service]
        if self.stand and not same and self._others_told():
            return Read(promise, Sense.UNKEPT)
        if promise.another and self._others_told():
            return Read(promise, Sense.UNKEPT)
        if self.stand:
            return Read(promise, Sense.OTHER, self._choose(same or self.stand, promise))
        misread = self._misread(promise)
        return Read(promise, Sense.OTHER, self._choose(misread, promise)) if misread else Read(promise, Sense.UNKEPT)

    def _misread(self, promise: Promise) -> list[Row]:
        """Return the bookings that were looked up, and which a promise reads out as they are not: on their day at other hours."""
        time = promise.time
        if promise.another or any(each.kind == "moved" for each in self.made):
            return []
        return [
            row
            for row in self.known
            if row.asked_about
            and time is not None
            and not time.fits(row.window)
            and (promise.standing or (time.names_a_day() and time.day_fits(row.window)))
        ]

    def _untimed(self, promise: Promise) -> Read:
        if self.stand:
            return Read(promise, Sense.KEPT, self._choose(self.stand, promise))
        if promise.soft:
            return Read(promise, Sense.KEPT, self._choose(self.gone, promise)) if self.gone else Read(promise, Sense.NOTHING)
        if self.known and promise.kind == "booked":
            return Read(promise, Sense.NOTHING)
        if self.held and re.search(r"\b(?:h[eo]ld|reserved)", light(promise.sentence)):
            return Read(promise, Sense.NOTHING)
        if self.gone:
            row = self._choose(self.gone, promise)
            return Read(promise, Sense.UNKEPT) if self._is_after(promise, row) else Read(promise, Sense.FORMER, row)
        return Read(promise, Sense.UNKEPT)

    def _is_after(self, promise: Promise, row: Row) -> bool:
        """Say whether a promise was made after the last change of a row: by the clock, else behind words that speak of it."""
        if promise.at is not None and row.changed_at is not None:
            return promise.at >= row.changed_at
        change = "cancelled" if row.cancelled else "moved"
        return any(each.kind == change and each.order < promise.order for each in self.made)

    def _others_told(self) -> bool:
        """Say whether each booking of the call has a promise that agrees with it, so that one more is about none of them."""
        return all(any(each.time is not None and each.time.fits(row.window) for each in self.made) for row in self.stand)

    def _choose(self, rows: Sequence[Row], promise: Promise) -> Row:
        """Return the row a promise is most likely about: by reference, service, day, time, else the last one changed before."""
        letters = re.sub(r"[^A-Z0-9]", "", promise.sentence.upper())
        service, time = self.service_of(promise.words), promise.time

        def likely(row: Row) -> tuple[bool, bool, bool, bool]:
            return (
                row.key in letters,
                service is not None and row.booking.service_type_id == service,
                time is not None and time.names_a_day() and time.day_fits(row.window),
                promise.at is not None and row.changed_at is not None and row.changed_at <= promise.at + SLACK,
            )

        best = max(likely(row) for row in rows)
        return [row for row in rows if likely(row) == best][-1]
