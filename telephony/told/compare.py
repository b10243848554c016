"""What was promised beside what stands: which promise is about which booking, and what contradicts it. No database.

Of all promises about a booking the last one that names a day, and the last that names a time, are what its customer believes.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from telephony.told import amounts, phrases, promises
from telephony.told.promises import Promise, Reader
from telephony.told.rows import Row, Standing
from telephony.told.turns import ASSISTANT, Sentence, light

_SLACK = timedelta(seconds=2)  # between the clock of a tool call and that of the words around it


class Contradiction(StrEnum):
    """What a caller believes and what stands differ; the names are those of the concerns they become."""

    NOT_BOOKED = "not_booked"
    OTHER_TIME = "other_time"
    NOT_TOLD = "not_told"
    FEE_NOT_TOLD = "fee_not_told"


@dataclass(frozen=True, slots=True)
class Finding:
    """One contradiction. `said` are the assistant's own words; `promised` the kind of promise that nothing keeps."""

    what: Contradiction
    said: str
    row: Row | None = None
    promised: str = ""


class _Sense(StrEnum):
    """How a promise stands to the rows."""

    KEPT = "kept"  # agrees with its row, as far as it goes
    OTHER = "other"  # is about its row, and names another time
    FORMER = "former"  # names what the row was before
    UNKEPT = "unkept"  # nothing keeps it
    NOTHING = "nothing"  # about something that was there before the call, or about nothing


@dataclass(frozen=True, slots=True)
class _Read:
    promise: Promise
    sense: _Sense
    row: Row | None = None


def findings(
    sentences: Sequence[Sentence],
    standing: Standing,
    read: Reader,
    service_of: Callable[[str], int | None],
    also: Sequence[Sentence] = (),
    *,
    began: datetime,
) -> list[Finding]:
    """Return what contradicts, in a fixed order.

    `also` was heard as well, nobody knows when: it can only absolve. `began` is when the call did. `service_of` returns the
    id of the service that a sentence names.
    """
    if not any(each.role == ASSISTANT for each in sentences):
        return []
    made = promises.of(sentences, read)
    judge = _Judge(standing, made, service_of)
    understood = [judge.read(each) for each in made]
    found = _unkept(understood, sentences)
    extra = [judge.read(each) for each in promises.of(also, read)]
    for row in standing.rows:
        about = [each for each in understood if each.row is row]
        other = _other_time(row, about)
        if other is not None:
            found.append(Finding(Contradiction.OTHER_TIME, other, row))
        elif row.touched and not _is_told(row, [*about, *(each for each in extra if each.row is row)], sentences, read):
            last = next((each.text for each in reversed(sentences) if each.role == ASSISTANT), "")
            found.append(Finding(Contradiction.NOT_TOLD, last, row))
    return found + _fees(standing, understood, [*sentences, *also], began)


class _Judge:
    """Finds what a promise is about."""

    def __init__(self, standing: Standing, made: Sequence[Promise], service_of: Callable[[str], int | None]) -> None:
        self.held, self.made, self.service_of = standing.held, made, service_of
        self.stand = [row for row in standing.rows if row.touched and not row.cancelled]
        self.gone = [row for row in standing.rows if row.touched and row.cancelled]
        self.known = [row for row in standing.rows if not row.touched and not row.cancelled]
        self.known_gone = [row for row in standing.rows if not row.touched and row.cancelled]

    def read(self, promise: Promise) -> _Read:
        if promise.kind == "cancelled":
            return self._cancelled(promise)
        return self._timed(promise) if promise.time is not None else self._untimed(promise)

    def _cancelled(self, promise: Promise) -> _Read:
        time = promise.time
        fit = [row for row in self.gone if time is None or any(time.fits(each) for each in (row.window, *row.windows))]
        if fit:
            return _Read(promise, _Sense.KEPT, self._choose(fit, promise))
        moved = [row for row in self.stand if row.windows and (time is None or any(time.fits(each) for each in row.windows))]
        if moved:  # "I've cancelled the Tuesday one and put you on Thursday"
            return _Read(promise, _Sense.FORMER, self._choose(moved, promise))
        if self.known_gone or (self.held and not self.stand and not self.known):
            return _Read(promise, _Sense.NOTHING)
        if self.gone and not any(time is not None and time.fits(row.window) for row in (*self.stand, *self.known)):
            return _Read(promise, _Sense.OTHER, self._choose(self.gone, promise))
        return _Read(promise, _Sense.UNKEPT)

    def _timed(self, promise: Promise) -> _Read:
        time = promise.time
        assert time is not None
        fit = [row for row in self.stand if time.fits(row.window)]
        if fit:
            return _Read(promise, _Sense.KEPT, self._choose(fit, promise))
        for row in (*self.stand, *self.gone):
            earlier = row.windows if row in self.stand else (row.window, *row.windows)
            if any(time.fits(each) for each in earlier):
                if not self._is_after(promise, row) or (promise.kind == "moved" and row.moved):
                    return _Read(promise, _Sense.FORMER, row)
                return _Read(promise, _Sense.OTHER, row) if row in self.stand else _Read(promise, _Sense.UNKEPT)
        if promise.kind == "booked" and any(time.fits(row.window) for row in self.known):
            return _Read(promise, _Sense.NOTHING)
        if (
            any(time.fits(each) for each in self.held)
            and not self.stand
            and re.search(r"\b(?:h[eo]ld|reserved)", light(promise.sentence))
        ):
            return _Read(promise, _Sense.NOTHING)
        if promise.kind == "moved":
            movers = [row for row in self.stand if row.moved]
            return _Read(promise, _Sense.OTHER, self._choose(movers, promise)) if movers else _Read(promise, _Sense.UNKEPT)
        service = self.service_of(promise.words)
        same = [row for row in self.stand if service is None or row.booking.service_type_id == service]
        if self.stand and not same and self._others_told():
            return _Read(promise, _Sense.UNKEPT)
        if promise.another and self._others_told():
            return _Read(promise, _Sense.UNKEPT)
        if self.stand:
            return _Read(promise, _Sense.OTHER, self._choose(same or self.stand, promise))
        asked = [row for row in self.known if row.asked_about]
        if asked and promise.standing:
            return _Read(promise, _Sense.OTHER, self._choose(asked, promise))
        return _Read(promise, _Sense.UNKEPT)

    def _untimed(self, promise: Promise) -> _Read:
        if self.stand:
            return _Read(promise, _Sense.KEPT, self._choose(self.stand, promise))
        if promise.soft:
            return _Read(promise, _Sense.KEPT, self._choose(self.gone, promise)) if self.gone else _Read(promise, _Sense.NOTHING)
        if self.known and promise.kind == "booked":
            return _Read(promise, _Sense.NOTHING)
        if self.held and re.search(r"\b(?:h[eo]ld|reserved)", light(promise.sentence)):
            return _Read(promise, _Sense.NOTHING)
        if self.gone:
            row = self._choose(self.gone, promise)
            return _Read(promise, _Sense.UNKEPT) if self._is_after(promise, row) else _Read(promise, _Sense.FORMER, row)
        return _Read(promise, _Sense.UNKEPT)

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
                promise.at is not None and row.changed_at is not None and row.changed_at <= promise.at + _SLACK,
            )

        best = max(likely(row) for row in rows)
        return [row for row in rows if likely(row) == best][-1]


def _unkept(understood: Sequence[_Read], sentences: Sequence[Sentence]) -> list[Finding]:
    """Return a finding for each kind of promise that nothing keeps, with all sentences that make it."""
    said: dict[str, list[str]] = {}
    for each in understood:
        if each.sense is _Sense.UNKEPT and not promises.denied_after(sentences, each.promise.order):
            said.setdefault(each.promise.kind, []).append(each.promise.sentence)
    return [
        Finding(Contradiction.NOT_BOOKED, "\n".join(dict.fromkeys(words)), promised=kind) for kind, words in sorted(said.items())
    ]


def _other_time(row: Row, about: Sequence[_Read]) -> str | None:
    """Return the sentence with the last day, else with the last time, that was named for a booking and is not its own."""
    named = [each.promise for each in about if each.sense in (_Sense.KEPT, _Sense.OTHER) and each.promise.time is not None]
    if row.cancelled:
        last = named[-1] if named else None
        return last.sentence if last is not None and last.time is not None and not last.time.fits(row.window) else None
    day = next((each for each in reversed(named) if each.time and each.time.names_a_day()), None)
    if day is not None and day.time is not None and not day.time.day_fits(row.window):
        return day.sentence
    time = next((each for each in reversed(named) if each.time and each.time.names_a_time()), None)
    if time is not None and time.time is not None and not time.time.time_fits(row.window):
        return time.sentence
    return None


def _is_told(row: Row, about: Sequence[_Read], sentences: Sequence[Sentence], read: Reader) -> bool:
    """Say whether what the call did with a booking was spoken of."""
    for each in about:
        after = each.promise.at is None or row.changed_at is None or each.promise.at >= row.changed_at - _SLACK
        if row.cancelled and each.promise.kind != "cancelled" and not (each.promise.soft and after):
            continue
        if each.sense is _Sense.KEPT and (each.promise.time is not None or after):
            return True
        if each.sense is _Sense.FORMER and after and each.promise.kind == "moved":
            return True
    for sentence in sentences:
        if sentence.role != ASSISTANT or sentence.text.endswith("?"):
            continue
        after = sentence.at is not None and row.changed_at is not None and sentence.at >= row.changed_at - _SLACK
        if row.key in re.sub(r"[^A-Z0-9]", "", sentence.text.upper()) and (after or sentence.at is None):
            return not row.cancelled
        if after and row.cancelled and re.search(r"\b(?:cancel|anul)", light(sentence.text)):
            return phrases.NEGATED.search(light(sentence.text)) is None
        if (
            after
            and not row.cancelled
            and any(each.names_a_day() and each.names_a_time() and each.fits(row.window) for each in read(sentence.text))
        ):
            return True
    return False


def _fees(standing: Standing, understood: Sequence[_Read], sentences: Sequence[Sentence], began: datetime) -> list[Finding]:
    """Return the bookings whose fee was not named, or named wrong at last."""
    rows = [row for row in standing.rows if row.touched and not row.cancelled]
    said = [
        amount
        for order, each in enumerate(sentences)
        if each.role == ASSISTANT
        for amount in amounts.named(each.text, order=order)
    ]
    known = [each.cents for each in said]
    fees = [(row.visit_cents, row.trip_cents) for row in rows]
    right = {cents for fee in fees for cents in (*fee, sum(fee))} | {sum(visit for visit, _ in fees), sum(map(sum, fees))}
    found = []
    for row in rows:
        made = [each.promise.order for each in understood if each.row is row and each.sense in (_Sense.KEPT, _Sense.OTHER)]
        turn = sentences[made[-1]].turn if made else None
        since = next((n for n, each in enumerate(sentences) if each.turn == turn), len(sentences))
        wrong = _wrong([each for each in said if each.order >= since and each.firm], right)
        whole = row.visit_cents + row.trip_cents
        told_before = row.booking.fee_told_at is not None and row.booking.fee_told_at < began
        untold = [cents for cents in (row.visit_cents, row.trip_cents) if cents and not amounts.covers(known, cents, whole)]
        if wrong is not None:
            found.append(Finding(Contradiction.FEE_NOT_TOLD, sentences[wrong.order].text, row))
        elif untold and not told_before:
            last = next((each for each in reversed(said) if each.label), None)
            words = sentences[last.order if last is not None else made[-1] if made else len(sentences) - 1].text
            found.append(Finding(Contradiction.FEE_NOT_TOLD, words, row))
    return found


def _wrong(said: Sequence[amounts.Amount], right: set[int]) -> amounts.Amount | None:
    """Return the last amount named for a fee of the booking where none that was named for it is right."""
    right = right - {0}
    for label in (amounts.VISIT, amounts.TRIP):
        named = [each for each in said if each.label == label]
        cents = [each.cents for each in named]
        if named and not any(amounts.covers(cents, each, each) for each in right):
            return named[-1]
    return None
